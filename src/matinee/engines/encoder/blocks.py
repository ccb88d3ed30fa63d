"""Frames with their times, from one pipe: as much of Matroska as FFmpeg writes there.

Raw video in a pipe has no clock, so a frame that is missing would show nowhere. In Matroska each frame says when it is
shown (to a millisecond) and of which picture it is one, so several can be looked at in one decoding.
"""

from collections.abc import Callable

Take = Callable[[int, int, memoryview], None]
"""The track (from 1), the time in milliseconds, the frame. The view ends with the call."""

_SEGMENT, _CLUSTER, _GROUP = 0x18538067, 0x1F43B675, 0xA0
_ENTERED = (_SEGMENT, _CLUSTER, _GROUP)
_CLUSTER_TIME, _SIMPLE_BLOCK, _BLOCK = 0xE7, 0xA3, 0xA1
_HEAD_MAX = 12
"""Bytes of an id and a size."""
_BLOCK_HEAD = 4
"""Bytes before a frame: its track (one byte, there are few), its time in the cluster, flags."""


class BlockReader:
    """Given the stream in pieces of any size; holds one element at a time."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._held = bytearray()
        self._cluster_ms = 0

    def add(self, piece: bytes) -> None:
        self._held += piece
        at = 0
        while (found := self._element(at)) is not None:
            at = found
        del self._held[:at]

    def _element(self, at: int) -> int | None:
        """Read the element here; answers where the next begins, or None where it is not whole yet."""
        if len(self._held) - at < _HEAD_MAX:
            return None
        name, at = _number(self._held, at, keep_mark=True)
        size, at = _number(self._held, at, keep_mark=False)
        if name in _ENTERED:
            return at
        end = at + size
        if len(self._held) < end:
            return None
        if name == _CLUSTER_TIME:
            self._cluster_ms = int.from_bytes(self._held[at:end])
        elif name in (_SIMPLE_BLOCK, _BLOCK):
            within_ms = int.from_bytes(self._held[at + 1 : at + 3], signed=True)
            with memoryview(self._held) as whole, whole[at + _BLOCK_HEAD : end] as frame:
                self._take(self._held[at] & 0x7F, self._cluster_ms + within_ms, frame)
        return end


def _number(data: bytearray, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """EBML's: the zero bits in front say how many bytes follow."""
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length])
    return value if keep_mark else value & ~(1 << (7 * length)), at + length
