"""`matinee serve NAME`: one service of the system as a process of its own. The origin, so far."""

import argparse
from pathlib import Path

from matinee.app.edges import build_origin
from matinee.cli.edge_flags import add_place, edge_doors, place_of, run_edge
from matinee.cli.options import Subparsers, command
from matinee.kernel import log


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "serve", _run, summary="Run one service of the system as a process of its own")
    parser.add_argument("name", choices=["origin"])
    parser.add_argument("--root", required=True, type=Path, metavar="DIR", help="the folder of the blobs store")
    add_place(parser, default_id="origin-1", default_port=8402)


async def _run(options: argparse.Namespace) -> int:
    log.configure(level="warning")
    root, doors = options.root.absolute(), edge_doors(options)
    place = place_of(options, root.parent / "origin-state")
    return await run_edge(build_origin(place, root, doors), options, doors)
