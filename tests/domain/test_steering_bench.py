"""`matinee bench steering` in small: its form, and what must hold at any size."""

import json

import pytest

from matinee.cli import main


def test_the_bench_of_steering_tells_what_decisions_and_routes_cost(capsys: pytest.CaptureFixture[str]) -> None:
    small = ("--sites", "20", "--prefixes", "500", "--requests", "200", "--routes", "300", "--documents", "40")
    code = main(["bench", "steering", *small, "--json"])
    report = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in report["figures"]}
    assert code == (1 if any(figure["met"] is False for figure in figures.values()) else 0)
    assert report["input"]["appliances"] == 160
    assert figures["cluster_load_max_over_mean"]["value"] <= 1.05
    for name in (
        "decisions_per_cpu_s",
        "decision_p99_us",
        "routes_loaded_s",
        "dead_appliance_out_s",
        "documents_per_cpu_s",
    ):
        assert figures[name]["value"] > 0
