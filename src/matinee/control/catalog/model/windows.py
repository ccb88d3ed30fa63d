"""Rights windows as they were meant, and what that is in a country: instants. And which windows make no sense."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from matinee.control.catalog.api import EVERYWHERE, Window
from matinee.control.catalog.model.zones import NOWHERE, ZONES, begins, is_zone, zone_of
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Instant

WINDOWS_MAX = 1000
PLAN_RANK_MAX = 100
_YEAR_MIN, _YEAR_MAX = 1900, 9000
_LAST_ZONE = "Pacific/Pago_Pago"
"""Where each day begins last."""
ALL_COUNTRIES = (*ZONES, NOWHERE)


def in_country(window: Window, country: str) -> Window:
    """The same window with local days turned into instants."""
    if window.start_on is None and window.end_on is None:
        return window
    zone = window.zone or zone_of(country)
    start = window.start if window.start_on is None else begins(window.start_on, zone)
    end = window.end if window.end_on is None else begins(window.end_on, zone)
    return replace(window, start=start, end=end, start_on=None, end_on=None)


def holding_in(windows: Sequence[Window], country: str) -> list[Window]:
    """Those that say something of this country, in instants."""
    return [in_country(w, country) for w in windows if w.country in (EVERYWHERE, country)]


def is_open(window: Window, at: Instant) -> bool:
    return (window.start is None or window.start <= at) and (window.end is None or at < window.end)


def is_past(window: Window, at: Instant) -> bool:
    """In every country."""
    last = in_country(replace(window, zone=window.zone or _LAST_ZONE), NOWHERE).end
    return last is not None and last <= at


def places_of(windows: Sequence[Window]) -> tuple[str, ...]:
    """Every country of which these say anything."""
    if any(w.country == EVERYWHERE for w in windows):
        return ALL_COUNTRIES
    return tuple(sorted({w.country for w in windows}))


def check(windows: Sequence[Window]) -> None:
    """Refuses, with what is wrong, what cannot be meant."""
    if len(windows) > WINDOWS_MAX:
        raise InvalidInput(
            f"A title has at most {WINDOWS_MAX} rights windows; these are {len(windows)}.", field="windows"
        )
    seen: dict[Window, int] = {}
    for number, window in enumerate(windows, 1):
        said = _wrong(window)
        if said is not None:
            field, sentence = said
            raise InvalidInput(f"Window {number}: {sentence}", field=field, window=number)
        if window in seen:
            raise InvalidInput(
                f"Window {number} is the same as window {seen[window]}. Leave one out.", field="windows", window=number
            )
        seen[window] = number


def _wrong(window: Window) -> tuple[str, str] | None:
    if window.country not in ZONES and window.country != EVERYWHERE:
        return "country", f"{window.country!r} is not a country. Take its two ISO letters, or * for everywhere."
    if not 0 <= window.plan_rank <= PLAN_RANK_MAX:
        return "plan_rank", f"a plan's rank is 0 to {PLAN_RANK_MAX}."
    if window.zone is not None and not is_zone(window.zone):
        return "zone", f"{window.zone!r} is not a time zone. Take a name such as Europe/Berlin."
    if window.zone is not None and window.start_on is None and window.end_on is None:
        return "zone", "a zone says whose midnight is meant, and none is. Give a day, or leave the zone out."
    return _wrong_bounds(window)


def _wrong_bounds(window: Window) -> tuple[str, str] | None:
    for name, at, on in (("start", window.start, window.start_on), ("end", window.end, window.end_on)):
        if at is not None and on is not None:
            return name, f"its {name} is given twice, as an instant and as a local day. Leave one out."
        if at is not None and (at.tzinfo is None or not _YEAR_MIN <= at.year <= _YEAR_MAX):
            return name, (
                f"its {name} needs its offset (end it in Z or +hh:mm) and a year from {_YEAR_MIN} to {_YEAR_MAX}."
            )
        if on is not None and not _YEAR_MIN <= on.year <= _YEAR_MAX:
            return name, f"its {name} needs a year from {_YEAR_MIN} to {_YEAR_MAX}."
    for country in _extremes(window):
        resolved = in_country(window, country)
        if resolved.start and resolved.end and resolved.end <= resolved.start:
            where = "" if window.country != EVERYWHERE or country == NOWHERE else f" in {country}"
            return "end", f"it ends before it starts{where}. Swap its dates."
    return None


def _extremes(window: Window) -> tuple[str, ...]:
    """Where to look: a bound that is local and one that is not are in another order in another country."""
    if window.country != EVERYWHERE:
        return (window.country,)
    local = (window.start_on is not None, window.end_on is not None)
    return ALL_COUNTRIES if any(local) and not all(local) else (NOWHERE,)


MARGIN = timedelta(days=2)
"""A local day begins within this of the same day in UTC, wherever that is."""
