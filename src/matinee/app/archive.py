"""Backup and restore of a data directory: one file in, one file out, checked on both ways.

What is copied: every store (consistently, while the service runs), films, artwork and masters, and the secrets, without
which no film could be decrypted. What is not: the edges' copies, the search index, the drawn demo films (`demo/`) and work
in progress (`work/`), which are made again; a certificate of our own making (`tls/`), which the next start replaces.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from matinee import __version__
from matinee.app.lock import DataLock
from matinee.engines.sqlite.file import copy_together
from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.wire.encoding import from_json, to_json

_LIST = "backup.json"
_STORES = "stores"
_FOLDERS = ("secrets", "blobs", "uploads", "mail")
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Contents:
    format: int
    made_by: str
    files: dict[str, str]
    """SHA-256 by path."""


class BackupDamaged(MatineeError):
    """The backup is not whole; nothing was restored."""


def back_up(data: Path, target: Path) -> Contents:
    """Write one file, readable by its owner alone. It appears whole or not at all."""
    if not (data / _STORES).is_dir():
        raise InvalidInput(f"{data} is not a data directory of this service: it has no stores.")
    if target.exists():
        raise InvalidInput(f"{target} exists already. Choose another name; backups are never overwritten.")
    partial = target.with_name(f".{target.name}.partial")
    hashes: dict[str, str] = {}
    try:
        with partial.open("wb") as raw, TemporaryDirectory(dir=target.parent, prefix=".backup-") as scratch:
            partial.chmod(0o600)
            with tarfile.open(fileobj=raw, mode="w") as archive:
                # Stores first: an object that is added meanwhile is one too many, never one too few.
                for copy in copy_together(sorted((data / _STORES).glob("*.sqlite")), Path(scratch)):
                    hashes[f"{_STORES}/{copy.name}"] = _add(archive, copy, f"{_STORES}/{copy.name}")
                for path, name in _plain_files(data):
                    with suppress(FileNotFoundError):  # deleted since it was listed
                        hashes[name] = _add(archive, path, name)
                contents = Contents(_FORMAT, __version__, hashes)
                listing = to_json(contents)
                info = tarfile.TarInfo(_LIST)
                info.size = len(listing)
                archive.addfile(info, io.BytesIO(listing))
            raw.flush()
            os.fsync(raw.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return contents


def restore(source: Path, data: Path) -> Contents:
    """Into an empty place only. Everything is unpacked and checked beside it, then moved in at once."""
    if not source.is_file():
        raise InvalidInput(f"There is no backup {source}.")
    if data.exists() and any(data.iterdir()):
        raise InvalidInput(f"{data} is not empty. Restore into a new directory, or move the old one away first.")
    data.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=data.parent, prefix=".restore-") as scratch:
        unpacked = Path(scratch) / "data"
        unpacked.mkdir(mode=0o700)
        contents = _unpack(source, unpacked)
        if data.exists():
            data.rmdir()
        unpacked.rename(data)
        unpacked.mkdir()  # for TemporaryDirectory to find
    lock = DataLock(data)
    lock.take()
    lock.drop()
    return contents


def _plain_files(data: Path) -> Iterator[tuple[Path, str]]:
    for folder in _FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path, path.relative_to(data).as_posix()
    if (token := data / "operator.token").is_file():
        yield token, token.name


def _add(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add and hash in one reading, so that the hash is of what was added."""
    with path.open("rb") as file:
        info = archive.gettarinfo(arcname=name, fileobj=file)
        hashing = _Hashing(file)
        archive.addfile(info, hashing)
    return hashing.digest.hexdigest()


class _Hashing:
    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        return block


def _unpack(source: Path, target: Path) -> Contents:
    seen: dict[str, str] = {}
    listing: bytes | None = None
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is None or not _is_plain(member.name):
                    raise BackupDamaged(f"The backup holds {member.name!r}, which no backup of ours does.")
                if member.name == _LIST:
                    listing = file.read()
                    continue
                path = target / member.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                hashing = _Hashing(file)  # type: ignore[arg-type]  # an ExFileObject reads like any other
                with path.open("wb") as out:
                    while block := hashing.read(1 << 20):
                        out.write(block)
                path.chmod(member.mode & 0o700)
                seen[member.name] = hashing.digest.hexdigest()
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"{source} is not a whole backup: {error}.") from error
    if listing is None:
        raise BackupDamaged(f"{source} ends before its list of contents. Take another backup.")
    contents = from_json(listing, Contents, what=_LIST)
    if contents.format != _FORMAT:
        raise BackupDamaged(f"{source} was made by version {contents.made_by}, which this one cannot read.")
    if wrong := [n for n, h in contents.files.items() if seen.get(n) != h]:
        raise BackupDamaged(f"{len(wrong)} files of the backup are damaged, {wrong[0]} first. Nothing was restored.")
    return contents


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
