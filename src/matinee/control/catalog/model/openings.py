"""Where and when titles open: what is worth being brought near before anybody may see it, and what is not."""

from collections.abc import Collection, Mapping

from matinee.control.catalog.api import EVERYWHERE, Openings, Window
from matinee.control.catalog.model.windows import ALL_COUNTRIES, in_country
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant


def openings(
    windows: Mapping[TitleId, tuple[Window, ...]],
    parts: Mapping[TitleId, TitleId],
    countries: Collection[str],
    *,
    since: Instant,
    at: Instant,
    until: Instant,
) -> Openings:
    """`parts` are trailers and previews by the title they belong to: they are seen as long as there is anything to wait for."""
    here = {title_id: _here(each, countries) for title_id, each in windows.items()}
    barred = [title_id for title_id, each in here.items() if not any(_meets(w, at, until) for w in each)]
    opens = {title_id: first for title_id, each in here.items() if (first := _opening(each, since, until)) is not None}
    over = [
        part for part, title_id in parts.items() if title_id in here and all(_is_over(w, at) for w in here[title_id])
    ]
    return Openings((*barred, *over), opens)


def _here(windows: tuple[Window, ...], countries: Collection[str]) -> list[Window]:
    """A window of local days opens and ends once for each country that it is looked at from."""
    held = [w for w in windows if not countries or w.country == EVERYWHERE or w.country in countries]
    found: dict[Window, None] = {}
    for window in held:
        places = (window.country,) if window.country != EVERYWHERE else countries or ALL_COUNTRIES
        is_local = window.start_on is not None or window.end_on is not None
        found |= dict.fromkeys(in_country(window, p) for p in places) if is_local else {window: None}
    return list(found)


def _meets(window: Window, at: Instant, until: Instant) -> bool:
    return (window.start is None or window.start < until) and not _is_over(window, at)


def _is_over(window: Window, at: Instant) -> bool:
    return window.end is not None and window.end <= at


def _opening(windows: list[Window], since: Instant, until: Instant) -> Instant | None:
    starts = sorted(w.start for w in windows if w.start is not None and since < w.start <= until)
    return next((start for start in starts if not any(_is_open_before(w, start) for w in windows)), None)


def _is_open_before(window: Window, start: Instant) -> bool:
    return (window.start is None or window.start < start) and (window.end is None or window.end >= start)
