"""Telling fleets in tests."""

from dataclasses import replace
from pathlib import Path

from matinee.sim.fleet.tale import FleetTale, FleetTold, tell_fleet
from matinee.sim.loop import run

SMALL = FleetTale("7", appliances=8, seconds=240, viewers=30, films=8)
"""Of parts: two sites and an exchange."""
DAY = FleetTale("3", "models", appliances=30, seconds=16 * 3600)


def told(tale: FleetTale, folder: Path) -> FleetTold:
    return run(tell_fleet(tale, folder))


def calm(tale: FleetTale) -> FleetTale:
    return replace(tale, befall=(), orders=())
