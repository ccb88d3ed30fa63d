"""Who may have which file: the path's form, the ticket in it, what is denied. Decided offline, on every request."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matinee.kernel.clock import Clock
from matinee.wire.clients import spelled
from matinee.wire.releases import FILL_TIER, RELEASE_FILE
from matinee.wire.tickets import EdgeTicket, TicketRefused, admits, is_for, verify

_NAME = r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}"
_PATH = re.compile(
    rf"/v1/([A-Za-z0-9_.\-]{{1,1024}})/([A-Za-z0-9][A-Za-z0-9_\-]{{0,63}})"
    rf"/(?:({re.escape(RELEASE_FILE)})|([A-Za-z0-9][A-Za-z0-9_\-]{{0,31}})/({_NAME})/({_NAME}))\Z"
)
_VERIFIED_MAX = 8192

Peer = Callable[[], str]
"""Who is at the other end, by address: asked only where the ticket says whom it is for."""


class NoSuchPath(Exception):
    """The path is not one that this server ever serves."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file below the root, by its plain segments."""

    segments: tuple[str, ...]
    session: str
    """That of the ticket."""


def denied_name(release: str, path: str | None) -> str:
    return release if path is None else f"{release}/{path}"


class Gate:
    """Shared by all workers; every change replaces a whole value, so readers need no lock."""

    def __init__(self, clock: Clock, keys: Mapping[str, bytes]) -> None:
        self._clock = clock
        self._keys = dict(keys)
        self._verified: dict[str, EdgeTicket] = {}
        self._denied: frozenset[str] = frozenset()
        """Releases, and files as `{release}/{tier}/{track}/{file}`."""
        self._revoked: dict[str, int] = {}

    def trust(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._verified = {}

    def deny(self, *names: str) -> None:
        """Releases, or files of them: see `denied_name`."""
        self._denied |= set(names)

    def revoke(self, sessions: Mapping[str, int]) -> None:
        now = self._clock.now().timestamp()
        known = {**self._revoked, **sessions}
        self._revoked = {session: until for session, until in known.items() if until > now}

    def admit(self, path: str, peer: Peer = str) -> Admitted:
        """The file this path opens. Raises `TicketRefused` or `NoSuchPath`."""
        found = _PATH.match(path)
        if found is None:
            raise NoSuchPath
        ticket_text, release, manifest, tier, track, file = found.groups()
        ticket = self._verify(ticket_text)
        fills = FILL_TIER in ticket.tiers and admits(ticket, release=release, tier=FILL_TIER)
        if not fills and (manifest is not None or not admits(ticket, release=release, tier=tier)):
            raise TicketRefused("for something else")
        if ticket.session in self._revoked:
            raise TicketRefused("revoked")
        if ticket.client and not is_for(ticket, spelled(peer())):
            raise TicketRefused("for another client")
        if self._denied and (release in self._denied or f"{release}/{tier}/{track}/{file}" in self._denied):
            raise TicketRefused("purged")
        segments = (release, manifest) if manifest is not None else (release, tier, track, file)
        return Admitted(segments, ticket.session)

    def _verify(self, text: str) -> EdgeTicket:
        """A player shows the same ticket hundreds of times; its signature is checked once, its end each time."""
        now = self._clock.now()
        verified = self._verified
        ticket = verified.get(text)
        if ticket is None:
            ticket = verify(text, EdgeTicket, self._keys, now=now)
            if len(verified) >= _VERIFIED_MAX:
                self._verified = verified = {}
            verified[text] = ticket
        elif ticket.exp <= now.timestamp():
            raise TicketRefused("expired")
        return ticket
