"""Worlds with weather: whatever nature does, the promises hold, and afterwards everything moves again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.sim.loop import run
from matinee.sim.tale import Tale, tell
from matinee.wire.encoding import from_json
from tests.running import ROOT

KEPT = sorted(Path(__file__).with_name("kept").glob("*.json"))
"""Every tale that ever broke a promise: `make sim` puts it there, as small as it found it."""


# The brief one is the gate's.
@pytest.mark.parametrize(
    ("seed", "seconds"), [("1", 240), ("2", 240), ("3", 240), ("2", 90)], ids=["1", "2", "3", "brief"]
)
def test_the_promises_hold_in_any_weather(seed: str, seconds: int, tmp_path: Path) -> None:
    told = run(tell(Tale(seed, viewers=6, films=1, seconds=seconds), tmp_path))
    assert told.broken is None
    assert told.tale.befall, "nothing went wrong, so nothing was shown"
    assert told.counts["watched"] > seconds / 48
    assert told.counts["segments"] > 50


@pytest.mark.parametrize("tale", KEPT, ids=lambda path: path.stem)
def test_what_once_broke_a_promise_breaks_none_any_more(tale: Path, tmp_path: Path) -> None:
    assert run(tell(from_json(tale.read_bytes(), Tale), tmp_path)).broken is None


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
