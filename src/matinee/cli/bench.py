"""`matinee bench NAME [--json]`: the benchmarks."""

import argparse
import sys
from collections.abc import Awaitable, Callable

from matinee.app.doors import Doors
from matinee.bench import start
from matinee.bench.report import Report, as_json, as_text
from matinee.cli.options import Subparsers, command
from matinee.kernel.errors import InvalidInput

Bench = Callable[[argparse.Namespace, Doors, Callable[[str], None]], Awaitable[Report]]
_BENCHES: dict[str, tuple[str, Bench]] = {
    "start": ("from `up` to the first film, from click to first frame, and requests a core", start.run),
}


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "bench", _run, summary="Measure this build on this machine")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--plays", type=int, default=50, help="start: how many times to press play (default 50)")
    parser.add_argument("--settle", action="store_true", help="start: press play only when no film is being prepared")
    parser.add_argument("--requests", type=int, default=2000, help="start: requests per measured path (default 2000)")


async def _run(options: argparse.Namespace) -> int:
    if options.list or options.name is None:
        for name, (summary, _) in _BENCHES.items():
            print(f"{name}  {summary}")
        return 0
    if options.name not in _BENCHES:
        raise InvalidInput(f"There is no benchmark {options.name!r}. `matinee bench --list` names them.")
    doors = Doors()
    report = await _BENCHES[options.name][1](options, doors, lambda line: print(line, file=sys.stderr, flush=True))
    print((await as_json(report, doors.processes)).decode() if options.json else as_text(report))
    return 1 if any(f.met is False for f in report.figures) else 0
