"""How a sheet comes into the catalog, from whichever side: cleaned, judged, found by its names, put."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Literal

from matinee.control.catalog.api.desk import Filed, Flaw, Sheet
from matinee.control.catalog.api.ratings import RatingSystem, ages_of
from matinee.control.catalog.model.changes import Row, as_row_says, differences
from matinee.control.catalog.model.flaws import cleaned, flaws
from matinee.control.catalog.store import filed as store
from matinee.control.catalog.store.filed import Hand, Judged
from matinee.engines.database.port import Work
from matinee.kernel.ids import TitleId

_RATINGS = RatingSystem()
Outcome = Literal["made", "changed", "same", "refused"]


@dataclass(slots=True)
class Seen:
    """What a file has named so far, small enough for a million titles."""

    titles: set[int] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)
    series: set[str] = field(default_factory=set)

    def and_also(self, other: "Seen") -> None:
        self.titles |= other.titles
        self.slots |= other.slots
        self.series |= other.series


@dataclass(frozen=True, slots=True)
class Settled:
    outcome: Outcome
    flaws: tuple[Flaw, ...] = ()


def judged(sheet: Sheet) -> Judged:
    ages = ages_of(sheet.marks)
    if sheet.type == "episode" and sheet.rating.upper() not in _RATINGS.ages and not ages:
        return Judged(0, {})  # as its series is
    return Judged(_RATINGS.default_age(sheet.rating, ages), ages)


class Filing:
    """One batch of rows in one unit of work."""

    def __init__(self, work: Work, seen: Seen, hand: Hand, fresh: Callable[[], str], *, writes: bool) -> None:
        self._work = work
        self._before = seen
        self._hand = hand
        self._fresh = fresh
        self._writes = writes
        self.seen = Seen()
        """What this batch adds: the unit of work may run again."""
        self._by_name: dict[str, TitleId] = {}
        self._there: dict[TitleId, Filed] = {}
        self._parts: set[str] = set()
        self._slots: dict[tuple[str, int, int], TitleId] = {}

    def rows(self, rows: Sequence[Row]) -> list[Settled]:
        self._look_up([row.sheet for row in rows])
        return [self._row(row) for row in rows]

    def _look_up(self, found: Sequence[Sheet]) -> None:
        names = {n for sheet in found for n in (sheet.external_id.strip(), sheet.series.strip()) if n}
        self._by_name = store.known_by(self._work, sorted(names))
        ids = {TitleId(i) for sheet in found for i in (sheet.id, sheet.series) if i} | set(self._by_name.values())
        self._there = store.filed(self._work, sorted(ids))
        self._parts = store.parts_among(self._work, sorted(ids - self._there.keys()))
        self._slots = store.taken_slots(self._work, [i for i in self._there if self._there[i].sheet.type == "series"])

    def _row(self, row: Row) -> Settled:
        before = self._there.get(TitleId(row.sheet.id)) or self._there.get(
            self._by_name.get(row.sheet.external_id.strip(), TitleId(""))
        )
        return self.sheet(as_row_says(row, None if before is None else before.sheet), before)

    def sheet(self, wanted: Sheet, before: Filed | None) -> Settled:
        sheet = cleaned(wanted)
        found = list(flaws(sheet, None if before is None else before.sheet))
        if sheet.type == "episode" and sheet.series:
            sheet = self._placed(sheet, before, found)
        title_id = TitleId((before.sheet.id if before else sheet.id) or self._fresh())
        self._expect_free(sheet, title_id, found)
        if found:
            return Settled("refused", tuple(found))
        self._note(sheet, title_id)
        _, now = differences(None if before is None else before.sheet, sheet)
        if not now:
            return Settled("same")
        if self._writes:
            store.put(self._work, title_id, before, sheet, judged(sheet), self._hand, self._fresh)
            if before is None:
                self._there.update(store.filed(self._work, [title_id]))
        return Settled("changed" if before else "made")

    def _placed(self, sheet: Sheet, before: Filed | None, found: list[Flaw]) -> Sheet:
        """With its series by id."""
        above = self._there.get(TitleId(sheet.series)) or self._there.get(self._by_name.get(sheet.series, TitleId("")))
        if above is not None and above.sheet.type == "series":
            return replace(sheet, series=above.sheet.id)
        if sheet.series not in self.seen.series | self._before.series:
            todo = "Name its id or external_id; in a file, a series stands before its episodes."
            found.append(Flaw("series", f"There is no series {sheet.series[:60]!r}.", todo))
        return sheet

    def _expect_free(self, sheet: Sheet, title_id: TitleId, found: list[Flaw]) -> None:
        names = {_short(name) for name in (sheet.external_id, sheet.id) if name}
        if sheet.id in self._parts:
            found.append(
                Flaw("id", "It is the id of a trailer or a preview.", "Leave it out, and it gets one of its own.")
            )
        holder = self._by_name.get(sheet.external_id, title_id)
        if names & self.seen.titles or names & self._before.titles:
            found.append(Flaw("external_id", "This title is in the file twice.", "Leave one row."))
        elif holder != title_id:
            found.append(Flaw("external_id", f"It is the name of another title, {holder}.", "Give it one of its own."))
        if sheet.type != "episode" or sheet.season is None or sheet.episode is None:
            return
        slot = (sheet.series, sheet.season, sheet.episode)
        short = _short(repr(slot))
        is_taken = self._slots.get(slot, title_id) != title_id
        if is_taken or short in self.seen.slots or short in self._before.slots:
            said = f"Season {sheet.season} has an episode {sheet.episode} already."
            found.append(Flaw("episode", said, "Give it another number, or change that one."))

    def _note(self, sheet: Sheet, title_id: TitleId) -> None:
        self.seen.titles |= {_short(name) for name in (sheet.external_id, sheet.id) if name}
        if sheet.external_id:
            self._by_name[sheet.external_id] = title_id
        if sheet.type == "series":
            self.seen.series |= {sheet.external_id, sheet.id} - {""}
        if sheet.type == "episode":
            self.seen.slots.add(_short(repr((sheet.series, sheet.season, sheet.episode))))


def _short(name: str) -> int:
    """Eight bytes of a name: a million of them fit, and two that meet are as likely as one in a million files."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
