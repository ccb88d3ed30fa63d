"""NGINX's access log, read back and thrown away: it is how its requests are counted. No ticket is ever in it."""

import os
from contextlib import suppress
from pathlib import Path

from matinee.engines.media_server.counters import Counts
from matinee.engines.media_server.sent import Gathered, Recipient, recipient
from matinee.wire.cmcd import NOTHING as NOTHING_SAID
from matinee.wire.cmcd import said_in_argument

FORMAT = r"$status\t$body_bytes_sent\t$edge_reason\t$edge_file\t$edge_session\t$edge_said"
NOTHING = "-"
"""What stands for no reason, no file, no session and no word."""
NOT_PLAIN = "?"
"""Stands for a session whose name no log should hold."""
LOG_BYTES_MAX = 4 << 20
"""Of each of the two files."""
# The client was parted with before there was an answer; the embedded server counts no request then, either.
_NO_ANSWER = ("408", "499")


class AccessLog:
    """The file being written, and the one before it for as long as a worker may still write there."""

    def __init__(self, path: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
        self.counts = Counts()
        self.sent = Gathered()
        self._path = path
        self._before = _Reading(path.with_suffix(".before"))
        self._now = _Reading(path)
        self._bytes_max = bytes_max

    def read(self) -> None:
        """Count what was written since."""
        for line in (*self._before.lines(), *self._now.lines()):
            self.count(line)

    def turn_over(self) -> bool:
        """Put a long file aside. True: NGINX has to be told to begin a new one."""
        if self._now.at < self._bytes_max:
            return False
        self.read()
        self._before.close()
        with suppress(FileNotFoundError):
            self._path.replace(self._before.path)
        self._before.follow(self._now)
        self._now = _Reading(self._path)
        return True

    def close(self) -> None:
        self._before.close()
        self._now.close()

    def count(self, line: bytes) -> None:
        fields = line.decode(errors="replace").split("\t")
        if len(fields) != 6 or not fields[0].isdecimal() or not fields[1].isdecimal() or fields[0] in _NO_ANSWER:
            return
        status, sent, (reason, file, session, said) = int(fields[0]), int(fields[1]), fields[2:]
        self.counts.answered(status)
        if reason != NOTHING:
            self.counts.not_admitted(reason)
        if file != NOTHING and status in (200, 206):
            self.counts.bytes += sent
        if session != NOTHING:
            self._note(recipient("" if session == NOT_PLAIN else session, file.split("/")), status, sent, said)

    def _note(self, to: Recipient | None, status: int, sent: int, said: str) -> None:
        if to is not None:
            self.sent.answered(to, NOTHING_SAID if said == NOTHING else said_in_argument(said), failed=status >= 500)
            if status in (200, 206):
                self.sent.moved(to, sent)


class _Reading:
    """A file that others append to, and how far it has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = 0
        self._handle: int | None = None
        self._broken_off = b""

    def lines(self) -> list[bytes]:
        if self._handle is None:
            try:
                self._handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
        found: list[bytes] = []
        while block := os.pread(self._handle, 1 << 20, self.at):
            self.at += len(block)
            *whole, self._broken_off = (self._broken_off + block).split(b"\n")
            found += whole
        return found

    def follow(self, other: "_Reading") -> None:
        """Go on where `other` was, whose file has this name now."""
        self._handle, other._handle = other._handle, None
        self.at, self._broken_off = other.at, other._broken_off

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
        self._handle, self.at, self._broken_off = None, 0, b""
