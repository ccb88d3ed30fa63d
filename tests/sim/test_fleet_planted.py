"""Tests of the test: for each promise of a fleet a fault is planted in one of its parts, and a world has to find it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matinee.control.catalog.api import Verdict
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.model import decision, snapshot
from matinee.control.steering.model.copies import Copies, Everything
from matinee.control.steering.model.sources import Fetch, Need
from matinee.control.steering.service import fleet as steering_fleet
from matinee.control.steering.service import orders
from matinee.control.steering.service.purging import Purging
from matinee.delivery.edge.model.announced import AnnouncedTable
from matinee.delivery.edge.service.allowance import Allowance
from matinee.delivery.edge.service.appliance import EdgeAppliance
from matinee.delivery.edge.service.burial import Burial
from matinee.engines.media_server.in_loop import InLoopServer
from matinee.kernel.quantities import hours
from matinee.sim.fleet import front
from matinee.sim.fleet.lots import FleetOrder
from matinee.sim.fleet.tale import FleetTale
from matinee.sim.machines import Machine
from matinee.sim.nature import Misfortune, What
from matinee.wire.encoding import from_json
from tests.sim.fleets import SMALL, calm, told

Plant = pytest.MonkeyPatch
QUIET = calm(SMALL)
EDGES = [f"edge-{number}" for number in range(1, SMALL.appliances + 1)]


def _all(what: What, at_s: float = 60.0, lasts_s: float = 60.0, among: Sequence[str] = EDGES) -> tuple[Misfortune, ...]:
    return tuple(Misfortune(at_s + number, lasts_s, what, name) for number, name in enumerate(among))


def _does_nothing(*_args: object, **_more: object) -> None: ...


async def _does_nothing_either(*_args: object, **_more: object) -> None: ...


PURGE = replace(QUIET, orders=(FleetOrder(100.0, "purge", "film-1"),))


def _deaf(plant: Plant) -> None:
    plant.setattr(Burial, "order", _does_nothing_either)


def _deaf_and_not_fenced(plant: Plant) -> None:
    _deaf(plant)
    plant.setattr(Purging, "fenced_by", _does_nothing)


def _sells_to_anybody(plant: Plant) -> None:
    plant.setattr(front, "judge", lambda *_args, **_more: Verdict(True))


def _sells_for_ever(plant: Plant) -> None:
    plant.setattr(
        front, "ticket_ends", lambda now, *, duration_ms, rights_end: ticket_ends(now, duration_ms=duration_ms)
    )


def _rots_while_it_runs(plant: Plant) -> None:
    plant.setattr(Machine, "rot", _does_nothing)


def _with_another_window(**changed: Any) -> Callable[[Plant], None]:
    def plant_it(plant: Plant) -> None:
        real = Allowance.__init__

        def begin(self: Allowance, window: Any, *rest: Any) -> None:
            real(self, None if window is None else replace(window, **changed), *rest)

        plant.setattr(Allowance, "__init__", begin)

    return plant_it


def _takes_more_than_fits(plant: Plant) -> None:
    plant.setattr(EdgeAppliance, "_make_room", _does_nothing_either)
    plant.setattr(EdgeAppliance, "_may_hold", lambda _self, _free: 1 << 40)


def _all_go_upstream(plant: Plant) -> None:
    def sources_of(
        name: str,
        need: Need,
        _office: object,
        *,
        alive: Collection[str],
        tiers: Sequence[str],
        origins: Sequence[str],
    ) -> Fetch | None:
        return Fetch((*tiers, *origins)) if name in need.wanting else None

    plant.setattr(orders, "sources_of", sources_of)


def _offers_the_silent(plant: Plant) -> None:
    plant.setattr(steering_fleet, "is_well", lambda *_args, **_more: True)


def _offers_whoever_lacks_it(plant: Plant) -> None:
    real = snapshot.Snapshot.__init__

    def lay_out(self: snapshot.Snapshot, servers: Any, copies: Copies, *more: Any, **named: Any) -> None:
        real(self, servers, Everything(copies.seating), *more, **named)

    plant.setattr(snapshot.Snapshot, "__init__", lay_out)


def _offers_strangers(plant: Plant) -> None:
    plant.setattr(snapshot, "OPEN", frozenset(("embedded", "private", "exchange", "transit")))


def _remembers_lost_peers(plant: Plant) -> None:
    plant.setattr(AnnouncedTable, "forget", _does_nothing)


def _offers_no_origin(plant: Plant) -> None:
    plant.setattr(decision, "_ORIGINS_MAX", 0)


def _finds_nothing(plant: Plant) -> None:
    real = InLoopServer._route

    async def route(self: InLoopServer, root: Path, request: Any) -> Any:
        if request.path.endswith("/3.m4s"):
            raise FileNotFoundError
        return await real(self, root, request)

    plant.setattr(InLoopServer, "_route", route)


LATE = replace(QUIET, seed="5", films=12)
WINDOWS = replace(QUIET, seed="17")
PLANTED: list[tuple[str, Callable[[Plant], None], FleetTale, str]] = [
    ("an edge that carries no purge out", _deaf, PURGE, "and it was told"),
    ("edges that are deaf and not fenced", _deaf_and_not_fenced, PURGE, "and it was told"),
    ("a ticket before the premiere", _sells_to_anybody, QUIET, "its premiere is at"),
    (
        "a ticket for what is withdrawn",
        _sells_to_anybody,
        replace(QUIET, films=1, orders=(FleetOrder(50.0, "withdraw", "film-1"),)),
        "it was withdrawn at",
    ),
    ("tickets that outlast the rights", _sells_for_ever, QUIET, "its rights ended at"),
    ("bytes that rot", _rots_while_it_runs, replace(QUIET, befall=_all("rot")), "other bytes than the studio's"),
    ("a fill after its window", _with_another_window(length=hours(20)), LATE, "its window is open from"),
    ("a fill above its rate", _with_another_window(bytes_per_second_max=1 << 40), WINDOWS, "a second."),
    ("a fill beyond its night", _with_another_window(bytes_per_night_max=1 << 40), WINDOWS, "in a night that may have"),
    ("more than fits", _takes_more_than_fits, replace(QUIET, films=16), "has room for"),
    ("a copy from above for each", _all_go_upstream, QUIET, "times from above"),
    ("the silent are offered", _offers_the_silent, replace(QUIET, befall=_all("kill")), "nothing was heard of it"),
    ("who lacks it is offered", _offers_whoever_lacks_it, QUIET, "it does not hold that"),
    ("strangers are offered", _offers_strangers, QUIET, "in no network that was announced"),
    (
        "who lost its peers is offered",
        _remembers_lost_peers,
        replace(QUIET, befall=_all("peers lost", 60, 100)),
        "is withdrawn since",
    ),
    ("no origin is offered", _offers_no_origin, QUIET, "was offered no origin"),
    ("nobody has the fourth segment", _finds_nothing, QUIET, "from nobody"),
]


@pytest.mark.parametrize(("fault", "tale", "found"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED])
def test_a_planted_fault_is_found(
    fault: Callable[[Plant], None], tale: FleetTale, found: str, tmp_path: Path, monkeypatch: Plant
) -> None:
    fault(monkeypatch)
    broken = told(tale, tmp_path).broken
    assert broken is not None
    assert found in broken


@pytest.mark.parametrize("tale", {one[2]: None for one in PLANTED}, ids=lambda tale: f"{tale.seed}-{len(tale.befall)}")
def test_without_its_fault_each_of_these_keeps_every_promise(tale: FleetTale, tmp_path: Path) -> None:
    assert told(tale, tmp_path).broken is None


def test_what_was_begun_before_counts_as_room_or_the_kept_tale_breaks_again(tmp_path: Path, monkeypatch: Plant) -> None:
    """Found by seed 3: room was made for what was missing of a release, and not for what an earlier night had left of it."""
    real = EdgeAppliance._make_room

    async def as_it_was(self: EdgeAppliance, needed: int) -> None:
        current, self._current = self._current, None
        try:
            await real(self, needed)
        finally:
            self._current = current

    monkeypatch.setattr(EdgeAppliance, "_make_room", as_it_was)
    kept = Path(__file__).with_name("kept") / "fleet" / "begun-before-and-no-room.json"
    tale = from_json(kept.read_bytes(), FleetTale)
    assert told(tale, tmp_path).broken == tale.why
