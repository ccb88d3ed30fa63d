"""`matinee up`: the whole service on this machine."""

import argparse
import re
import sys

from matinee.app.doors import Doors
from matinee.app.running import Up, until_told_to_stop, up
from matinee.app.settings import default_data
from matinee.app.split import up_split
from matinee.cli.options import Subparsers, command, listening, settings_of
from matinee.demo.programme import Stage, run_programme
from matinee.kernel import log


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "up", _run, summary="Start the whole service on this machine")
    listening(parser)
    parser.add_argument("--no-demo", dest="demo", action="store_false", default=None, help="start with no films")
    parser.add_argument("--split", action="store_true", help="each service as a process of its own")
    parser.add_argument("--workers", type=int, help="encodes at once (default 1)")
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])


async def _run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    log.configure(level=settings.log_level)
    doors = Doors()
    async with up_split(settings, doors) if options.split else up(settings, doors) as running:
        print(_banner(running), flush=True)
        stage, telling = Stage(running.settings, running.catalog, running.studio), _Telling()
        if settings.demo:
            running.background.keep("demo programme", lambda: run_programme(stage, doors, telling), is_needed=False)
        await until_told_to_stop()
        print("\nEnding; everything is kept.", file=sys.stderr, flush=True)
    return 0


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


def _on(running: Up) -> str:
    data = running.settings.data
    return "" if data == default_data().expanduser().resolve() else f" --data {data}"


def _banner(running: Up) -> str:
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
