"""`matinee bench billing`: renewals over years of virtual time, among crashes, timeouts, webhooks and wrong clocks.

Two processes renew; any of them dies between any two steps. At the end the books are compared with the provider's.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.bench.billing_checks import faults
from matinee.bench.billing_world import Lived, Planted, World
from matinee.bench.report import Figure, Report
from matinee.kernel import log

_PERIODS_EACH, _PERIODS_EACH_OF_MANY, _MANY = 10, 25, 100_000
_SHOWN_MAX = 20


async def run(options: argparse.Namespace, doors: Doors, tell: Callable[[str], None]) -> Report:
    log.configure(level="critical")  # what goes wrong here is meant to, and is counted
    with TemporaryDirectory(prefix="matinee-billing-") as folder:
        return await measure(Path(folder), options.seed, options.renewals, doors, tell)


async def measure(
    folder: Path, seed: str, renewals: int, doors: Doors, tell: Callable[[str], None], planted: Planted = ""
) -> Report:
    subscribers = max(10, renewals // (_PERIODS_EACH if renewals < _MANY else _PERIODS_EACH_OF_MANY))
    world = World(folder, seed, subscribers=subscribers, planted=planted)
    begun = doors.clock.monotonic()
    try:
        lived = await world.live(renewals, lambda done: tell(f"{done} of {renewals} charges"))
        took = doors.clock.monotonic() - begun
        return _report(lived, seed, took)
    finally:
        await world.database.close()


def _report(lived: Lived, seed: str, took: float) -> Report:
    found = faults(lived)
    charges, renewals = len(lived.truth.entries), len(lived.facts.periods)
    return Report(
        "billing",
        {"seed": seed, "subscribers": len(lived.subscribers), "until": lived.until.isoformat()},
        [
            *(Figure(f"faults: {kind}", len(each), "", goal=0) for kind, each in found.items()),
            Figure("renewals", renewals, ""),
            Figure("charges asked for", charges, ""),
            Figure("crashes", lived.crashes, ""),
            Figure("clock jumps", lived.jumps, ""),
            Figure("webhooks", lived.notices, ""),
            Figure("declined", sum(e.state == "failed" for e in lived.truth.entries.values()), ""),
            Figure("renewals a second, all faults in it", renewals / took, "1/s"),
        ],
        {"faults": [{"kind": kind, "fault": each} for kind, some in found.items() for each in some[:_SHOWN_MAX]]},
    )
