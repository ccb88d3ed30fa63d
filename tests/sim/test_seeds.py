"""Worlds with weather: whatever nature does, the promises hold, and afterwards everything moves again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.sim.nature import Temper
from matinee.sim.world import World
from tests.running import ROOT
from tests.sim.worlds import in_world

KEPT = Path(__file__).with_name("seeds.txt")
"""Every seed that ever failed, with a word about why."""
SEEDS = ["1", "2", "3", *(line.split()[0] for line in KEPT.read_text().splitlines() if line and line[0] != "#")]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_promises_hold_in_any_weather(seed: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.rage(240, Temper())
        await world.heal()

    counts = in_world(seed, tmp_path, story).ledger.counts
    assert counts["watched"] > 5
    assert counts["segments"] > 50


def test_one_seed_is_one_history_whatever_the_process(tmp_path: Path) -> None:
    def history(hash_seed: str) -> str:
        told = subprocess.run(
            [sys.executable, "-m", "matinee", "simulate", "--seed", "7", "--viewers", "5", "--for", "60"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        return told.stdout.split("history ")[1].split()[0]

    first, second = history("1"), history("2")
    assert len(first) == 64
    assert first == second
