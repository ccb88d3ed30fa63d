"""`matinee bench placement` in small: its form, and what must hold at any size."""

import json

import pytest

from matinee.cli import main


def test_the_bench_of_placement_tells_what_every_policy_held_and_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["bench", "placement", "--quick", "--titles", "300", "--plays", "400", "--seeds", "2", "--json"])
    report = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in report["figures"]}
    assert code == (1 if any(figure["met"] is False for figure in figures.values()) else 0)
    assert report["input"]["seeds"] == [1, 2]
    assert figures["bytes_outside_window"]["value"] == 0
    assert figures["ingest_worst_night"]["value"] <= 0.06
    hits = [figures[f"hit_{at}"]["value"] for at in (5, 10, 20, 40, 60)]
    assert hits == sorted(hits)
    rows = {(row["plays_a_day"], row["by"], row["policy"]): row for row in report["tables"]["policies"]}
    policies = {"ours", "true_demand", "yesterdays_counts", "LRU", "S3-FIFO", "W-TinyLFU", "Belady with bypass"}
    policies |= {"W-TinyLFU with exact counts"}
    assert set(rows) == {
        *((plays, "title", policy) for plays in (400, 40) for policy in policies),
        *((400, "file", policy) for policy in (*policies, "ours_by_title")),
    }
    for row in rows.values():
        assert 0 < row["hit_5"] < 1
        assert row["interval_5"] > 0
    assert rows[400, "title", "Belady with bypass"]["hit_5"] == max(
        row["hit_5"] for (plays, by, _), row in rows.items() if (plays, by) == (400, "title")
    )
