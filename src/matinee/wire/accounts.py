"""Accounts: what an edge sent of which release, to which session, and what players said while they asked (CTA-5004).

An edge closes an account about once a minute and tells it again until its number is acknowledged. What was streamed is
told as the sum of a day in the edge's present life, so that a repeated account changes nothing.
"""

from dataclasses import dataclass, field

from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class Streamed:
    """Sent of one tier of a release on one day (UTC), since the edge's present life began."""

    day: str
    """`2026-11-22`."""
    release_id: str
    tier: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a player said of itself with its requests, gathered. None: it did not say."""

    throughput_kbps: int | None = None
    """The last it measured (`mtp`)."""
    bitrate_kbps: int | None = None
    """The highest it asked for (`br`)."""
    buffer_ms: int | None = None
    """The least it had (`bl`)."""
    starved: int = 0
    """How often it had run dry since its last request (`bs`)."""
    content: str = ""
    """What it believes to play (`cid`)."""


@dataclass(frozen=True, slots=True)
class SessionAccount:
    """One session's part of an account. The session is that of its tickets, whatever the player calls itself."""

    session: str
    release_id: str
    requests: int
    bytes: int
    failed: int
    """Answered with an error of the edge's own."""
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class Accounts:
    appliance_id: str
    boot_id: str
    number: int
    """From 1 on in each life."""
    at: Instant
    streamed: tuple[Streamed, ...] = ()
    """What has changed since the account before."""
    sessions: tuple[SessionAccount, ...] = ()
    build: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class AccountsKnown:
    """Up to this number, all of this life's accounts are known."""

    number: int
