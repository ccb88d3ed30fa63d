"""Whole catalogs, in and out, row by row: what a file holds is never in memory at once."""

import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from matinee.control.catalog.api.desk import FILE_MAX_BYTES, Exported, FileRefused, Form, Report, RowFlaw, Sheet
from matinee.control.catalog.model import csv_form
from matinee.control.catalog.model.changes import Row
from matinee.control.catalog.model.csv_form import CsvReader, Read
from matinee.control.catalog.model.json_form import JsonReader
from matinee.control.catalog.service.filing import Filing, Seen, Settled
from matinee.control.catalog.store import filed as store
from matinee.control.catalog.store.filed import Hand
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids, TitleId
from matinee.wire.encoding import from_json, to_json

_UNPACKED_MAX = 2 << 30
_RATIO_MAX = 100
_ROWS_MAX = 1_000_000
_BATCH = 500
_PIECE = 128 << 10
_WRITTEN_AT_ONCE = 4 << 20
_FLAWS_SHOWN = 200


@dataclass(slots=True)
class _Tally:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("made", "changed", "same", "refused"), 0))
    flaws: list[RowFlaw] = field(default_factory=list)

    def add(self, line: int, settled: Settled) -> None:
        self.counts[settled.outcome] += 1
        room = _FLAWS_SHOWN - len(self.flaws)
        self.flaws += [RowFlaw(line, flaw) for flaw in settled.flaws[:room]]

    def report(self, *, written: bool) -> Report:
        return Report(sum(self.counts.values()), **self.counts, flaws=tuple(self.flaws), written=written)


class ExchangeService:
    def __init__(self, database: Database, files: Files, folder: Path, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._files = files
        self._folder = folder
        self._clock = clock
        self._ids = ids

    async def take_in(
        self, file: AsyncIterator[bytes], form: Form, *, by: str, dry_run: bool, valid_only: bool
    ) -> Report:
        path = self._folder / self._ids.new()
        hand = Hand(by, self._clock.now(), "imported")
        try:
            await self._set_down(file, path)
            if dry_run or not valid_only:
                checked = await self._go_through(path, form, hand, writes=False)
                if dry_run or checked.refused:
                    return checked
            return await self._go_through(path, form, hand, writes=True)
        finally:
            await self._files.remove(path)

    async def _set_down(self, file: AsyncIterator[bytes], path: Path) -> None:
        """It is read twice where all rows must be good before the first is written."""
        await self._files.make_folder(self._folder)
        await self._files.write(path, b"", mode=0o600)
        size, waiting = 0, bytearray()
        async for piece in file:
            waiting += piece
            if size + len(waiting) > FILE_MAX_BYTES:
                raise FileRefused(f"A file has at most {FILE_MAX_BYTES >> 30} GiB. Cut it into several.")
            if len(waiting) >= _WRITTEN_AT_ONCE:
                size = await self._files.append(path, bytes(waiting), at=size)
                waiting.clear()
        if waiting:
            await self._files.append(path, bytes(waiting), at=size)

    async def _go_through(self, path: Path, form: Form, hand: Hand, *, writes: bool) -> Report:
        reader = CsvReader() if form == "csv" else JsonReader()
        seen, tally = Seen(), _Tally()
        waiting: list[Read] = []
        async for piece in self._unpacked(path):
            waiting += reader.feed(piece)
            while len(waiting) >= _BATCH:
                await self._file(waiting[:_BATCH], seen, tally, hand, writes=writes)
                del waiting[:_BATCH]
        waiting += reader.feed(b"", is_last=True)
        for start in range(0, len(waiting), _BATCH):
            await self._file(waiting[start : start + _BATCH], seen, tally, hand, writes=writes)
        return tally.report(written=writes)

    async def _file(self, batch: Sequence[Read], seen: Seen, tally: _Tally, hand: Hand, *, writes: bool) -> None:
        if sum(tally.counts.values()) + len(batch) > _ROWS_MAX:
            raise FileRefused(f"A file has at most {_ROWS_MAX} titles. Cut it into several.")
        rows = [(line, read) for line, read in batch if isinstance(read, Row)]

        def work(work: Work) -> tuple[list[Settled], Seen]:
            filing = Filing(work, seen, hand, self._ids.new, writes=writes)
            return filing.rows([row for _, row in rows]), filing.seen

        settled, named = await (self._database.write(work) if writes else self._database.read(work))
        seen.and_also(named)
        found = {line: each for (line, _), each in zip(rows, settled, strict=True)}
        for line, read in batch:
            tally.add(line, Settled("refused", read) if isinstance(read, tuple) else found[line])

    async def _unpacked(self, path: Path) -> AsyncIterator[bytes]:
        unpacking = None
        taken = given = 0
        async for piece in self._files.chunks(path, size=_PIECE):
            if not taken and piece.startswith(b"PK\x03\x04"):
                raise FileRefused("This is a ZIP archive. Take the file out of it, or send it as .gz.")
            if not taken and piece.startswith(b"\x1f\x8b"):
                unpacking = zlib.decompressobj(31)
            taken += len(piece)
            if unpacking is None:
                yield piece
                continue
            is_whole = False
            while not is_whole:
                try:
                    out = unpacking.decompress(piece, _PIECE)
                except zlib.error:
                    raise FileRefused("The .gz file is damaged. Pack it again.") from None
                given += len(out)
                _expect_bounded(given, taken)
                yield out
                piece = unpacking.unconsumed_tail
                is_whole = not piece and len(out) < _PIECE
            if unpacking.unused_data:
                raise FileRefused("The .gz file has more than one part, or something after it. Pack it as one.")
        if unpacking is not None and not unpacking.eof:
            raise FileRefused("The .gz file ends too early. Send it again.")

    async def give_out(self, form: Form, *, cursor: str | None = None) -> Exported:
        place = await self._database.read(_begun) if cursor is None else from_json(cursor, _Place, what="cursor")
        batch = await self._database.read(lambda work: _batch(work, place))
        text = _as_csv(batch, place) if form == "csv" else _as_json(batch, place)
        is_over = len(batch) < _BATCH and place.episodes
        if is_over:
            return Exported(text + ("" if form == "csv" else "\n]\n"), None)
        last = batch[-1].id if len(batch) == _BATCH else ""
        begun = place.has_begun or bool(batch)
        following = replace(place, episodes=place.episodes or not last, last=last, has_begun=begun, is_first=False)
        return Exported(text, to_json(following).decode())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an export stands. The columns of a table stay what they were when it began."""

    languages: tuple[str, ...]
    episodes: bool = False
    last: str = ""
    has_begun: bool = False
    is_first: bool = True


def _expect_bounded(given: int, taken: int) -> None:
    if given > _UNPACKED_MAX or given > _RATIO_MAX * taken + _PIECE:
        most = f"{_RATIO_MAX} times as large, or over {_UNPACKED_MAX >> 30} GiB"
        raise FileRefused(f"Unpacked, the file is more than {most}. Send it as it is, or in parts.")


def _begun(work: Work) -> _Place:
    return _Place(tuple(store.languages(work)))


def _batch(work: Work, place: _Place) -> list[Sheet]:
    ids = store.after(work, TitleId(place.last) if place.last else None, episodes=place.episodes, limit=_BATCH)
    found = store.filed(work, ids)
    names = store.maker_names(work, sorted({found[i].sheet.series for i in ids if found[i].sheet.series}))
    shared = store.shared_names(work)
    sheets = [_for_others(found[i].sheet, shared) for i in ids]
    return [replace(sheet, series=names.get(sheet.series, sheet.series)) for sheet in sheets]


def _for_others(sheet: Sheet, shared: set[str]) -> Sheet:
    """People are called by their names where those are theirs alone, so that the file says nothing of this house."""
    return replace(sheet, credits=tuple(c if c.name in shared else replace(c, person="") for c in sheet.credits))


def _as_csv(batch: Sequence[Sheet], place: _Place) -> str:
    rows = "".join(csv_form.written(sheet, place.languages) for sheet in batch)
    return f"{csv_form.header(place.languages)}{rows}" if place.is_first else rows


def _as_json(batch: Sequence[Sheet], place: _Place) -> str:
    begin = "[" if place.is_first else ""
    parted = ",\n" if place.has_begun else "\n"
    rows = ",\n".join(to_json(sheet).decode() for sheet in batch)
    return begin + (parted + rows if batch else "")
