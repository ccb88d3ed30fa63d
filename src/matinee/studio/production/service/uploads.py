"""Uploads: a file arrives in parts, each durable before it is acknowledged, and goes on after any break."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from weakref import WeakValueDictionary

from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.ids import Ids, parse_id
from matinee.kernel.quantities import days
from matinee.studio.production import store
from matinee.studio.production.api import (
    ChecksumDiffers,
    OffsetDiffers,
    Upload,
    UploadIncomplete,
    UploadNotFound,
    UploadTooLong,
)
from matinee.studio.production.service.claims import Hold
from matinee.studio.production.store import Announced

Keep = Callable[[Path, Hold], Awaitable[str]]
"""Stores a file for good; answers its SHA-256."""
IsStored = Callable[[str], Awaitable[bool]]

_SYNC_EVERY_BYTES = 4 << 20
_ROOM_KEPT_BYTES = 256 << 20
_LENGTH_MAX = 1 << 40
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_KEPT = days(2)
"""How long an upload that nobody adds to or takes from is remembered."""


class Uploads:
    def __init__(
        self, database: Database, files: Files, clock: Clock, ids: Ids, *, folder: Path, is_stored: IsStored
    ) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self._ids = ids
        self._folder = folder
        self._is_stored = is_stored
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Of the uploads that somebody is at: whoever waits for a lock keeps it here."""

    async def begin(self, name: str, length: int, *, sha256: str | None) -> Upload:
        if not 0 < length <= _LENGTH_MAX:
            raise InvalidInput("An upload has between one byte and one tebibyte.", field="Upload-Length")
        if sha256 is not None and not _SHA256.match(sha256 := sha256.lower()):
            raise InvalidInput("The announced sha256 is none: it has 64 hexadecimal digits.", field="Upload-Metadata")
        await self._files.make_folder(self._folder)
        if sha256 and (begun := await self._begun(length, sha256)):
            return begun
        await self.forget_idle()
        if await self._files.free_bytes(self._folder) < length + _ROOM_KEPT_BYTES:
            raise DiskFull("There is not enough room for this file. Free some space and try again.")
        upload = Upload(self._ids.new(), name[:500], length, 0)
        now = self._clock.now()
        await self._database.write(lambda work: store.add_upload(work, upload, sha256=sha256, at=now))
        return upload

    async def _begun(self, length: int, sha256: str) -> Upload | None:
        """The same file on its way already: a command that was cut off goes on where it was."""
        found = await self._database.read(lambda work: store.upload_of(work, length=length, sha256=sha256))
        if found is None:
            return None
        try:
            return await self.find(found)
        except UploadNotFound:  # it was taken in, and deleted with its title since
            return None

    async def forget_idle(self) -> None:
        """What was left lying is begun again. An upload under way is not left lying, however long ago it was begun."""
        before = self._clock.now() - _KEPT
        for upload_id in await self._database.read(lambda work: store.uploads_idle_since(work, before)):
            if not self._turn(upload_id).locked():
                await self.remove(upload_id)
        await self._forget_unknown()

    async def _forget_unknown(self) -> None:
        """Files that no upload has: who wrote to one was killed, or given up, while it was ended.

        An upload is recorded before it has a file. So the files are listed first: what is begun meanwhile is not among them.
        """
        lying = await self._files.below(self._folder)
        known = await self._database.read(store.upload_ids)
        for path in lying:
            if path.name not in known:
                await self._files.remove(path)

    async def find(self, upload_id: str) -> Upload:
        return (await self._find(upload_id))[0]

    async def append(self, upload_id: str, offset: int, parts: AsyncIterator[bytes]) -> Upload:
        async with self._turn(upload_id):
            upload, announced = await self._find(upload_id)
            if offset != upload.offset:
                raise OffsetDiffers(upload.offset)
            await self._touch(upload_id)
            end = await self._write(upload, parts)
            upload = Upload(upload.id, upload.name, upload.length, end)
            wanted = announced.sha256 if announced.kept is None else None
            if upload.is_complete and wanted and await self._hash(upload.id) != wanted:
                await self._remove(upload.id)
                raise ChecksumDiffers
            return upload

    async def take_in(self, upload_id: str, keep: Keep, hold: Hold) -> str:
        """The hash a finished upload is kept under. Its own file goes, so that no master lies on the disk twice; whoever
        sends the same file once more finds it here, complete."""
        async with self._turn(upload_id):
            upload, announced = await self._find(upload_id)
            if not upload.is_complete:
                raise UploadIncomplete(upload.offset, upload.length)
            await self._touch(upload_id)
            if announced.kept is not None:
                await hold(announced.kept)
                await self._find(upload_id)  # it may have been deleted just before
                return announced.kept
            # It may become the stored file itself, so nobody writes to it from here on: no part goes beyond its length.
            sha256 = await keep(self._path(upload_id), hold)
            now = self._clock.now()
            await self._database.write(lambda work: store.note_kept(work, upload_id, sha256, at=now))
            await self._files.remove(self._path(upload_id))
            return sha256

    async def remove(self, upload_id: str) -> None:
        async with self._turn(upload_id):  # a part that is arriving would be written to a file that nobody knows
            await self._remove(upload_id)

    def _turn(self, upload_id: str) -> asyncio.Lock:
        return self._turns.setdefault(upload_id, asyncio.Lock())

    async def _remove(self, upload_id: str) -> None:
        """The file first: a kill in between leaves an empty upload, which is forgotten, and no file that nobody knows."""
        await self._files.remove(self._path(upload_id))
        await self._database.write(lambda work: store.remove_upload(work, upload_id))

    async def _find(self, upload_id: str) -> tuple[Upload, Announced]:
        parse_id(upload_id, what="upload id")
        row = await self._database.read(lambda work: store.upload(work, upload_id))
        if row is None:
            raise UploadNotFound
        if row.kept is None:
            offset = await self._files.size(self._path(upload_id)) or 0
        elif await self._is_stored(row.kept):
            offset = row.length
        else:
            await self._remove(upload_id)
            raise UploadNotFound
        return Upload(upload_id, row.name, row.length, offset), row

    async def _touch(self, upload_id: str) -> None:
        now = self._clock.now()
        await self._database.write(lambda work: store.touch_upload(work, upload_id, at=now))

    async def _write(self, upload: Upload, parts: AsyncIterator[bytes]) -> int:
        """What arrived before a broken connection stays: the next part begins there."""
        at, pending = upload.offset, bytearray()
        try:
            async for part in parts:
                if at + len(pending) + len(part) > upload.length:
                    raise UploadTooLong(upload.length)
                pending += part
                if len(pending) >= _SYNC_EVERY_BYTES:
                    at, pending = await self._files.append(self._path(upload.id), bytes(pending), at=at), bytearray()
        finally:
            if pending:
                at = await self._files.append(self._path(upload.id), bytes(pending), at=at)
        return at

    async def _hash(self, upload_id: str) -> str:
        digest = hashlib.sha256()
        async for block in self._files.chunks(self._path(upload_id)):
            digest.update(block)
        return digest.hexdigest()

    def _path(self, upload_id: str) -> Path:
        return self._folder / upload_id
