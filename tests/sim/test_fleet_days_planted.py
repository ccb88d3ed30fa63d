"""Tests of the test, for the fleet of models: a fault in a rule it takes from steering or the edge, and a day has to find it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matinee.control.catalog.api import Verdict
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.model import decision, snapshot
from matinee.control.steering.model.placement import Rules
from matinee.control.steering.model.sources import Fetch
from matinee.delivery.edge.model.windows import Night, night_at
from matinee.kernel.quantities import days
from matinee.sim.fleet import audience, eyes, filling
from matinee.sim.fleet.boxes import BEGINS, Box
from matinee.sim.fleet.days import FleetDays
from matinee.sim.fleet.filling import Filling
from matinee.sim.fleet.lots import FleetOrder
from tests.sim.fleets import DAY, told

Plant = pytest.MonkeyPatch


def _hears_and_does_nothing(plant: Plant) -> None:
    def hears(self: FleetDays, box: Box, _at_ms: int) -> None:
        box.heard_up_to = box.noted_up_to = len(self.eyes.stones_after(0))

    plant.setattr(FleetDays, "_hears", hears)


def _hears_nothing(plant: Plant) -> None:
    plant.setattr(FleetDays, "_hears", lambda *_args: None)


def _notes_nothing_and_is_not_fenced(plant: Plant) -> None:
    real = FleetDays._hears

    def hears(self: FleetDays, box: Box, at_ms: int) -> None:
        real(self, box, at_ms)
        box.noted_up_to = 0

    plant.setattr(FleetDays, "_hears", hears)
    plant.setattr(eyes.Eyes, "is_fenced", lambda *_args: False)


def _sells_to_anybody(plant: Plant) -> None:
    plant.setattr(audience, "judge", lambda *_args, **_more: Verdict(True))


def _sells_for_ever(plant: Plant) -> None:
    plant.setattr(
        audience, "ticket_ends", lambda now, *, duration_ms, rights_end: ticket_ends(now, duration_ms=duration_ms)
    )


def _believes_its_disk(plant: Plant) -> None:
    def reads_nothing(_self: Filling, box: Box, _at_ms: int) -> None:
        box.holds = {film: token + 1 for film, token in box.holds.items()}

    plant.setattr(Filling, "reads_again", reads_nothing)


def _fills_at_any_hour(plant: Plant) -> None:
    def night(window: Any, at: Any) -> Night:
        return night_at(window, at) or Night(BEGINS.date(), BEGINS + days(30), BEGINS + days(31))

    plant.setattr(filling, "night_at", night)
    plant.setattr(filling, "bytes_allowed", lambda *_args, **_more: 1_000_000)


def _fills_at_any_rate(plant: Plant) -> None:
    plant.setattr(filling, "bytes_allowed", lambda window, **_more: window.bytes_per_night_max)


def _fills_without_end(plant: Plant) -> None:
    plant.setattr(filling, "bytes_allowed", lambda window, **_more: window.bytes_per_second_max * 60)
    plant.setattr(filling, "Rules", lambda **_more: Rules(ingest_share_max=1.0))


def _has_always_room(plant: Plant) -> None:
    plant.setattr(Filling, "_has_room", lambda *_args: True)


def _all_go_upstream(plant: Plant) -> None:
    plant.setattr(filling, "sources_of", lambda *_args, tiers, origins, **_more: Fetch((*tiers, *origins)))


def _sees_the_silent(plant: Plant) -> None:
    plant.setattr(Box, "is_well", lambda self, _at_ms: self.heard is not None)


def _offers_strangers(plant: Plant) -> None:
    plant.setattr(snapshot, "OPEN", frozenset(("embedded", "private", "exchange", "transit")))


def _offers_no_origin(plant: Plant) -> None:
    plant.setattr(decision, "_ORIGINS_MAX", 0)


def _lets_go_in_words_only(plant: Plant) -> None:
    plant.setattr(eyes.Eyes, "holds_not", lambda *_args: None)


HEAD_PURGED = replace(
    DAY, orders=tuple(FleetOrder(9_000.0 + number, "purge", f"film-{number}") for number in (1, 2, 3, 4, 5))
)
"""Somebody is watching one of them."""
PLANTED: list[tuple[str, Callable[[Plant], None], str]] = [
    ("boxes that hear of purges and do nothing", _hears_and_does_nothing, "and it was told"),
    ("boxes that hear of nothing", _hears_nothing, "it could have been told"),
    ("fences that do not close", _notes_nothing_and_is_not_fenced, "it should be fenced"),
    ("tickets for anybody", _sells_to_anybody, "A ticket for"),
    ("tickets that outlast the rights", _sells_for_ever, "its rights ended at"),
    ("boxes that believe a rotten disk", _believes_its_disk, "other bytes than the studio's"),
    ("fills at any hour", _fills_at_any_hour, "its window is open from"),
    ("fills at any rate", _fills_at_any_rate, "bytes in a minute"),
    ("fills without end", _fills_without_end, "bytes tonight"),
    ("room without end", _has_always_room, "has room for"),
    ("a copy from above for each", _all_go_upstream, "bytes from above"),
    ("the silent are seen", _sees_the_silent, "nothing was heard of it"),
    ("strangers are offered", _offers_strangers, "was not announced to it"),
    ("no origin is offered", _offers_no_origin, "was offered no origin"),
    ("what was let go is offered", _lets_go_in_words_only, "it does not hold that"),
]


@pytest.mark.parametrize(("fault", "found"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED])
def test_a_planted_fault_is_found(
    fault: Callable[[Plant], None], found: str, tmp_path: Path, monkeypatch: Plant
) -> None:
    fault(monkeypatch)
    broken = told(HEAD_PURGED, tmp_path).broken
    assert broken is not None
    assert found in broken
