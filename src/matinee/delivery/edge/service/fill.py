"""Filling one release: fetch what is missing, believe nothing but hashes, show it whole or not at all."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from matinee.delivery.edge.api import ApplianceSettings, FillFailed
from matinee.delivery.edge.model.contents import SEAL_FILE, WantedFile, contents_of
from matinee.delivery.edge.service.allowance import Allowance, NightOver
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.network import Network, Outgoing
from matinee.wire.fill import FillOrder
from matinee.wire.health import FillProgress
from matinee.wire.releases import RELEASE_FILE

_MANIFEST_BYTES_MAX = 64 << 20


class NoLongerWanted(Exception):
    """The order was withdrawn or purged while it was being filled."""


class ReleaseFill:
    """One attempt at one order. What it leaves in `partial` when it fails is where the next attempt goes on."""

    def __init__(
        self,
        settings: ApplianceSettings,
        order: FillOrder,
        partial: Path,
        *,
        network: Network,
        files: Files,
        allowance: Allowance | None = None,
    ) -> None:
        self._settings = settings
        self._order = order
        self._partial = partial
        self._network = network
        self._files = files
        self._allowance = allowance
        self._done = 0
        self._total = 0

    @property
    def progress(self) -> FillProgress:
        return FillProgress(self._order.release_id, self._done, self._total)

    async def fetch(
        self,
        *,
        make_room: Callable[[int], Awaitable[None]],
        wanted: Callable[[], bool],
        purged: Collection[str] = (),
    ) -> int:
        """Bring everything but what is `purged` into the partial folder, verified. Returns the release's size in bytes."""
        manifest = await self._manifest()
        contents = [
            file
            for file in contents_of(manifest, release_id=self._order.release_id)
            if f"{self._order.release_id}/{file.path}" not in purged
        ]
        self._total = len(manifest) + sum(file.size for file in contents)
        self._done = len(manifest)
        missing = [file for file in contents if not await self._is_kept(file)]
        await make_room(sum(file.size for file in missing))
        await self._fetch_all(missing, wanted)
        return self._total

    async def fetch_file(self, file: WantedFile) -> bytes:
        """One file, verified."""
        return await self._from_any_source(file)

    async def _manifest(self) -> bytes:
        expected = WantedFile(RELEASE_FILE, -1, self._order.manifest_sha256)
        path = self._partial / RELEASE_FILE
        await self._files.write(self._partial / SEAL_FILE, expected.sha256.encode())
        if await self._files.size(path) is not None:
            kept = await self._files.read(path)
            if hashlib.sha256(kept).hexdigest() == expected.sha256:
                return kept
        fetched = await self._from_any_source(expected)
        await self._files.write(path, fetched)
        return fetched

    async def _is_kept(self, file: WantedFile) -> bool:
        """Whether an earlier attempt left this file whole."""
        kept = await is_right(self._files, self._partial / file.path, file)
        self._done += file.size if kept else 0
        return kept

    async def _fetch_all(self, missing: list[WantedFile], wanted: Callable[[], bool]) -> None:
        queue = iter(missing)

        async def fetch_in_turn() -> None:
            for file in queue:  # shared: each worker takes the next that nobody has
                if not wanted():
                    raise NoLongerWanted
                if self._allowance is not None:
                    await self._allowance.take(file.size)
                await self._files.write(self._partial / file.path, await self._from_any_source(file))
                self._done += file.size

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self._settings.fetches_parallel, len(missing))):
                    workers.create_task(fetch_in_turn())
        except ExceptionGroup as group:
            raise _worst(group) from None

    async def _from_any_source(self, file: WantedFile) -> bytes:
        """The file from the best source that has it right. A wrong byte is the source's fault, not the order's."""
        reason = "the order names no source"
        for source in self._order.sources:
            url = f"{source.rstrip('/')}/v1/{self._order.ticket}/{self._order.release_id}/{file.path}"
            try:
                return await self._from(url, file)
            except (FillFailed, Unavailable, InvalidInput) as error:
                reason = f"{source}: {error}"
        raise FillFailed(f"{file.path} of {self._order.release_id} could not be fetched ({reason})")

    async def _from(self, url: str, file: WantedFile) -> bytes:
        most = file.size if file.size >= 0 else _MANIFEST_BYTES_MAX
        received = bytearray()
        async with self._network.stream(Outgoing("GET", url, timeout=self._settings.fetch_silence)) as answer:
            if answer.status != 200:
                raise FillFailed(f"answered {answer.status}.")
            async for block in answer.chunks:
                received += block
                if len(received) > most:
                    raise FillFailed("sent more than the file has.")
        if hashlib.sha256(received).hexdigest() != file.sha256:
            raise FillFailed("sent bytes with the wrong hash.")
        return bytes(received)


async def is_right(files: Files, path: Path, expected: WantedFile) -> bool:
    """Whether the file is there and has these bytes: the size first, because a hash costs a read."""
    if await files.size(path) != expected.size:
        return False
    digest = hashlib.sha256()
    async for block in files.chunks(path):
        digest.update(block)
    return digest.hexdigest() == expected.sha256


def _worst(group: ExceptionGroup[Exception]) -> Exception:
    """Of several failures at once, the one that says most: no longer wanted, no room, no more tonight, then any."""
    for kind in (NoLongerWanted, DiskFull, NightOver):
        for error in group.exceptions:
            if isinstance(error, kind):
                return error
    return group.exceptions[0]
