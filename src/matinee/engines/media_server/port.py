"""What the edge may expect of whatever serves bytes.

It serves `GET/HEAD /v1/{ticket}/{release}/{tier}/{track}/{file}` from `root/{release}/{tier}/{track}/{file}`, checks the
ticket offline, answers ranges and conditional requests, allows any origin (CORS, Range preflight), and never logs a
ticket. Only what lies complete under `root` is visible: fill moves whole releases in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matinee.wire.accounts import Said


@dataclass(frozen=True, slots=True)
class MediaServerConfig:
    root: Path
    keys: Mapping[str, bytes]
    """Ticket keys by id."""
    host: str
    port: int
    certificate: Path | None = None
    private_key: Path | None = None
    workers: int = 1
    hot: Path | None = None
    """A faster disk, where it looks first: laid out like `root`, and holding some of it."""


@dataclass(frozen=True, slots=True)
class Served:
    """Counters since the start."""

    requests: int
    bytes: int
    refused: int
    errors: int
    connections: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What one session was sent of one tier of a release."""

    session: str
    release: str
    tier: str
    requests: int
    bytes: int
    failed: int
    """Answered with 5xx."""
    said: Said


class MediaServer(Protocol):
    async def start(self, config: MediaServerConfig) -> None:
        """Listening when this returns. Raises `Unavailable` naming the port where it is taken."""
        ...

    @property
    def port(self) -> int: ...

    def deny(self, release: str, path: str | None = None) -> None:
        """Refuse a release, or one file of it, at once, also to those who hold a good ticket (purge)."""
        ...

    def revoke(self, sessions: Mapping[str, int]) -> None:
        """Refuse the tickets of these sessions too, at once, each until its epoch second: then it is forgotten."""
        ...

    def trust(self, keys: Mapping[str, bytes]) -> None:
        """Replace the ticket keys: they rotate while films are playing."""
        ...

    def served(self) -> Served: ...

    def sent(self) -> Sequence[Sent]:
        """What was sent since this was last asked, to whom: each byte is told once."""
        ...

    async def stop(self) -> None: ...
