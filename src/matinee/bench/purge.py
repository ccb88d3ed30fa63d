"""How long a purge takes: from the operator's request until steering knows that every appliance has carried it out.

A real house in a process of its own, reached through its gateway over loopback, with its own origin and appliance. The
others are clients in this process that hold no films: what is measured is the way there and back, and not a disk.
"""

import argparse
import statistics
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matinee.app.doors import Doors
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.bench.purge_fleet import REPORTS_A_SECOND_MAX, PurgeFleet
from matinee.bench.report import Figure, Report
from matinee.kernel.quantities import minutes, seconds
from matinee.wire.encoding import from_json, to_json

_GOALS = {1_000: 2.0, 5_000: 5.0}
_LOOK_EVERY = seconds(0.1)


class HouseBusy(HouseFailed):
    """It sheds what can wait; asked a moment later, it answers."""


Say = Callable[[str], None]


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    with TemporaryDirectory() as folder:
        house = RealHouse(Path(folder), doors)
        fleet = PurgeFleet(doors, lambda: house.url)
        try:
            say("a house, and one small film in it …")
            await house.start(log=Path(folder) / "house.log")
            await house.publish()
            await house.sign_in()
            token = (await doors.files.read(house.data / "secrets" / "agent.token")).decode().strip()
            for count in options.fleets or (1_000, 5_000):
                say(f"{count} appliances …")
                await fleet.grow(count, token)
                spent = house.cpu_seconds()
                times = [await _purge(doors, house, f"hd/v1/{len(rows) + n}.m4s", count) for n in range(options.rounds)]
                spent = (house.cpu_seconds() - spent) / options.rounds
                say(f"{count} appliances: " + ", ".join(f"{each:.2f} s" for each in times))
                figures.append(Figure(f"purge_{count}_median", statistics.median(times), "s", _GOALS.get(count)))
                figures.append(Figure(f"purge_{count}_worst", max(times), "s"))
                figures.append(Figure(f"purge_{count}_cpu", spent, "s"))  # of the house: what others leave it of a core
                rows += [{"appliances": count, "round": n, "seconds": round(t, 3)} for n, t in enumerate(times)]
            figures.append(Figure("tombstones_refused", fleet.refused(), "", 0))
        finally:
            await fleet.end()
            await house.stop()
            await doors.network.close()
    return Report(
        "purge", {"rounds": options.rounds, "reports_a_second_max": REPORTS_A_SECOND_MAX}, figures, {"purges": rows}
    )


async def _purge(doors: Doors, house: RealHouse, path: str, appliances: int) -> float:
    """Of one file, so that one film is enough for many purges; the way of a title is the same. The house looks back at
    ten times a second, which is in the time."""
    release = await _release(house, doors)
    began = doors.clock.monotonic()
    ordered = await _said(house, "POST", "/edge/purge", {"release_id": release, "path": path, "reason": "bench"})
    newest = ordered
    while doors.clock.monotonic() - began < minutes(2).total_seconds():
        with suppress(HouseBusy):
            (newest,) = (await _said(house, "GET", "/edge/purges?limit=1"))["purges"]
        if newest["number"] != ordered["number"]:
            raise HouseFailed("Somebody else ordered a purge.")
        if newest["acknowledged"] >= appliances and not newest["waiting"] and not newest["fenced"]:
            return doors.clock.monotonic() - began
        await doors.clock.sleep(_LOOK_EVERY)
    raise HouseFailed(f"After two minutes {newest['waiting'] + newest['fenced']} appliances had not acknowledged.")


async def _release(house: RealHouse, doors: Doors) -> str:
    while True:
        with suppress(HouseBusy):
            return str((await _said(house, "GET", f"/catalog/titles/{house.title_id}"))["current_release"])
        await doors.clock.sleep(_LOOK_EVERY)


async def _said(house: RealHouse, method: str, path: str, body: object = None) -> Any:  # JSON of many shapes
    answer = await house.call(method, path, to_json(body) if body is not None else b"")
    if answer.status == 503:
        raise HouseBusy(f"{method} {path} was shed.")
    if answer.status >= 400:
        raise HouseFailed(f"{method} {path} answered {answer.status}: {answer.body[:200]!r}")
    return from_json(answer.body, dict[str, Any])["data"]
