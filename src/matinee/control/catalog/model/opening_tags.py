"""When and where a title can be seen, as plain tags, so that any search engine filters by it before it ranks.

Time is cut into blocks that nest: a day holds two half days, two days make one of the next size. A window is the few largest
blocks that fill it; a moment lies in one block of each size. Whoever asks names those, and a tag in common means: open. Nothing
has to be indexed again when a window opens or closes. Exact to the second; a window that begins within one counts from its
start, so what was found is still judged.
"""

from collections.abc import Sequence
from datetime import timedelta

from matinee.control.catalog.api import EVERYWHERE, Viewer, Window
from matinee.kernel.quantities import Instant

_SIZES = (1, 5, 10, 30, 60, 120, 240, 720, 3600, 7200, 14400, 43200, 86400, *(86400 << power for power in range(1, 17)))
"""In seconds; each divides the next. The largest is longer than a lifetime."""
_FIRST = Instant.fromisoformat("1800-01-01T00:00:00+00:00")
_LAST = Instant.fromisoformat("2320-01-01T00:00:00+00:00")
_ALWAYS = "~"


def window_tags(windows: Sequence[Window]) -> tuple[str, ...]:
    """Of a title: without any window it is open everywhere, always, for every plan."""
    if not windows:
        return (f"open:{EVERYWHERE}:0:{_ALWAYS}",)
    return tuple(
        dict.fromkeys(
            f"open:{window.country}:{window.plan_rank}:{block}" for window in windows for block in _blocks(window)
        )
    )


def viewer_tags(viewer: Viewer, *, at: Instant) -> tuple[str, ...]:
    """Any of these on a title: it is open for this viewer."""
    second = _second(at)
    blocks = [_ALWAYS, *(f"{level}.{second // size}" for level, size in enumerate(_SIZES))]
    return tuple(
        f"open:{country}:{rank}:{block}"
        for country in (EVERYWHERE, viewer.country)
        for rank in range(max(0, viewer.plan_rank) + 1)
        for block in blocks
    )


def _blocks(window: Window) -> list[str]:
    if window.start is None and window.end is None:
        return [_ALWAYS]
    start = _second(_FIRST if window.start is None else max(window.start, _FIRST))
    end = _second(_LAST if window.end is None else min(window.end, _LAST), is_end=True)
    found = []
    while start < end:
        level = max(at for at, size in enumerate(_SIZES) if (start % size == 0 and start + size <= end) or size == 1)
        found.append(f"{level}.{start // _SIZES[level]}")
        start += _SIZES[level]
    return found


def _second(at: Instant, *, is_end: bool = False) -> int:
    whole, rest = divmod(at - _FIRST, timedelta(seconds=1))
    return whole + (1 if is_end and rest else 0)
