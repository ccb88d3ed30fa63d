"""`matinee appliance`: one edge appliance, against an origin."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

from matinee.app.edges import build_appliance
from matinee.cli.bgp_flags import add_bgp, bgp_of
from matinee.cli.edge_flags import add_place, countries_of, edge_doors, gigabytes, place_of, run_edge, spot_of
from matinee.cli.fill_flags import add_fill, window_of
from matinee.cli.hot_flags import add_hot, hot_of
from matinee.cli.options import Subparsers, command
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput
from matinee.wire.health import Reach


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "appliance", _run, summary="Serve films from this machine's disk")
    add_place(parser, default_id="edge-1", default_port=8401)
    parser.add_argument("--site", default="", help="the same for appliances that stand together")
    parser.add_argument(
        "--reach",
        choices=[reach for reach in get_args(Reach) if reach != "origin"],
        default="transit",
        help="how viewers reach it: embedded in their network, a private line to it, an exchange, transit (default)",
    )
    parser.add_argument(
        "--kind",
        choices=("storage", "flash"),
        default="storage",
        help="storage takes all it has room for (default), flash what is asked for most",
    )
    parser.add_argument("--room", type=gigabytes, metavar="GB", help="what films may take of the disk (default: all)")
    add_hot(parser)
    add_fill(parser)
    add_bgp(parser)
    parser.add_argument(
        "--country",
        metavar="DE[,AT]",
        default="",
        help="hold only what has rights there, now or within three days (default: everything)",
    )
    parser.add_argument("--spot", metavar="LAT,LON", help="where it stands, in degrees: 52.5,13.4")


async def _run(options: argparse.Namespace) -> int:
    if not options.data:
        raise InvalidInput("An appliance needs a disk: give it with --data DIR.")
    log.configure(level="warning")
    data, doors = Path(options.data).absolute(), edge_doors(options)
    place = replace(
        place_of(options, data / "state"),
        reach=options.reach,
        site=options.site,
        spot=spot_of(options.spot) if options.spot else None,
        countries=countries_of(options.country) if options.country else (),
        bgp=bgp_of(options),
        kind=options.kind,
        room_bytes=options.room,
        window=window_of(options),
        hot=hot_of(options),
    )
    return await run_edge(build_appliance(place, data, doors), options, doors)
