"""Builds: software for appliances, kept whole and by its hash in the blobs, after its parts came in."""

import re
from hashlib import sha256 as hashed

from matinee.control.steering.api import Build
from matinee.control.steering.store import software as store
from matinee.engines.blobs.port import BlobMissing, Blobs
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, InvalidInput, NotFound
from matinee.wire.rollout import BUILD_BYTES_MAX

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,59}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_PARTS_MAX = 64
_ZIP = b"PK\x03\x04"


class BuildShelf:
    def __init__(self, database: Database, blobs: Blobs | None, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._last: tuple[str, bytes] = ("", b"")
        """A whole fleet fetches the same one."""

    async def keep_part(self, sha256: str, part: int, data: bytes) -> None:
        _check_hash(sha256)
        if not 0 <= part < _PARTS_MAX:
            raise InvalidInput(f"A build comes in {_PARTS_MAX} parts at most.", field="part")
        if not data:
            raise InvalidInput("This part is empty.", field="data")
        await self._store().put(_part(sha256, part), data)

    async def add(self, name: str, sha256: str, *, parts: int, by: str) -> Build:
        """Once; again, with the same file, it is the same."""
        _check_hash(sha256)
        if not _NAME.match(name):
            raise InvalidInput("A build's name has letters, digits, '.', '+', '_' and '-', 60 at most.", field="name")
        for known in await self.all():
            if known.name == name and known.sha256 == sha256:
                return known
            if known.name == name:
                raise Conflict(f"There is another build {name} already. Builds are never replaced: name it otherwise.")
        whole = await self._joined(sha256, parts)
        blobs = self._store()
        await blobs.put(_whole(sha256), whole)
        build = Build(name, sha256, len(whole), self._clock.now(), by)

        def work(work: Work) -> None:
            if all(each.name != name for each in store.builds(work)):
                store.put_build(work, build)

        await self._database.write(work)
        await blobs.delete_prefix(f"builds/parts/{sha256}/")
        return build

    async def all(self) -> list[Build]:
        return await self._database.read(store.builds)

    async def file(self, sha256: str) -> bytes:
        _check_hash(sha256)
        if self._last[0] != sha256:
            try:
                self._last = (sha256, await self._store().get(_whole(sha256)))
            except BlobMissing:
                raise NotFound("There is no build with this hash.") from None
        return self._last[1]

    async def _joined(self, sha256: str, parts: int) -> bytes:
        if not 1 <= parts <= _PARTS_MAX:
            raise InvalidInput(f"A build comes in 1 to {_PARTS_MAX} parts.", field="parts")
        whole = bytearray()
        for part in range(parts):
            try:
                whole += await self._store().get(_part(sha256, part))
            except BlobMissing:
                raise InvalidInput(f"Part {part} of this build has not come in.", field="parts") from None
            if len(whole) > BUILD_BYTES_MAX:
                raise InvalidInput(f"A build has {BUILD_BYTES_MAX >> 20} MiB at most.", field="parts")
        if hashed(whole).hexdigest() != sha256:
            raise InvalidInput("What came in does not have the hash that was said. Send it again.", field="sha256")
        if not whole.startswith(_ZIP):
            raise InvalidInput("A build is a wheel, or a zip with the package `matinee` in it.", field="sha256")
        return bytes(whole)

    def _store(self) -> Blobs:
        if self._blobs is None:
            raise Conflict("This service was started without a place for builds.")
        return self._blobs


def _check_hash(sha256: str) -> None:
    if not _SHA256.match(sha256):
        raise InvalidInput("A build is named by its SHA-256, in 64 lower-case hexadecimal digits.", field="sha256")


def _part(sha256: str, part: int) -> str:
    return f"builds/parts/{sha256}/{part:04}"


def _whole(sha256: str) -> str:
    return f"builds/whole/{sha256}.zip"
