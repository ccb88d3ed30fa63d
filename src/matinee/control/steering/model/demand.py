"""What is remembered of the playings of each release, and what they say of tomorrow: `popularity`, kept from day to day.

The region of a site is the whole house: all that was streamed anywhere, by origins too, since whoever no site could
serve was served there. A site's taste is learned only of what it held: that a film which is not there is not streamed
from there says nothing of who would have watched it.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from matinee.control.steering.model.popularity import USUAL as HABITS
from matinee.control.steering.model.popularity import Numbers, Seen, Shelf, forecast, nothing_seen, observe
from matinee.control.steering.model.remembered import FORGOTTEN, REGION, Known, Memory

LAUNCH = 8.0
"""What nobody has played yet is expected to be played as often as so many average releases. With real viewing, where a
twentieth of the titles makes half of the hours, that is enough to be among them."""


def region_after(
    before: Memory | None,
    catalog: Sequence[Known],
    *,
    day: str,
    played: Mapping[str, float],
    aired: Mapping[str, float],
) -> Memory:
    """One more day. Every release of the catalog has a place in it from then on, played or not."""
    seen = _seen(catalog, before, None)
    region = _column(catalog, played)
    after = observe(seen, own=region, region=region, on_air=_column(catalog, aired))
    columns = (after.region_quick, after.region_slow, after.quick_days, after.slow_days)
    rows = np.column_stack(columns).tolist() if len(catalog) else []
    return Memory(REGION, day, {each.release_id: tuple(row) for each, row in zip(catalog, rows, strict=True)})


def site_after(
    name: str,
    before: Memory | None,
    catalog: Sequence[Known],
    *,
    day: str,
    own: Mapping[str, float],
    played: Mapping[str, float],
    held: Collection[str],
) -> Memory:
    """One more day. `own` is what this site streamed, `played` what the whole house did, its own included."""
    asked = {each: played.get(each, 0.0) for each in {*held, *own}}
    after = observe(
        _seen(catalog, None, before),
        own=_column(catalog, own),
        region=_column(catalog, asked),
        on_air=np.zeros(len(catalog)),
    )
    rows = zip(catalog, after.own_long.tolist(), after.region_long.tolist(), strict=True)
    return Memory(name, day, {each.release_id: (o, r) for each, o, r in rows if o > FORGOTTEN or r > FORGOTTEN})


def expected(catalog: Sequence[Known], region: Memory | None, site: Memory | None) -> dict[str, float]:
    """Playings a day of each release at the site; without a site's memory, in the whole region."""
    seen = _seen(catalog, region, site)
    # Each release is a title of its own here: a title's next one has all of its viewers, and not a part of them.
    shelf = Shelf(np.arange(len(catalog)), np.zeros(len(catalog), dtype=np.int64))
    found = forecast(seen, shelf, _launches(catalog, seen))
    return dict(zip((each.release_id for each in catalog), found.tolist(), strict=True))


def _launches(catalog: Sequence[Known], seen: Seen) -> Numbers:
    """What is expected of each release before it is counted: what its title was played, as far as that was; else `LAUNCH`."""
    played, counted = float(seen.region_slow.sum()), float(seen.slow_days.sum())
    usual = LAUNCH * played / counted if played > FORGOTTEN and counted > 0 else 1.0
    titles, of_title = np.unique([each.title_id or each.release_id for each in catalog], return_inverse=True)
    plays = np.bincount(of_title, seen.region_slow, len(titles))
    longest = np.zeros(len(titles))
    np.maximum.at(longest, of_title, seen.slow_days)
    stands = HABITS.launch_days
    return np.asarray(((plays + usual * stands) / (longest + stands))[of_title], dtype=np.float64)


def _seen(catalog: Sequence[Known], region: Memory | None, site: Memory | None) -> Seen:
    nothing = nothing_seen(len(catalog))
    if not catalog:
        return nothing
    columns = [_rows(catalog, region, 4), _rows(catalog, site, 2)]
    quick, slow, quick_days, slow_days = columns[0].T
    own, regional = columns[1].T
    return Seen(quick, slow, quick_days, slow_days, regional, own)


def _rows(catalog: Sequence[Known], memory: Memory | None, width: int) -> Numbers:
    rows = {} if memory is None else memory.rows
    none = (0.0,) * width
    return np.array([rows.get(each.release_id, none) for each in catalog], dtype=np.float64).reshape(-1, width)


def _column(catalog: Sequence[Known], values: Mapping[str, float]) -> Numbers:
    return np.array([values.get(each.release_id, 0.0) for each in catalog], dtype=np.float64)
