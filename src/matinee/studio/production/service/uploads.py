"""Uploads: a file arrives in parts, each durable before it is acknowledged, and goes on after any break."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

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

_SYNC_EVERY_BYTES = 4 << 20
_ROOM_KEPT_BYTES = 256 << 20
_LENGTH_MAX = 1 << 40
_KEPT = days(2)


class Uploads:
    def __init__(self, database: Database, files: Files, clock: Clock, ids: Ids, *, folder: Path) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self._ids = ids
        self._folder = folder
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def begin(self, name: str, length: int, *, sha256: str | None) -> Upload:
        if not 0 < length <= _LENGTH_MAX:
            raise InvalidInput("An upload has between one byte and one tebibyte.", field="Upload-Length")
        self._folder.mkdir(parents=True, exist_ok=True)
        if sha256 and (begun := await self._begun(length, sha256)):
            return begun
        await self._forget_old()
        if await self._files.free_bytes(self._folder) < length + _ROOM_KEPT_BYTES:
            raise DiskFull("There is not enough room for this file. Free some space and try again.")
        upload = Upload(self._ids.new(), name[:500], length, 0)
        now = self._clock.now()
        await self._database.write(lambda work: store.add_upload(work, upload, sha256=sha256, at=now))
        return upload

    async def _begun(self, length: int, sha256: str) -> Upload | None:
        """The same file on its way already: a command that was cut off goes on where it was."""
        found = await self._database.read(lambda work: store.upload_of(work, length=length, sha256=sha256))
        return None if found is None else await self.find(found)

    async def _forget_old(self) -> None:
        """What was taken in lies in the store by now, and what was left lying is begun again: neither is kept twice."""
        before = self._clock.now() - _KEPT
        for upload_id in await self._database.read(lambda work: store.uploads_before(work, before)):
            await self.remove(upload_id)

    async def find(self, upload_id: str) -> Upload:
        return (await self._find(upload_id))[0]

    async def append(self, upload_id: str, offset: int, parts: AsyncIterator[bytes]) -> Upload:
        async with self._turns[upload_id]:
            upload, announced = await self._find(upload_id)
            if offset != upload.offset:
                raise OffsetDiffers(upload.offset)
            end = await self._write(upload, parts)
            upload = Upload(upload.id, upload.name, upload.length, end)
            if upload.is_complete and announced and await self._hash(upload.id) != announced:
                await self.remove(upload.id)
                raise ChecksumDiffers
            return upload

    async def whole(self, upload_id: str) -> Path:
        """Where a finished upload lies."""
        upload = await self.find(upload_id)
        if not upload.is_complete:
            raise UploadIncomplete(upload.offset, upload.length)
        return self._path(upload_id)

    async def remove(self, upload_id: str) -> None:
        await self._database.write(lambda work: store.remove_upload(work, upload_id))
        await self._files.remove(self._path(upload_id))
        self._turns.pop(upload_id, None)

    async def _find(self, upload_id: str) -> tuple[Upload, str | None]:
        parse_id(upload_id, what="upload id")
        row = await self._database.read(lambda work: store.upload(work, upload_id))
        if row is None:
            raise UploadNotFound
        name, length, announced = row
        return Upload(upload_id, name, length, await self._files.size(self._path(upload_id)) or 0), announced

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
