"""What callers may expect of an object store (S3's model).

Keys are relative paths of plain segments; `..`, empty segments, absolute paths and control characters are refused.
A put is atomic: readers see the old object or the whole new one. Every put makes a version, kept until deleted.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matinee.kernel.errors import Conflict, NotFound
from matinee.kernel.quantities import Instant


class BlobMissing(NotFound):
    def __init__(self, key: str) -> None:
        super().__init__(f"There is no object {key}.", key=key)


class BlobExists(Conflict):
    """`create` found an object under this key; it was left alone."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is an object {key} already.", key=key)


@dataclass(frozen=True, slots=True)
class Blob:
    key: str
    size: int
    version: str
    modified_at: Instant


class Upload(Protocol):
    """A multipart put: nothing is visible before `complete`, nothing is left after `abort`."""

    async def write(self, data: bytes) -> None: ...

    async def complete(self) -> Blob: ...

    async def abort(self) -> None: ...


class Blobs(Protocol):
    async def put(self, key: str, data: bytes | Path, *, create: bool = False) -> Blob:
        """Store bytes or a whole local file (streamed). With `create`, refuse to replace (`BlobExists`)."""
        ...

    async def adopt(self, key: str, file: Path) -> bool:
        """Make an object of a whole local file without copying it: the file keeps its name, too, and nobody may write to
        it any more. Refuses to replace (`BlobExists`). False, and nothing happened, where it has to be copied: this engine
        cannot, or not from there.
        """
        ...

    async def upload(self, key: str, *, create: bool = False) -> Upload: ...

    async def get(self, key: str, *, version: str | None = None) -> bytes: ...

    async def get_range(self, key: str, start: int, length: int) -> bytes: ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    async def head(self, key: str) -> Blob | None: ...

    async def find(self, prefix: str) -> list[Blob]: ...

    async def versions(self, key: str) -> list[Blob]:
        """Newest first, the current one among them."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the object and every version of it; nothing happens where there is none."""
        ...

    async def delete_prefix(self, prefix: str) -> None: ...

    def local_path(self, key: str) -> Path | None:
        """Where the object lies as a plain file, on engines that have such a place (an origin's sendfile, FFmpeg's input)."""
        ...
