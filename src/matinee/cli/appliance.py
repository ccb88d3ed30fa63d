"""`matinee appliance`: one edge appliance, against an origin."""

import argparse
from pathlib import Path

from matinee.app.edges import build_appliance
from matinee.cli.edge_flags import add_place, edge_doors, place_of, run_edge
from matinee.cli.options import Subparsers, command
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "appliance", _run, summary="Serve films from this machine's disk")
    add_place(parser, default_id="edge-1", default_port=8401)


async def _run(options: argparse.Namespace) -> int:
    if not options.data:
        raise InvalidInput("An appliance needs a disk: give it with --data DIR.")
    log.configure(level="warning")
    data, doors = Path(options.data).absolute(), edge_doors(options)
    return await run_edge(build_appliance(place_of(options, data / "state"), data, doors), options, doors)
