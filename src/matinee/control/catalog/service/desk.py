"""The stories of the desk: one title, or many, written by somebody."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from matinee.control.catalog.api import Artwork, Catalog, NotYetPlayable, TitleNotFound
from matinee.control.catalog.api.desk import (
    BulkChanged,
    BulkReport,
    Change,
    Edit,
    EditedMeanwhile,
    Filed,
    FiledPage,
    ManyChange,
    NewPicture,
    Selection,
    Sheet,
    SheetRefused,
)
from matinee.control.catalog.model.changes import Row, changed, changed_with_many, differences
from matinee.control.catalog.model.flaws import cleaned
from matinee.control.catalog.model.pictures import expect_picture, expect_said
from matinee.control.catalog.service.filing import Filing, Seen, Settled
from matinee.control.catalog.store import filed as store
from matinee.control.catalog.store import sheets
from matinee.control.catalog.store.filed import Hand
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, InvalidInput
from matinee.kernel.ids import Ids, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import to_plain

_PAGE_MAX = 200
_BATCH = 100
_MANY_MAX = 50_000
_SHOWN_MAX = 100


class PictureShelf(Protocol):
    """Where pictures lie. `app` wires it to the blobs port."""

    async def picture(self, key: str) -> bytes: ...

    async def keep_picture(self, key: str, data: bytes) -> None: ...


class DeskService:
    def __init__(self, database: Database, catalog: Catalog, shelf: PictureShelf, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._catalog = catalog
        self._shelf = shelf
        self._clock = clock
        self._ids = ids

    async def page(self, chosen: Selection, *, limit: int = 50, cursor: str | None = None) -> FiledPage:
        offset = _offset(cursor)
        size = max(1, min(limit, _PAGE_MAX))

        def work(work: Work) -> FiledPage:
            ids, total = store.chosen(work, chosen, limit=size, offset=offset)
            found = store.filed(work, ids)
            more = str(offset + size) if offset + size < total else None
            return FiledPage(tuple(found[i] for i in ids), total, more)

        return await self._database.read(work)

    async def sheet(self, title_id: TitleId) -> Filed:
        return await self._database.read(lambda work: _known(work, title_id))

    async def make(self, sheet: Sheet, *, by: str) -> Filed:
        title_id = TitleId(self._ids.new())

        def write(work: Work) -> Filed:
            filing = self._filing(work, self._hand(by, "made"))
            wanted = replace(sheet, id=title_id)
            if store.known_by(work, [cleaned(wanted).external_id]):
                raise Conflict("There is a title of this external_id already.", field="external_id")
            (settled,) = filing.rows([Row(wanted, frozenset({"original_language"}))])
            _expect_kept(settled)
            return _known(work, title_id)

        return await self._database.write(write)

    async def edit(self, title_id: TitleId, change: Change, *, version: int, by: str) -> Filed:
        def write(work: Work) -> Filed:
            before = _known(work, title_id)
            if before.version != version:
                raise EditedMeanwhile(
                    "Somebody else has changed this title meanwhile. Read it again, then write what is still to be said.",
                    version=before.version,
                )
            self._put(work, before, changed(before.sheet, change), self._hand(by, "edited"))
            return _known(work, title_id)

        return await self._database.write(write)

    def _put(self, work: Work, before: Filed, sheet: Sheet, hand: Hand) -> None:
        every = frozenset(f for f in Sheet.__dataclass_fields__)
        (settled,) = self._filing(work, hand).rows([Row(sheet, every)])
        _expect_kept(settled)

    async def edit_many(self, chosen: Selection, change: ManyChange, *, by: str, dry_run: bool) -> BulkReport:
        ids, total = await self._database.read(lambda work: store.chosen(work, chosen, limit=_MANY_MAX + 1))
        if total > _MANY_MAX:
            raise InvalidInput(f"At most {_MANY_MAX} titles at once; these are {total}. Choose fewer.", field="select")
        shown: list[BulkChanged] = []
        counts = [0, 0]
        hand = self._hand(by, "in bulk")
        for start in range(0, total, _BATCH):
            batch = ids[start : start + _BATCH]
            run = self._database.read if dry_run else self._database.write
            for one in await run(self._many(batch, change, hand, writes=not dry_run)):
                counts[bool(one.flaws)] += 1
                if len(shown) < _SHOWN_MAX:
                    shown.append(one)
        return BulkReport(total, counts[0], counts[1], tuple(shown), not dry_run)

    def _many(
        self, ids: Sequence[TitleId], change: ManyChange, hand: Hand, *, writes: bool
    ) -> Callable[[Work], list[BulkChanged]]:
        every = frozenset(f for f in Sheet.__dataclass_fields__)

        def work(work: Work) -> list[BulkChanged]:
            there = store.filed(work, ids)
            wanted = {i: changed_with_many(there[i].sheet, change) for i in ids if i in there}
            filing = Filing(work, Seen(), hand, self._ids.new, writes=writes)
            settled = filing.rows([Row(sheet, every) for sheet in wanted.values()])
            return [
                _bulk_changed(there[i].sheet, sheet, each)
                for (i, sheet), each in zip(wanted.items(), settled, strict=True)
                if each.outcome != "same"
            ]

        return work

    async def edits(self, title_id: TitleId, *, limit: int = 100) -> Sequence[Edit]:
        return await self._database.read(lambda work: sheets.edits(work, title_id, limit=max(1, min(limit, 1000))))

    async def schedule(self, title_id: TitleId, at: Instant | None, *, by: str) -> Filed:
        hand = self._hand(by, "scheduled")

        def write(work: Work) -> Filed:
            before = _known(work, title_id)
            if at is not None and before.state == "available":
                raise Conflict("Viewers see this title already. Withdraw it first, then say when it comes.")
            if before.publish_at != at:
                store.schedule(work, title_id, at)
                said = {"publish_at": "" if at is None else to_plain(at)}
                was = {"publish_at": "" if before.publish_at is None else to_plain(before.publish_at)}
                store.note(work, title_id, hand, was, said)
            return _known(work, title_id)

        return await self._database.write(write)

    async def publish_due(self) -> Sequence[TitleId]:
        now = self._clock.now()
        due = await self._database.read(lambda work: store.due(work, now))
        for title_id in due:
            # Publishing strikes the hour out as well, so that whoever dies here is asked again.
            try:
                await self._catalog.publish(title_id)
            except TitleNotFound:
                continue  # gone since
            except NotYetPlayable:  # as soon as it is placed
                await self._open(title_id, now)
        return due

    async def _open(self, title_id: TitleId, now: Instant) -> None:
        await self._database.write(lambda work: store.opened(work, title_id, at=now))

    async def picture(self, title_id: TitleId, name: str) -> bytes:
        for picture in (await self.sheet(title_id)).pictures:
            if picture.artwork.key.rsplit("/", 1)[-1] == name:
                return await self._shelf.picture(picture.artwork.key)
        raise TitleNotFound

    async def add_picture(self, title_id: TitleId, picture: NewPicture, *, by: str) -> Filed:
        suffix = expect_picture(picture.data)
        digest = hashlib.sha256(picture.data).hexdigest()[:16]
        key = f"artwork/{title_id}/{picture.kind}-{digest}.{suffix}"
        artwork = Artwork(picture.kind, key, picture.shows, picture.language, picture.subjects, picture.focus)
        expect_said(artwork)
        await self.sheet(title_id)
        await self._shelf.keep_picture(key, picture.data)

        def write(work: Work) -> Filed:
            before = _known(work, title_id)
            there = [(p.artwork, p.by_hand) for p in before.pictures if p.artwork.key != key]
            sheets.put_pictures(work, title_id, [*there, (artwork, True)])
            store.note(work, title_id, self._hand(by, "edited"), {"artwork": ""}, {"artwork": f"added {key}"})
            return _known(work, title_id)

        return await self._database.write(write)

    async def arrange_pictures(self, title_id: TitleId, pictures: Sequence[Artwork], *, by: str) -> Filed:
        for artwork in pictures:
            expect_said(artwork)

        def write(work: Work) -> Filed:
            before = _known(work, title_id)
            by_hand = {p.artwork.key: p.by_hand for p in before.pictures}
            if any(artwork.key not in by_hand for artwork in pictures):
                raise InvalidInput("One of these pictures is not this title's.", field="key")
            arranged = [(artwork, by_hand[artwork.key]) for artwork in {a.key: a for a in pictures}.values()]
            if [a for a, _ in arranged] != [p.artwork for p in before.pictures]:
                sheets.put_pictures(work, title_id, arranged)
                was, now = (
                    [a.key.rsplit("/", 1)[-1] for a in each]
                    for each in ([p.artwork for p in before.pictures], [a for a, _ in arranged])
                )
                hand = self._hand(by, "edited")
                store.note(work, title_id, hand, {"artwork": ", ".join(was)}, {"artwork": ", ".join(now)})
            return _known(work, title_id)

        return await self._database.write(write)

    def _hand(self, by: str, how: str) -> Hand:
        return Hand(by, self._clock.now(), how)

    def _filing(self, work: Work, hand: Hand) -> Filing:
        return Filing(work, Seen(), hand, self._ids.new, writes=True)


def _known(work: Work, title_id: TitleId) -> Filed:
    found = store.filed(work, [title_id]).get(title_id)
    if found is None:
        raise TitleNotFound
    return found


def _expect_kept(settled: Settled) -> None:
    if settled.flaws:
        first = settled.flaws[0]
        plain = [{"field": f.field, "what": f.what, "todo": f.todo} for f in settled.flaws]
        raise SheetRefused(f"{first.field}: {first.what} {first.todo}", flaws=plain, field=first.field)


def _bulk_changed(before: Sheet, after: Sheet, settled: Settled) -> BulkChanged:
    was, now = differences(before, cleaned(after))
    name = before.words[before.original_language].name if before.original_language in before.words else before.id
    return BulkChanged(TitleId(before.id), name, {field: (was[field], now[field]) for field in now}, settled.flaws)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise InvalidInput("This cursor is none of ours. Begin again without one.", field="cursor")
    return int(cursor)
