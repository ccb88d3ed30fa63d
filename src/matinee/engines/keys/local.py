"""Wrapping keys in a file that only its owner reads. AES-256-GCM, the context as associated data.

A wrapped key is: format (1 byte), id of the wrapping key (8), nonce (12), ciphertext and tag. The file is the root of
every content key, so it is refused where others can read it, and never overwritten but by `rotate`.
"""

import asyncio
import base64
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from matinee.engines.keys.port import UnwrapFailed
from matinee.kernel.chance import Chance
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import write_atomically
from matinee.wire.encoding import from_json, to_json

_FORMAT = b"\x01"
_ID_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32


class KeyFileUnsafe(MatineeError):
    """The key file is readable by others, or is not a key file; using it would be worse than stopping."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    current: str
    keys: dict[str, str]
    """Base64 of each wrapping key by its id (hex)."""


class LocalKeys:
    def __init__(self, path: Path, chance: Chance) -> None:
        self._path = path
        self._chance = chance
        self._loaded: KeyFile | None = None

    async def wrap(self, key: bytes, *, context: str) -> bytes:
        held = await self._held()
        nonce = self._chance.bytes(_NONCE_BYTES)
        kid = bytes.fromhex(held.current)
        return _FORMAT + kid + nonce + _cipher(held, held.current).encrypt(nonce, key, _bound(kid, context))

    async def unwrap(self, wrapped: bytes, *, context: str) -> bytes:
        head = len(_FORMAT) + _ID_BYTES
        kid, nonce, sealed = wrapped[1:head], wrapped[head : head + _NONCE_BYTES], wrapped[head + _NONCE_BYTES :]
        if wrapped[:1] != _FORMAT or len(nonce) != _NONCE_BYTES:
            raise UnwrapFailed("This is not a wrapped key of this service.")
        held = await self._held()
        if kid.hex() not in held.keys:
            held = self._loaded = await self._reread()  # another process may have rotated
        if kid.hex() not in held.keys:
            raise UnwrapFailed(f"The wrapping key {kid.hex()} is not in {self._path.name}. Restore that file's backup.")
        try:
            return _cipher(held, kid.hex()).decrypt(nonce, sealed, _bound(kid, context))
        except InvalidTag:
            raise UnwrapFailed("The wrapped key is damaged, or was wrapped for something else.") from None

    async def rotate(self) -> None:
        self._loaded = await self._renewed()

    async def _held(self) -> KeyFile:
        if self._loaded is None:
            self._loaded = await self._opened()
        return self._loaded

    async def _opened(self) -> KeyFile:
        return await asyncio.to_thread(self._open)

    async def _reread(self) -> KeyFile:
        return await asyncio.to_thread(self._read)

    async def _renewed(self) -> KeyFile:
        return await asyncio.to_thread(self._renew)

    def _open(self) -> KeyFile:
        with self._alone():
            return self._read() if self._path.exists() else self._write({})

    def _renew(self) -> KeyFile:
        with self._alone():
            return self._write(self._read().keys if self._path.exists() else {})

    def _read(self) -> KeyFile:
        status = self._path.stat()
        if status.st_mode & 0o077 or status.st_uid != os.getuid():
            raise KeyFileUnsafe(f"Others can read {self._path}. Make it yours alone: chmod 600, and the right owner.")
        return from_json(self._path.read_bytes(), KeyFile, what=f"The key file {self._path.name}")

    def _write(self, before: dict[str, str]) -> KeyFile:
        after = with_new_key(before, self._chance)
        write_atomically(self._path, to_json(after), 0o600)
        return after

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes or rotates the file: of two fresh files the second would orphan the first's wraps."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def with_new_key(before: dict[str, str], chance: Chance) -> KeyFile:
    """The keys there are, and a fresh one that is current."""
    kid = chance.bytes(_ID_BYTES).hex()
    return KeyFile(kid, {**before, kid: base64.b64encode(chance.bytes(_KEY_BYTES)).decode()})


def _cipher(held: KeyFile, kid: str) -> AESGCM:
    return AESGCM(base64.b64decode(held.keys[kid]))


def _bound(kid: bytes, context: str) -> bytes:
    """What the seal covers besides the key: where it came from and what it is for."""
    return _FORMAT + kid + context.encode()
