"""The flags of a faster disk inside an appliance."""

import argparse
from pathlib import Path

from matinee.cli.edge_flags import gigabytes
from matinee.delivery.edge.api import HotDisk
from matinee.kernel.errors import InvalidInput


def add_hot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hot", type=Path, metavar="DIR", help="a faster disk: what is asked for most is copied there and served there"
    )
    parser.add_argument("--hot-room", type=gigabytes, metavar="GB", help="what films may take of the faster disk")


def hot_of(options: argparse.Namespace) -> HotDisk | None:
    if options.hot is None and options.hot_room is None:
        return None
    if options.hot is None or options.hot_room is None:
        raise InvalidInput("A faster disk has a place and a room: give both --hot DIR and --hot-room GB.")
    return HotDisk(options.hot.absolute(), options.hot_room)
