"""`matinee up`: the whole service on this machine.

The process that is started by hand is a small parent, which brings up whoever dies: the house, a process of its own
(`--with-parent`), and the edges; with `--split` each service. What only the house needs is imported there alone.
"""

import argparse
import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.app.settings import Settings, default_data
from matinee.app.upkeep import NeverUp, keep_up
from matinee.cli.ending import until_ended, until_told_to_stop
from matinee.cli.long_run import settle
from matinee.cli.options import Subparsers, command, farming, listening, settings_of
from matinee.kernel.clock import SystemClock
from matinee.kernel.processes import SystemProcesses

if TYPE_CHECKING:
    from matinee.app.doors import Doors
    from matinee.app.running import Up


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "up", _run, summary="Start the whole service on this machine")
    listening(parser)
    parser.add_argument("--no-demo", dest="demo", action="store_false", default=None, help="start with no films")
    parser.add_argument("--split", action="store_true", help="each service as a process of its own")
    farming(parser)
    parser.add_argument("--watch", type=Path, metavar="DIR", help="publish every film that is put into this folder")
    parser.add_argument(
        "--kept-chunks-gib", type=int, help="room for what spares the next version of a title encodes (default 20)"
    )
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])
    # Between the parent and its house.
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--again", action="store_true", help=argparse.SUPPRESS)


async def _run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    if options.with_parent:
        return await _house(settings, again=options.again)
    return await (_split(settings) if options.split else _parent(settings))


async def _parent(settings: Settings) -> int:
    keeping = asyncio.create_task(keep_up(settings, SystemProcesses(), SystemClock()))
    told = asyncio.create_task(until_told_to_stop())
    await asyncio.wait([keeping, told], return_when=asyncio.FIRST_COMPLETED)
    if not keeping.done():
        _say_farewell()
        keeping.cancel()
    try:
        await keeping
    except asyncio.CancelledError:
        return 0
    except NeverUp as error:
        if error.code > 0:
            return error.code
        raise
    return 0


async def _house(settings: Settings, *, again: bool) -> int:
    from matinee.app.doors import Doors
    from matinee.app.running import house_up
    from matinee.kernel import log

    log.configure(level=settings.log_level)
    doors = Doors()
    async with house_up(settings, doors, pid=os.getppid(), again=again) as running:
        _show(running, doors, banner=not again)
        settle()
        await until_ended(with_parent=True)
    return 0


async def _split(settings: Settings) -> int:
    from matinee.app.doors import Doors
    from matinee.app.split import up_split
    from matinee.kernel import log

    log.configure(level=settings.log_level)
    doors = Doors()
    async with up_split(settings, doors) as running:
        _show(running, doors, banner=True)
        await until_told_to_stop()
        _say_farewell()
    return 0


def _show(running: "Up", doors: "Doors", *, banner: bool) -> None:
    """Say where it is, and begin the demo."""
    from matinee.demo.programme import Stage, run_programme

    if banner:
        print(_banner(running), flush=True)
    stage, telling = Stage(running.settings, running.catalog, running.studio), _Telling()
    if running.settings.demo:
        running.background.keep("demo programme", lambda: run_programme(stage, doors, telling), is_needed=False)


def _say_farewell() -> None:
    print("\nEnding; everything is kept.", file=sys.stderr, flush=True)


class _Telling:
    """Progress: rewritten in place on a terminal; elsewhere what is new, without every step on the way."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, line: str) -> None:
        if sys.stderr.isatty():
            end = "\n" if line.endswith((".", "!")) else "\r"
            print(f"\x1b[2K{line}", end=end, file=sys.stderr, flush=True)
            return
        kind = re.sub(r"\d+ ?%", "", line)
        if kind not in self._told:
            self._told.add(kind)
            print(line, file=sys.stderr, flush=True)


def _own_name() -> str:
    """As the reader would type it: from a checkout the command lies in .venv/bin."""
    return sys.argv[0] if sys.argv[0].endswith("/matinee") and not sys.argv[0].startswith("/") else "matinee"


def _on(running: "Up") -> str:
    data = running.settings.data
    return "" if data == default_data().expanduser().resolve() else f" --data {data}"


def _banner(running: "Up") -> str:
    lines = ["", f"  Matinee is up    {running.url}", f"  operator console {running.url}/console", ""]
    if running.member is not None:
        lines += [f"  watch as         {running.member.email}", f"  password         {running.member.password}", ""]
    if running.operator is not None:
        lines += [
            f"  operate as       {running.operator.email}",
            f"  password         {running.operator.password}   (shown this once)",
            f"  a new one        {_own_name()} operator add {running.operator.email}{_on(running)}",
            "",
        ]
    if running.url.startswith("https"):
        lines += ["  TLS: browsers ask once before they trust a certificate of our own making.", ""]
    return "\n".join([*lines, f"  data in          {running.settings.data}", "  Ctrl-C ends it.", ""])
