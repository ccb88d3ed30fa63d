"""Fleets in simulated time keep their promises: fifty appliances of real parts for an hour, and days of many by models."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.sim.fleet.tale import FleetTale
from matinee.wire.encoding import from_json
from tests.running import ROOT
from tests.sim.fleets import DAY, SMALL, told

KEPT = sorted(Path(__file__).with_name("kept").glob("fleet/*.json"))


@pytest.mark.timeout(900)  # a minute of one core, and another worker may have that
def test_fifty_appliances_of_real_parts_keep_every_promise_for_an_hour(tmp_path: Path) -> None:
    found = told(FleetTale("1"), tmp_path)
    assert found.broken is None
    assert found.tale.lots is not None
    assert len(found.tale.lots.befall) > 30, "too little went wrong"
    assert {order.what for order in found.tale.lots.orders} == {"purge", "purge file", "fetch anew", "withdraw"}
    counts = found.counts
    assert counts["segments"] > 3_000
    assert counts["bytes from embedded"] > counts["bytes from origin"] > 0
    assert min(counts[f"bytes filled from {source}"] for source in ("peers", "exchanges", "origins")) > 0
    assert counts["films that were taken away"] > 0


def test_a_fleet_of_models_keeps_every_promise_for_a_day(tmp_path: Path) -> None:
    found = told(DAY, tmp_path)
    assert found.broken is None
    assert found.counts["misfortunes survived"] > 10
    assert found.counts["orders carried out"] > 4
    assert found.counts["nights' fills within caps"] > 5
    assert found.counts["GB from own site"] > found.counts["GB from origins"]


@pytest.mark.parametrize("tale", KEPT, ids=lambda path: path.stem)
def test_what_once_broke_a_promise_of_a_fleet_breaks_none_any_more(tale: Path, tmp_path: Path) -> None:
    assert told(from_json(tale.read_bytes(), FleetTale), tmp_path).broken is None


@pytest.mark.parametrize("grain", [["--parts", "--fleet", "6", "--hours", "0.05"], ["--fleet", "15", "--hours", "4"]])
def test_one_seed_is_one_history_of_a_fleet_whatever_the_process(grain: list[str]) -> None:
    def history(hash_seed: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "matinee", "simulate", "--seed", "7", *grain],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        return done.stdout.split("history ")[1].split()[0]

    first, second = history("1"), history("2")
    assert len(first) == 64
    assert first == second


def test_another_seed_is_another_history(tmp_path: Path) -> None:
    tales = [FleetTale(seed, "models", appliances=10, seconds=3600) for seed in ("1", "2")]
    assert len({told(tale, tmp_path).history for tale in tales}) == 2
    assert SMALL.grain == "parts"
