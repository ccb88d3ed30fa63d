"""`matinee simulate --fleet N`: a fleet of appliances in simulated time, of real parts or by steering's models."""

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.kernel import log
from matinee.kernel.errors import InvalidInput
from matinee.sim.fleet.tale import FleetTale, FleetTold, tell_fleet
from matinee.sim.loop import run
from matinee.wire.encoding import from_json, to_json

_PARTS_MAX = 200
"""More appliances of real parts take longer than anybody waits."""
_BYTES = 1_000_000_000


def flags(parser: argparse.ArgumentParser) -> None:
    fleet = parser.add_argument_group("a fleet instead of a house")
    fleet.add_argument("--fleet", type=int, metavar="N", help="so many appliances, by steering's models")
    fleet.add_argument("--hours", type=float, help="of simulated time (default 72; of parts 1)")
    fleet.add_argument("--parts", action="store_true", help="of real parts: the services themselves")
    fleet.add_argument("--fleet-tale", type=Path, metavar="FILE", help="tell one that was kept")


def is_meant(options: argparse.Namespace) -> bool:
    return options.fleet is not None or options.fleet_tale is not None


async def tell(options: argparse.Namespace) -> int:
    """In this very process: it is one history, told on a loop of its own, for which a thread of its own is needed."""
    tale, out = _tale(options), sys.stderr if options.json else sys.stdout
    log.configure(level="critical")
    grain = "real parts" if tale.grain == "parts" else "steering's models"
    print(f"{tale.appliances} appliances of {grain} for {tale.seconds / 3600:g} hours, seed {tale.seed} …", file=out)

    def say(line: str) -> None:
        print(f"  {line}", file=sys.stderr, flush=True)

    with TemporaryDirectory(prefix="matinee-fleet-") as folder:
        told = await asyncio.to_thread(lambda: run(tell_fleet(tale, Path(folder), say)))
    kept = [] if told.broken is None else [_keep(told, options.keep)]
    if options.json:
        print(to_json({"told": told, "kept": [str(path) for path in kept]}).decode())
    else:
        _report(told)
    if kept:
        print(f"  replay it: matinee simulate --fleet-tale {kept[0]}", file=out)
    return 1 if kept else 0


def _tale(options: argparse.Namespace) -> FleetTale:
    if options.fleet_tale is not None:
        try:
            return from_json(options.fleet_tale.read_bytes(), FleetTale, what=str(options.fleet_tale))
        except OSError as error:
            raise InvalidInput(f"The tale {options.fleet_tale} cannot be read: {error.strerror}.") from error
    hours = options.hours if options.hours is not None else 1.0 if options.parts else 72.0
    if options.fleet < 5 or hours <= 0:
        raise InvalidInput("A fleet has at least 5 appliances, and lives for a while: --fleet 5 --hours 0.1.")
    if options.parts and options.fleet > _PARTS_MAX:
        raise InvalidInput(f"Of real parts at most {_PARTS_MAX} appliances are told. Leave out --parts for more.")
    tale = FleetTale(options.seed, "parts" if options.parts else "models", options.fleet, hours * 3600)
    return replace(tale, befall=(), orders=()) if options.calm else tale


def _report(told: FleetTold) -> None:
    what = "kept every promise" if told.broken is None else "BROKEN"
    print(f"seed {told.tale.seed}: {what}; {told.simulated_s / 3600:.2f} hours simulated")
    if told.broken is not None:
        print(f"  after {told.broken_after_s:.1f} s: {told.broken}")
    for name, count in told.counts.items():
        print(f"{count // _BYTES if name.startswith('GB ') else count:12d}  {name}")
    if (own := told.counts.get("GB from own site")) is not None:
        sent = own + told.counts.get("GB from exchanges", 0) + told.counts.get("GB from origins", 0)
        print(f"{own / max(1, sent):12.3f}  of the bytes came from the viewers' own site")
    print(f"history {told.history}")


def _keep(told: FleetTold, folder: Path) -> Path:
    folder = folder / "fleet"
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in told.tale.seed)[:100] or "tale"
    path = folder / f"{told.tale.grain}-{name}.json"
    path.write_bytes(to_json(replace(told.tale, why=told.broken or "")) + b"\n")
    return path
