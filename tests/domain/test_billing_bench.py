"""Twenty thousand charges among crashes, lies and wrong clocks; and that what is planted is found."""

import asyncio
from pathlib import Path

import pytest

from matinee.app.doors import Doors
from matinee.bench.billing import measure
from matinee.bench.billing_world import Planted
from matinee.bench.report import Report


def _lived(folder: Path, renewals: int, seed: str = "1", planted: Planted = "") -> Report:
    return asyncio.run(measure(folder, seed, renewals, Doors(), lambda line: None, planted))


def _values(report: Report) -> dict[str, float]:
    return {figure.name: figure.value for figure in report.figures if "second" not in figure.name}


def test_of_twenty_thousand_charges_none_is_lost_and_none_is_made_twice(tmp_path: Path) -> None:
    found = _lived(tmp_path, 20_000)
    assert found.tables["faults"] == []
    assert all(figure.met is not False for figure in found.figures)
    values = _values(found)
    assert values["charges asked for"] >= 20_000
    assert min(values["crashes"], values["clock jumps"], values["webhooks"], values["declined"]) > 0


def test_the_same_seed_lives_the_same_life(tmp_path: Path) -> None:
    first, again, other = (_lived(tmp_path / name, 300, seed) for name, seed in (("a", "7"), ("b", "7"), ("c", "8")))
    assert _values(first) == _values(again) != _values(other)


@pytest.mark.parametrize(
    ("planted", "kind"), [("new_key", "double charge"), ("new_key", "lost charge"), ("wrong_amount", "ledger")]
)
def test_a_planted_fault_is_found(tmp_path: Path, planted: Planted, kind: str) -> None:
    found = _values(_lived(tmp_path, 600, planted=planted))
    assert found[f"faults: {kind}"] > 0
