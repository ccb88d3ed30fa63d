"""What a title's windows come to in one country, for one plan: when it is open, where nothing is, where two say the same."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from matinee.control.catalog.api import Window
from matinee.control.catalog.api.rights import Coverage, Stretch
from matinee.control.catalog.model.windows import ALL_COUNTRIES, holding_in, is_open, places_of
from matinee.kernel.quantities import Instant

_Bound = Instant | None


def coverage(windows: Sequence[Window], country: str, *, plan_rank: int = 0, offline: bool = False) -> Coverage:
    """`offline`: only what may be kept. Positions in stretches are those in `windows`.

    Two windows for other plans may well be open together, as when a higher plan sees a film first. So an overlap is where
    two say the same: for the same plan, and of keeping the same.
    """
    here = {
        n: window
        for n, each in enumerate(windows)
        for window in holding_in([each], country)
        if window.plan_rank <= plan_rank and (window.offline or not offline)
    }
    steps = list(_steps(here))
    open_ = _joined([(start, end, by) for start, end, by in steps if by], same=False)
    gaps = [Stretch(before.end, after.start) for before, after in itertools.pairwise(open_)]
    twice = [(start, end, again) for start, end, by in steps if (again := _said_again(here, by))]
    return Coverage(country, plan_rank, offline, tuple(open_), tuple(gaps), tuple(_joined(twice, same=True)))


def coverages(windows: Sequence[Window], countries: Sequence[str]) -> list[Coverage]:
    """For each country, each plan that any window asks for, and each with what may be kept where that is less."""
    ranks = sorted({0, *(w.plan_rank for w in windows)})
    found = []
    for country in countries:
        for rank in ranks:
            watched = coverage(windows, country, plan_rank=rank)
            kept = coverage(windows, country, plan_rank=rank, offline=True)
            found.append(watched)
            if kept.open != watched.open:
                found.append(kept)
    return found


def endings(windows: Sequence[Window], *, since: Instant, until: Instant) -> dict[Instant, tuple[str, ...]]:
    """When, after `since` and up to `until`, the title stops being open to anybody in a country, and in which."""
    return _edges(windows, since, until, at_end=True)


def beginnings(windows: Sequence[Window], *, since: Instant, until: Instant) -> dict[Instant, tuple[str, ...]]:
    return _edges(windows, since, until, at_end=False)


def lost(before: Sequence[Window], after: Sequence[Window], *, at: Instant) -> tuple[str, ...]:
    """Where somebody could watch and nobody can any more. Without any window a title is open everywhere."""
    places = places_of(before) if before else ALL_COUNTRIES
    return tuple(p for p in places if _is_open_in(before, p, at) and not _is_open_in(after, p, at))


def _is_open_in(windows: Sequence[Window], country: str, at: Instant) -> bool:
    return not windows or any(is_open(w, at) for w in holding_in(windows, country))


def _edges(
    windows: Sequence[Window], since: Instant, until: Instant, *, at_end: bool
) -> dict[Instant, tuple[str, ...]]:
    found: dict[Instant, list[str]] = {}
    # Most countries say the same, so each way of saying it is looked at once.
    known: dict[tuple[Window, ...], list[Instant]] = {}
    for place in places_of(windows):
        here = tuple(holding_in(windows, place))
        if here not in known:
            known[here] = _bounds(here, at_end=at_end)
        for at in known[here]:
            if since < at <= until:
                found.setdefault(at, []).append(place)
    return {at: tuple(places) for at, places in sorted(found.items())}


def _bounds(here: Sequence[Window], *, at_end: bool) -> list[Instant]:
    steps = [(start, end, by) for start, end, by in _steps(dict(enumerate(here))) if by]
    bounds = [stretch.end if at_end else stretch.start for stretch in _joined(steps, same=False)]
    return [at for at in bounds if at is not None]


def _steps(here: Mapping[int, Window]) -> Iterator[tuple[_Bound, _Bound, tuple[int, ...]]]:
    """All of time in pieces within which nothing changes, with the windows that are open in each."""
    cuts = sorted({at for w in here.values() for at in (w.start, w.end) if at is not None})
    for start, end in zip([None, *cuts], [*cuts, None], strict=True):
        yield start, end, tuple(n for n, w in here.items() if _spans(w, start, end))


def _spans(window: Window, start: _Bound, end: _Bound) -> bool:
    begun = window.start is None or (start is not None and window.start <= start)
    return begun and (window.end is None or (end is not None and end <= window.end))


def _said_again(here: Mapping[int, Window], by: tuple[int, ...]) -> tuple[int, ...]:
    """Of the windows that are open together, those that another says the same as."""
    sayings = [(here[n].plan_rank, here[n].offline) for n in by]
    return tuple(n for n, saying in zip(by, sayings, strict=True) if sayings.count(saying) > 1)


def _joined(steps: Sequence[tuple[_Bound, _Bound, tuple[int, ...]]], *, same: bool) -> list[Stretch]:
    """Pieces that follow one another as one; `same`: only where the windows are the same."""
    found: list[Stretch] = []
    for start, end, by in steps:
        last = found[-1] if found else None
        if last is not None and last.end == start and last.end is not None and (not same or last.windows == by):
            found[-1] = Stretch(last.start, end, tuple(dict.fromkeys((*last.windows, *by))))
        else:
            found.append(Stretch(start, end, by))
    return found
