"""`matinee bench NAME [--json]`: the benchmarks."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from matinee.app.doors import Doors
from matinee.bench import (
    accounts,
    billing,
    crashes,
    edge,
    farm,
    ladder,
    markers,
    placement,
    purge,
    qc,
    search,
    shots,
    showcase,
    sim,
    split,
    start,
    steering,
)
from matinee.bench.report import Report, as_json, as_text
from matinee.cli.options import Subparsers, codecs_named, command
from matinee.kernel.errors import InvalidInput

Bench = Callable[[argparse.Namespace, Doors, Callable[[str], None]], Awaitable[Report]]
_BENCHES: dict[str, tuple[str, Bench]] = {
    "accounts": ("what signing in, profiles and a title's page cost the house, seen first and again", accounts.run),
    "billing": (
        "renewals over years of virtual time, with crashes, timeouts, webhooks and wrong clocks, judged by the provider's book",
        billing.run,
    ),
    "crashes": (
        "kill -9 of every process, at random moments under load: what is lost, and how soon it is back",
        crashes.run,
    ),
    "edge": (
        "what a byte costs the embedded server and NGINX: segments, small files, HTTPS, and what a ticket costs",
        edge.run,
    ),
    "farm": (
        "two worker processes beside one process, scheduling of a title of 20,000 jobs, kill -9, and what was said of the end",
        farm.run,
    ),
    "ladder": ("our ladder against the fixed one, title by title, with what the search for it costs", ladder.run),
    "markers": ("how exactly intros, recaps and credits are found in made seasons of many mixes", markers.run),
    "placement": (
        "how much of the viewing a site holds by night, beside caches that fetch when asked; by title and by file",
        placement.run,
    ),
    "purge": ("how long it takes until 1,000 and 5,000 appliances have carried out a purge", purge.run),
    "qc": ("whether planted defects are found to the frame, and films without any are left in peace", qc.run),
    "search": (
        "how soon and how well search answers 20,000 titles in three languages, beside FTS5 and BM25; or others' files",
        search.run,
    ),
    "shots": ("how well the borders of shots are found on films made from clips, and how fast", shots.run),
    "showcase": ("five masters of five kinds, each published into a fresh house and played in Chromium", showcase.run),
    "start": ("from `up` to the first film, from click to first frame, and requests a core", start.run),
    "sim": ("simulated seconds a second with 20 and with 200 viewers, and seeds a minute", sim.run),
    "steering": (
        "what a decision costs among 2,000 sites and a million prefixes, and how soon routes and failures count",
        steering.run,
    ),
    "split": ("what it costs to be many processes: a call between services, and pressing play", split.run),
}

_LEAST: dict[str, float] = {
    "plays": 1,
    "requests": 1,
    "simulated": 1,
    "seeds": 1,
    "kills": 1,
    "renewals": 1,
    "presses": 1,
    "jobs": 100,
    "days": 1,
    "connections": 1,
    "size": 1,
    "seconds": 0.01,
    "rounds": 1,
    "prefixes": 1,
    "sites": 1,
    "routes": 1,
    "documents": 1,
}
"""A measurement of nothing has no result."""
_USUAL = {
    "plays": {"placement": 40_000, "": 50},
    "seeds": {"placement": 5, "": 10},
    "requests": {"steering": 100_000, "": 2000},
}
"""Flags that mean another size to another benchmark."""
_NUMBERED, _SEED_DIGITS_MAX = ("markers", "qc"), 18
"""Whose seed is a number; elsewhere any text is one."""


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "bench", _run, summary="Measure this build on this machine")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--clips", type=Path, metavar="DIR", help="farm, ladder, markers, qc, shots: a folder of films")
    parser.add_argument(
        "--deep",
        action="store_true",
        help="ladder: beside the whole grid, and without bits moved between scenes (slow)",
    )
    parser.add_argument(
        "--codecs",
        type=codecs_named,
        default=["h264"],
        metavar="LIST",
        help="ladder: others against our H.264, as h264,av1; showcase: what each film is made in (default h264)",
    )
    parser.add_argument("--films", metavar="NAMES", help="showcase: which, with commas between (default all)")
    parser.add_argument("--small", action="store_true", help="showcase: at 180 lines, two seconds each")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="showcase: keep a picture of each film on screen")
    parser.add_argument("--jobs", type=int, default=20_000, help="farm: jobs of the long title (default 20000)")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="farm: more recordings of journeys to judge by")
    parser.add_argument("--record", type=Path, metavar="DIR", help="farm: write the recordings of this run there")
    parser.add_argument(
        "--plays",
        type=int,
        help="start: how many times to press play (default 50); placement: plays a day (default 40000)",
    )
    parser.add_argument("--settle", action="store_true", help="start: press play only when no film is being prepared")
    parser.add_argument(
        "--requests", type=int, help="start: per measured path (default 2000); steering: decisions (default 100000)"
    )
    parser.add_argument(
        "--seed",
        default="1",
        help="billing, sim, crashes, markers, qc, search: which world, which kills, which places (default 1)",
    )
    parser.add_argument("--simulated", type=float, default=600, metavar="S", help="sim: for how long (default 600 s)")
    parser.add_argument(
        "--seeds", type=int, help="sim: small ones, for seeds a minute (default 10); placement: worlds (default 5)"
    )
    parser.add_argument(
        "--renewals", type=int, default=1_000_000, metavar="N", help="billing: charges to simulate (default 1000000)"
    )
    parser.add_argument("--kills", type=int, default=100, help="crashes: how many (default 100)")
    parser.add_argument("--one", action="store_true", help="crashes: a house in one process (default: split)")
    parser.add_argument("--connections", type=int, default=64, help="edge: viewers at once (default 64)")
    parser.add_argument("--size", type=int, default=4 << 20, metavar="BYTES", help="edge: of a segment (default 4 MiB)")
    parser.add_argument("--seconds", type=float, default=3, metavar="S", help="edge: of each measurement (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="edge, purge: of each measurement, in turn (default 3)")
    parser.add_argument("--fleets", type=counts, metavar="N,…", help="purge: how many appliances (default 1000,5000)")
    parser.add_argument("--presses", type=int, default=400, help="split: presses of play in each mode (default 400)")
    _add_placement(parser)
    parser.add_argument(
        "--prefixes", type=int, default=1_000_000, help="steering: that are announced (default 1000000)"
    )
    parser.add_argument("--sites", type=int, default=2_000, help="steering: of eight appliances each (default 2000)")
    parser.add_argument("--routes", type=int, default=100_000, help="steering: told by one appliance (default 100000)")
    parser.add_argument("--documents", type=int, default=5_000, help="steering: asked for over HTTP (default 5000)")


def _add_placement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--titles",
        type=count_or_file,
        help="placement: how many there are (default 18214); search: how many (default 20000), or a file of them",
    )
    parser.add_argument(
        "--queries", type=Path, metavar="FILE", help="search: what is asked, about the titles of a file"
    )
    parser.add_argument("--days", type=int, default=14, help="placement: measured ones, five weeks before (default 14)")
    parser.add_argument(
        "--popularity", type=Path, metavar="CSV", help="placement: title,hours[,released] instead of the quantiles"
    )
    parser.add_argument("--quick", action="store_true", help="placement: small and short, to see that it works")
    parser.add_argument("--cross-check", action="store_true", help="placement: the rivals beside libcachesim's")


def count_or_file(text: str) -> int | Path:
    return int(text) if text.isdecimal() and len(text) < 10 else Path(text)


def counts(text: str) -> list[int]:
    """`1000,5000`: how many, each more than the one before."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or found[0] < 1 or found != sorted(set(found)):
        raise argparse.ArgumentTypeError(f"{text[:64]!r} is no list of growing numbers, as 1000,5000")
    return found


async def _run(options: argparse.Namespace) -> int:
    if options.list or options.name is None:
        for name, (summary, _) in _BENCHES.items():
            print(f"{name}  {summary}")
        return 0
    if options.name not in _BENCHES:
        raise InvalidInput(f"There is no benchmark {options.name!r}. `matinee bench --list` names them.")
    for flag, usual in _USUAL.items():
        if getattr(options, flag) is None:
            setattr(options, flag, usual.get(options.name, usual[""]))
    for name, least in _LEAST.items():
        if not getattr(options, name) >= least:
            raise InvalidInput(f"--{name} cannot be {getattr(options, name)}: it must be at least {least}.", field=name)
    if (options.name == "search" and isinstance(options.titles, Path)) != (options.queries is not None):
        raise InvalidInput("For search, --titles FILE and --queries FILE belong together: give both.", field="queries")
    if options.name != "search" and isinstance(options.titles, Path):
        raise InvalidInput(f"--titles cannot be {str(options.titles)!r}: it must be a number.", field="titles")
    if options.name in _NUMBERED and not (options.seed.isdecimal() and len(options.seed) <= _SEED_DIGITS_MAX):
        raise InvalidInput(
            f"--seed cannot be {options.seed!r}: for {options.name} it must be a whole number of at most "
            f"{_SEED_DIGITS_MAX} digits.",
            field="seed",
        )
    doors = Doors()
    report = await _BENCHES[options.name][1](options, doors, lambda line: print(line, file=sys.stderr, flush=True))
    print((await as_json(report, doors.processes)).decode() if options.json else as_text(report))
    return 1 if any(f.met is False for f in report.figures) else 0
