"""Which passwords are tried first: a file that the operator has, and what everybody chooses."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from zxcvbn import zxcvbn

from matinee.kernel.files import Files

_GUESSABLE_SCORE = 2
"""Below it, fewer than a million guesses do."""
_LOOKED_AT = 72
"""More characters add nothing to the estimate but its time."""
_LINE_MAX = 4096
_HEX = frozenset(b"0123456789ABCDEFabcdef")
_DIGEST = 40


class Breached:
    """`path`: SHA-1 digests in hexadecimal, sorted, one a line, with `:count` behind them or not, as the well-known download
    has them: searched where it lies, since it is larger than memory. Or a plain list of passwords, kept in memory."""

    def __init__(self, files: Files | None = None, path: Path | None = None) -> None:
        self._files = files
        self._path = path
        self._plain: frozenset[bytes] | None = None
        self._digests: bool | None = None

    async def holds(self, password: str) -> bool:
        if self._files is None or self._path is None:
            return False
        if self._digests is None:
            await self._open(self._files, self._path)
        if self._plain is not None:
            return password.encode() in self._plain
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        return await self._search(self._files, self._path, digest)

    def is_guessable(self, password: str, words: Sequence[str]) -> bool:
        """Takes milliseconds: for another thread."""
        if password.casefold() in words:
            return True
        return bool(zxcvbn(password[:_LOOKED_AT], user_inputs=list(words))["score"] < _GUESSABLE_SCORE)

    async def _open(self, files: Files, path: Path) -> None:
        head = (await files.read(path, length=_LINE_MAX)).split(b"\n", 1)[0].strip()
        digests = len(head) >= _DIGEST and set(head[:_DIGEST]) <= _HEX and head[_DIGEST : _DIGEST + 1] in (b"", b":")
        if not digests:
            lines = (await files.read(path)).splitlines()
            self._plain = await asyncio.to_thread(lambda: frozenset(line.strip() for line in lines))
        self._digests = digests

    async def _search(self, files: Files, path: Path, digest: bytes) -> bool:
        """Halve the bytes, and read the line that begins at or after the middle."""
        low, high = 0, await files.size(path) or 0
        while low < high:
            middle = (low + high) // 2
            start, found = await self._line_from(files, path, middle)
            if found is None or start >= high:
                high = middle
            elif found == digest:
                return True
            elif found < digest:
                low = start + 1
            else:
                high = middle
        return False

    async def _line_from(self, files: Files, path: Path, at: int) -> tuple[int, bytes | None]:
        """Where the first line at or after `at` begins, and its digest."""
        before = max(0, at - 1)
        piece = await files.read(path, offset=before, length=_LINE_MAX)
        start = at if at == 0 else before + piece.find(b"\n") + 1
        if at and b"\n" not in piece:
            return at, None
        line = piece[start - before :].split(b"\n", 1)[0]
        return start, line[:_DIGEST].upper() or None
