"""The command that tells worlds: what it prints, what it keeps, and that what it keeps says the same again."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT

_A_LEAKED_SLOT = """
from matinee.control.playback.model.streams import Admission
from matinee.control.playback.service import press_play

press_play.admit = lambda *_, **__: Admission(admitted=True)
"""


def simulate(folder: Path, *arguments: str, planted: str = "") -> "subprocess.CompletedProcess[str]":
    """In `folder`. What is planted is in every process that tells a tale: Python runs it at its start."""
    (folder / "sitecustomize.py").write_text(planted)
    return subprocess.run(
        [sys.executable, "-m", "matinee", "simulate", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=280,
    )


def history(told: "subprocess.CompletedProcess[str]") -> str:
    return told.stdout.rpartition("history ")[2].strip()


def test_a_broken_promise_is_told_kept_made_smaller_and_found_again(tmp_path: Path) -> None:
    full = ("--seed", "1", "--viewers", "12", "--for", "200", "--shrink", "2")
    found = simulate(tmp_path, *full, planted=_A_LEAKED_SLOT)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "streams at" in found.stdout
    assert "replay it: matinee simulate --tale tales/1-small.json" in found.stdout
    assert "still broken with" in found.stderr
    assert "still broken with" not in found.stdout
    whole, small = (json.loads((tmp_path / "tales" / name).read_text()) for name in ("1.json", "1-small.json"))
    assert small["seconds"] < whole["seconds"] == 200
    assert "streams at" in small["why"]
    again = simulate(tmp_path, "--tale", "tales/1-small.json", "--shrink", "0", planted=_A_LEAKED_SLOT)
    assert again.returncode == 1
    assert small["why"] in again.stdout
    # Without the fault the same tale keeps every promise: it was the fault that was found.
    assert simulate(tmp_path, "--tale", "tales/1-small.json").returncode == 0


def test_a_seed_of_any_words_can_be_kept_and_told_as_data(tmp_path: Path) -> None:
    arguments = ("--seed", "../a b", "--viewers", "12", "--for", "200", "--shrink", "1", "--json")
    found = simulate(tmp_path, *arguments, planted=_A_LEAKED_SLOT)
    assert found.returncode == 1, found.stdout + found.stderr
    told = json.loads(found.stdout)
    assert [Path(path).parent for path in told["kept"]] == [Path("tales")] * len(told["kept"])
    assert told["told"][0]["tale"]["seed"] == "../a b"
    assert told["told"][0]["broken"] in found.stderr
    assert json.loads((tmp_path / told["kept"][0]).read_text())["seed"] == "../a b"


def test_several_seeds_are_told_in_order_and_counted_together(tmp_path: Path) -> None:
    told = simulate(tmp_path, "--seeds", "3", "--viewers", "2", "--films", "1", "--for", "30")
    assert told.returncode == 0, told.stdout + told.stderr
    assert [line.split(":")[0] for line in told.stdout.splitlines()[:3]] == ["seed 1", "seed 2", "seed 3"]
    assert "3 of 3 kept every promise" in told.stdout
    assert not (tmp_path / "tales").exists()


def test_a_tale_that_cannot_be_told_is_refused_with_a_reason(tmp_path: Path) -> None:
    for arguments, reason in (
        (("--viewers", "0"), "--viewers"),
        (("--seeds", "3", "--seed", "blue"), "--seeds N counts on from --seed"),
        (("--tale", "sitecustomize.py"), "sitecustomize.py is not valid"),
        (("--tale", "nowhere.json"), "nowhere.json cannot be read"),
        (("--tale", "nowhere.json", "--viewers", "3"), "leave out --viewers"),
        (("--at-once", "0"), "--at-once are at least 1"),
    ):
        refused = simulate(tmp_path, *arguments, planted="x = 1")
        assert refused.returncode == 2, arguments  # 1 says that a promise was broken
        assert reason in refused.stderr
        assert "Traceback" not in refused.stderr
