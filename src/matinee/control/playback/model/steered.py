"""What players say when they ask where to fetch from by now: the content steering of HLS (RFC 8216bis, 7.2) and of DASH
(ETSI TS 103 998)."""

from collections.abc import Mapping

_TEXT_MAX = 400


def fetching_from(query: Mapping[str, str]) -> tuple[str | None, float | None]:
    """The pathway a player is on, and what it gets there in kbit/s. DASH players may name several, each with its rate: the
    latest comes last. What cannot be read is as if it were not said."""
    pathway = _last(query, "pathway").strip('"') or None
    try:
        bits_per_second = float(_last(query, "throughput"))
    except ValueError:
        return pathway, None
    return pathway, bits_per_second / 1000 if 0 <= bits_per_second < 1e12 else None


def _last(query: Mapping[str, str], name: str) -> str:
    said = query.get(f"_DASH_{name}") or query.get(f"_HLS_{name}") or ""
    return said[:_TEXT_MAX].strip().strip('"').rpartition(",")[2].strip()
