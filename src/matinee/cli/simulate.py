"""`matinee simulate`: whole houses in simulated time, each from one seed, with an audience and with weather; or a fleet."""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.cli import simulate_fleet
from matinee.cli.options import Subparsers, command
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput
from matinee.sim.loop import VirtualLoop
from matinee.sim.shrinking import shrink
from matinee.sim.tale import Tale, Told, tell
from matinee.sim.telling import Tell, all_told, in_a_process
from matinee.wire.encoding import from_json, to_json

_CALM = "nothing goes wrong"
_LEAST = {"viewers": 1, "films": 1, "seconds": 10}
_FLAGS = {"viewers": "--viewers", "films": "--films", "seconds": "--for", "seeds": "--seeds"}
_OF_A_TALE = tuple(_FLAGS)


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "simulate", _run, summary="The whole house in simulated time, from one seed or many")
    parser.add_argument("--seed", default="1", help="one seed is one history (default 1)")
    parser.add_argument("--seeds", type=int, metavar="N", help="so many of them, from --seed on")
    parser.add_argument("--viewers", type=int, help=f"(default {Tale('').viewers})")
    parser.add_argument("--films", type=int, help=f"(default {Tale('').films})")
    parser.add_argument(
        "--for", dest="seconds", type=float, metavar="SECONDS", help=f"of simulated time (default {Tale('').seconds:g})"
    )
    parser.add_argument("--calm", action="store_true", help=_CALM)
    parser.add_argument("--tale", type=Path, metavar="FILE", help="tell one that was kept")
    parser.add_argument(
        "--keep", type=Path, default=Path("tales"), metavar="DIR", help="for tales that break a promise"
    )
    parser.add_argument("--shrink", type=int, default=60, metavar="TRIES", help="to find a smaller one (default 60)")
    parser.add_argument(
        "--at-once", type=int, default=os.cpu_count() or 1, metavar="N", help="seeds beside each other (default: cores)"
    )
    parser.add_argument("--json", action="store_true", help="all that is known of each, for programs")
    simulate_fleet.flags(parser)
    # In this very process and in virtual time: a tale on standard input, how it went on standard output.
    parser.add_argument("--told", dest="loop", action="store_const", const=VirtualLoop, help=argparse.SUPPRESS)


async def _run(options: argparse.Namespace) -> int:
    if options.loop is VirtualLoop:
        return await _tell_here()
    if simulate_fleet.is_meant(options):
        return await simulate_fleet.tell(options)
    tales, kept = _tales(options), list[Path]()
    all_: list[Told] = []
    tell_one = in_a_process(Doors().processes)
    _progress(f"{len(tales)} seed{'s' if len(tales) > 1 else ''} with {tales[0].viewers} viewers …")
    async for told in all_told(tales, tell_one, at_once=max(1, options.at_once)):
        print(_line(told), flush=True, file=sys.stderr if options.json else sys.stdout)
        all_.append(told)
        if told.broken is not None:
            kept += await _report(told, tell_one, options)
    if options.json:
        print(to_json({"told": all_, "kept": [str(path) for path in kept]}).decode())
    else:
        _sum_up(all_)
    return 1 if kept else 0


def _sum_up(all_: Sequence[Told]) -> None:
    together = Counter[str]()
    for told in all_:
        together.update(told.counts)
    print(f"\n{sum(told.broken is None for told in all_)} of {len(all_)} kept every promise. All together:")
    for what, count in sorted(together.items()):
        print(f"{count:10d}  {what}")
    if len(all_) == 1:
        print(f"history {all_[0].history}")


async def _tell_here() -> int:
    log.configure(level="critical")
    tale = from_json(sys.stdin.buffer.read(), Tale, what="The tale")
    with TemporaryDirectory(prefix="matinee-world-") as folder:
        print(to_json(await tell(tale, Path(folder))).decode())
    return 0


def _tales(options: argparse.Namespace) -> list[Tale]:
    given = {name: value for name in _OF_A_TALE if (value := getattr(options, name)) is not None}
    if options.tale is not None:
        return [_kept(options.tale, given)]
    if any(given.get(name, least) < least for name, least in _LEAST.items()) or options.at_once < 1:
        raise InvalidInput(
            "A world needs a viewer, a film and ten seconds: --viewers, --films and --at-once are at least 1, --for 10."
        )
    first = Tale(options.seed, **{name: given[name] for name in _LEAST if name in given})
    first = first.calm() if options.calm else first
    if options.seeds is None:
        return [first]
    if not options.seed.isdigit() or options.seeds < 1:
        raise InvalidInput("--seeds N counts on from --seed, so both are numbers, and N is at least 1.")
    return [replace(first, seed=str(int(options.seed) + number)) for number in range(options.seeds)]


def _kept(path: Path, given: Mapping[str, object]) -> Tale:
    if given:
        raise InvalidInput(f"A tale says all of that itself: leave out {', '.join(_FLAGS[name] for name in given)}.")
    try:
        return from_json(path.read_bytes(), Tale, what=str(path))
    except OSError as error:
        raise InvalidInput(f"The tale {path} cannot be read: {error.strerror}.") from error


def _line(told: Told) -> str:
    counts, tale = told.counts, told.tale
    what = "kept every promise" if told.broken is None else "BROKEN"
    seen = f"{counts.get('watched', 0)} films begun, {counts.get('segments', 0)} segments"
    many = len(tale.befall or ())
    befell = f"{many} misfortune{'s' if many > 1 else ''}" if many else _CALM
    return f"seed {tale.seed}: {what}; {seen}, {befell}, healed after {told.healed_s:.1f} s"


async def _report(told: Told, tell_one: Tell, options: argparse.Namespace) -> list[Path]:
    """How it broke, kept as it is and as small as we find it."""
    out = sys.stderr if options.json else sys.stdout
    print(f"  {told.broken}", flush=True, file=out)
    kept = [_keep(told, options.keep, "")]
    small = await shrink(told, tell_one, attempts=options.shrink, say=_progress)
    if small.tale != told.tale:
        kept.append(_keep(small, options.keep, "-small"))
    for misfortune in small.tale.befall or ():
        print(f"  {misfortune}", file=out)
    for errand in small.tale.errands or ():
        print(f"  {errand}", file=out)
    print(f"  replay it: matinee simulate --tale {kept[-1]}", flush=True, file=out)
    return kept


def _progress(line: str) -> None:
    print(f"  {line}", flush=True, file=sys.stderr)


def _keep(told: Told, folder: Path, which: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # A seed may be any words; of a file's name only those that every disk takes.
    name = re.sub(r"[^A-Za-z0-9_-]", "-", told.tale.seed)[:100] or "tale"
    path = folder / f"{name}{which}.json"
    path.write_bytes(to_json(replace(told.tale, why=told.broken or "")) + b"\n")
    return path
