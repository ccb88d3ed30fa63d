"""What players say when they ask where to fetch from by now."""

import pytest

from matinee.control.playback.model.steered import fetching_from


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (None, None)),
        ({"_HLS_pathway": "edge-1", "_HLS_throughput": "5140000"}, ("edge-1", 5140.0)),
        ({"_DASH_pathway": '"edge-1"', "_DASH_throughput": "5140000"}, ("edge-1", 5140.0)),
        ({"_DASH_pathway": '"edge-2,edge-1"', "_DASH_throughput": "1000000,2000000"}, ("edge-1", 2000.0)),
        ({"_DASH_pathway": "edge-1", "_DASH_throughput": "fast"}, ("edge-1", None)),
        ({"_DASH_pathway": "edge-1", "_DASH_throughput": "nan"}, ("edge-1", None)),
        ({"_DASH_pathway": "edge-1", "_DASH_throughput": "-1"}, ("edge-1", None)),
        ({"_DASH_pathway": "edge-1", "_DASH_throughput": "1e300"}, ("edge-1", None)),
        ({"_DASH_pathway": "x" * 5000}, ("x" * 400, None)),
    ],
)
def test_what_cannot_be_read_is_as_if_it_were_not_said(
    query: dict[str, str], expected: tuple[str | None, float | None]
) -> None:
    assert fetching_from(query) == expected
