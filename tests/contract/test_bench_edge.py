"""The form of `matinee bench edge`, and a tiny run of it."""

import asyncio
import json

import pytest

from matinee.app.doors import Doors
from matinee.app.edges import nginx_here
from matinee.bench.edge import CELLS, Came, Spent, report
from matinee.cli import main
from matinee.kernel.errors import Unavailable


def test_each_goal_is_held_against_the_cheaper_nginx() -> None:
    cost = {"large_embedded": 1.1, "large_nginx": 2.0, "large_plain": 1.0, "small_embedded": 7.0, "small_plain": 1.0}
    spent = {
        cell: [Spent(cost.get(cell.name, 2.0) * extra, Came(10**9, 10**6, 1.0)) for extra in (1.0, 0.5, 9.0)]
        for cell in CELLS
    }
    figures = {figure.name: figure for figure in report({}, spent, ticket_us=0.011).figures}
    assert figures["embedded_over_nginx"].value == pytest.approx(1.1)
    assert figures["embedded_over_nginx"].met
    assert figures["small_embedded_over_nginx"].value == pytest.approx(7.0)
    assert figures["small_embedded_over_nginx"].met is False
    assert figures["ticket_share_embedded"].value == pytest.approx(0.01)


def test_a_tiny_run_measures_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        asyncio.run(nginx_here(Doors().processes))
    except Unavailable as error:
        pytest.skip(error.sentence)
    words = ["--size", "20000", "--connections", "2", "--seconds", "0.05", "--rounds", "1", "--json"]
    assert main(["bench", "edge", *words]) in (0, 1)  # whether goals are met says nothing at this size
    told = json.loads(capsys.readouterr().out)
    assert told["bench"] == "edge"
    assert {row["cell"] for row in told["tables"]["rounds"]} == {cell.name for cell in CELLS}
    assert all(row["requests"] >= 2 and row["cpu_s_per_gb"] >= 0 for row in told["tables"]["rounds"])
    assert set(told["input"]) >= {"connections", "size", "seconds", "rounds", "machine_load"}
