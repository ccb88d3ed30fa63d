"""Archives: a package of Python unpacked into a folder, and nothing beside it. Part of door 4."""

import asyncio
import hashlib
import io
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from matinee.kernel.errors import InvalidInput

_FILES_MAX, _BYTES_MAX = 5_000, 128 << 20


class BadArchive(InvalidInput):
    """It is not what it should be; nothing of it was run."""


async def unpack(data: bytes, sha256: str, folder: Path, *, package: str) -> None:
    """The package out of a zip (a wheel is one) of this hash. `folder` is emptied first; nothing is synced, so it is not to
    be relied on after this machine's life. Raises `BadArchive`."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadArchive("The file does not have the hash that was signed.")
    await asyncio.to_thread(_unpack, data, folder, package)


def _unpack(data: bytes, folder: Path, package: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            wanted = [entry for entry in archive.infolist() if _is_of(entry, package)]
            if len(wanted) > _FILES_MAX or sum(entry.file_size for entry in wanted) > _BYTES_MAX:
                raise BadArchive(f"It has more than {_FILES_MAX} files, or {_BYTES_MAX >> 20} MiB.")
            if all(entry.filename != f"{package}/__main__.py" for entry in wanted):
                raise BadArchive(f"There is no package {package} in it that could be run.")
            archive.extractall(folder, wanted)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadArchive(f"It cannot be unpacked: {error}.") from error


def _is_of(entry: zipfile.ZipInfo, package: str) -> bool:
    """A plain file of the package. What else a wheel has is left where it is; what leads elsewhere is refused."""
    parts = PurePosixPath(entry.filename).parts
    if entry.filename.startswith("/") or ".." in parts or "\\" in entry.filename:
        raise BadArchive(f"It has a file that would lie outside of it: {entry.filename[:80]!r}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadArchive(f"It has a link, {entry.filename[:80]!r}.")
    return not entry.is_dir() and parts[:1] == (package,)
