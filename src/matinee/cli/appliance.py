"""`matinee appliance`: one edge appliance, against an origin."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from matinee.app.doors import Doors
from matinee.app.edges import build_appliance, build_launcher, read_token, slot_place
from matinee.cli.bgp_flags import add_bgp, bgp_of
from matinee.cli.edge_flags import add_place, countries_of, edge_doors, gigabytes, place_of, run_edge, spot_of
from matinee.cli.fill_flags import add_fill, window_of
from matinee.cli.hot_flags import add_hot, hot_of
from matinee.cli.options import Subparsers, command
from matinee.delivery.edge.service import TrialRules
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import seconds
from matinee.wire.health import Reach


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "appliance", _run, summary="Serve films from this machine's disk")
    add_place(parser, default_id=None, default_port=8401)
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
    parser.add_argument(
        "--slots",
        type=Path,
        metavar="DIR",
        help="take other software from the service, tried and kept below this folder",
    )
    parser.add_argument(
        "--trial", type=float, default=60, metavar="SECONDS", help="how long it may take to come up (60)"
    )
    parser.add_argument("--in-slot", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--slot-life", default="", help=argparse.SUPPRESS)
    parser.add_argument("--spot", metavar="LAT,LON", help="where it stands, in degrees: 52.5,13.4")


async def _run(options: argparse.Namespace) -> int:
    if not options.data:
        raise InvalidInput("An appliance needs a disk: give it with --data DIR.")
    log.configure(level="warning" if options.with_parent else "info")  # who is started alone is read alone
    data, doors = Path(options.data).absolute(), edge_doors(options)
    if options.slots is not None and options.in_slot is None:
        return await _launch(options, doors)
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
        slot=await slot_place(options.in_slot, options.slot_life, doors) if options.in_slot else None,
    )
    return await run_edge(build_appliance(place, data, doors), options, doors)


async def _launch(options: argparse.Namespace, doors: Doors) -> int:
    """This process only starts others: what they run may change, and it stays."""
    read_token(options.agent_token_file)  # what no build could run with is said now
    rules = TrialRules(proves_within=seconds(options.trial))
    launcher = build_launcher(options.slots.absolute(), without_slots(sys.argv[1:]), doors, rules=rules)
    return await run_edge(launcher, options, doors)


def without_slots(arguments: Sequence[str]) -> list[str]:
    """The same command for a build to run."""
    found: list[str] = []
    left_out = False
    for word in arguments:
        if not left_out and word not in ("--slots", "--trial", "--with-parent"):
            found += [] if word.startswith(("--slots=", "--trial=")) else [word]
        left_out = not left_out and word in ("--slots", "--trial")
    return found
