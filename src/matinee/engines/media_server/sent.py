"""What was sent to whom, gathered until somebody asks. Requests, bytes and words come from many threads."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from matinee.engines.media_server.port import Sent
from matinee.wire.accounts import Said
from matinee.wire.cmcd import NOTHING, merged

FILLS = "fill"
"""The session of tickets by which edges fetch from one another: no viewer has it."""
EVERYBODY = ""
"""The session of what was sent to more sessions than are told apart."""
SESSIONS_MAX = 20_000

Recipient = tuple[str, str, str]
"""Session, release, tier."""


@dataclass(slots=True)
class _Row:
    requests: int = 0
    bytes: int = 0
    failed: int = 0
    said: Said = NOTHING


class Gathered:
    def __init__(self, sessions_max: int = SESSIONS_MAX) -> None:
        self._sessions_max = sessions_max
        self._rows: dict[Recipient, _Row] = {}
        # A row that is just being handed out would lose what is added to it.
        self._lock = threading.Lock()

    def answered(self, to: Recipient, said: Said, *, failed: bool = False) -> None:
        with self._lock:
            row = self._row(to)
            row.requests += 1
            row.failed += failed
            if said is not NOTHING:
                row.said = merged(row.said, said)

    def moved(self, to: Recipient, count: int) -> None:
        with self._lock:
            self._row(to).bytes += count

    def add(self, sent: Sequence[Sent]) -> None:
        """What another has gathered."""
        with self._lock:
            for each in sent:
                row = self._row((each.session, each.release, each.tier))
                row.requests += each.requests
                row.bytes += each.bytes
                row.failed += each.failed
                row.said = merged(row.said, each.said)

    def taken(self) -> list[Sent]:
        """All of it, which begins anew."""
        with self._lock:
            rows, self._rows = self._rows, {}
        return [
            Sent(*to, row.requests, row.bytes, row.failed, row.said if to[0] != EVERYBODY else NOTHING)
            for to, row in rows.items()
        ]

    def _row(self, to: Recipient) -> _Row:
        row = self._rows.get(to)
        if row is None:
            if len(self._rows) >= self._sessions_max and to[0] != EVERYBODY:
                return self._row((EVERYBODY, to[1], to[2]))
            row = self._rows[to] = _Row()
        return row


def recipient(session: str, segments: Sequence[str]) -> Recipient | None:
    """Who is sent this file of a release, by its path; None: no viewer."""
    if session == FILLS:
        return None
    return (session, segments[0], segments[1] if len(segments) > 2 else "")
