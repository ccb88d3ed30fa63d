"""What worker processes count, in memory that all of them share.

Anyone can add it up at any time without asking a worker, also the worker that is asked for metrics, and what a process has
counted is still there when it was killed: its successor counts on from it.
"""

import mmap
import os
import sys
import tempfile
from collections.abc import Sequence

from matinee.wire.tickets import EXPIRED

REASONS = (
    "malformed",
    "unknown key",
    "bad signature",
    EXPIRED,
    "for something else",
    "revoked",
    "for another client",
    "purged",
    "other",
)
"""Why tickets are refused. The last is for any that is none of these."""
_NUMBER_BYTES = 8
_FIRST_STATUS, _STATUSES = 100, 500
_REQUESTS = 0
_STATUS_AT = 5
_REASON_AT = _STATUS_AT + _STATUSES
_ROW = _REASON_AT + len(REASONS)


class _Number:
    """One number of a row. Only the row's own worker writes it, eight bytes at once, so nobody reads half of it."""

    def __init__(self, at: int) -> None:
        self._at = at

    def __get__(self, counts: "SharedCounts", _kind: type) -> int:
        return counts.row[self._at]

    def __set__(self, counts: "SharedCounts", value: int) -> None:
        counts.row[self._at] = value


class SharedCounts:
    """Implements `Counting`."""

    __slots__ = ("row",)
    requests = _Number(_REQUESTS)
    bytes = _Number(1)
    refused = _Number(2)
    errors = _Number(3)
    connections = _Number(4)

    def __init__(self, row: "memoryview[int]") -> None:
        self.row = row

    @property
    def by_status(self) -> dict[int, int]:
        return {_FIRST_STATUS + at: count for at, count in enumerate(self.row[_STATUS_AT:_REASON_AT]) if count}

    @property
    def by_reason(self) -> dict[str, int]:
        return {reason: count for reason, count in zip(REASONS, self.row[_REASON_AT:], strict=True) if count}

    def answered(self, status: int) -> None:
        row = self.row
        row[_REQUESTS] += 1
        row[_STATUS_AT + status - _FIRST_STATUS] += 1
        if status in (401, 403):
            self.refused += 1
        elif status >= 500:
            self.errors += 1

    def not_admitted(self, reason: str) -> None:
        self.row[_REASON_AT + REASONS.index(reason if reason in REASONS else REASONS[-1])] += 1


class SharedBoard:
    """A row for each worker, and the last one for who looks after them."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        """By which a worker process opens the same memory."""
        numbers = memoryview(mmap.mmap(handle, 0)).cast("Q")
        self.rows: Sequence[SharedCounts] = [
            SharedCounts(numbers[at : at + _ROW]) for at in range(0, len(numbers), _ROW)
        ]

    @classmethod
    def made(cls, workers: int) -> "SharedBoard":
        if sys.platform == "linux":
            handle = os.memfd_create("matinee-edge-counts")
        else:
            with tempfile.TemporaryFile() as file:
                handle = os.dup(file.fileno())
        os.truncate(handle, (workers + 1) * _ROW * _NUMBER_BYTES)
        return cls(handle)

    def close(self) -> None:
        """No worker can open it from here on; what was counted stays readable."""
        os.close(self.handle)
