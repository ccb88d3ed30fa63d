"""The ring that signs edge tickets, turned while films play.

A new key lies in the file some time before it signs, so that by then every edge and every process has it: appliances hear of
it with their next report, processes look each minute. Which key signs is a matter of the clock alone. An old one leaves
when the last ticket that it signed has ended.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from matinee.app.doors import Doors
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, days, minutes, seconds
from matinee.wire.encoding import b64url, from_b64url, from_json, to_json
from matinee.wire.tickets import KeyRing

KEY_BYTES = 32
SIGNS_FOR = days(30)
KNOWN_BEFORE = minutes(10)
KEPT_AFTER = days(7)
"""Longer than any film and its pauses."""
_LOOK_EVERY = minutes(1)
_log = logger("secrets")


class SecretsExposed(MatineeError):
    """Others on this machine can read the secrets."""


@dataclass(frozen=True, slots=True)
class StoredRing:
    current: str
    keys: dict[str, str] = field(repr=False)
    """Base64url by id."""
    since: dict[str, Instant] = field(default_factory=dict)
    """From when on each of them signs; builds that knew no such time read `current` alone."""

    def signs_at(self, now: Instant) -> str:
        begun = [kid for kid, since in self.since.items() if since <= now and kid in self.keys]
        return max(begun, key=lambda kid: self.since[kid], default=self.current)

    def is_next_known(self, now: Instant) -> bool:
        return any(since > now for since in self.since.values())

    def ring(self) -> KeyRing:
        return KeyRing(self.current, {kid: from_b64url(key) for kid, key in self.keys.items()})


def is_due(stored: StoredRing, *, now: Instant) -> bool:
    """Whether it is time to make the key that signs next."""
    since = stored.since.get(stored.signs_at(now), now)
    return not stored.is_next_known(now) and now - since >= SIGNS_FOR - KNOWN_BEFORE


def turned(stored: StoredRing, *, now: Instant, fresh: tuple[str, bytes] | None = None) -> StoredRing:
    """The ring as it should be by now; `fresh` is the key that signs next, and its id."""
    current = stored.signs_at(now)
    keys = dict(stored.keys)
    # Of rings from before times were kept: the current key begins now, and the others have ended.
    since = {kid: stored.since.get(kid, now if kid == current else now - seconds(1)) for kid in keys}
    if fresh is not None:
        keys[fresh[0]], since[fresh[0]] = b64url(fresh[1]), now + KNOWN_BEFORE
    begun = sorted(since, key=lambda kid: since[kid])
    ended = {kid: since[following] for kid, following in pairwise(begun)}
    kept = [kid for kid in begun if kid not in ended or ended[kid] > now - KEPT_AFTER]
    return StoredRing(current, {kid: keys[kid] for kid in kept}, {kid: since[kid] for kid in kept})


class TurningRing:
    """Implements `wire.tickets.Ring`."""

    def __init__(self, path: Path, doors: Doors, stored: StoredRing) -> None:
        self._path = path
        self._doors = doors
        self._take(stored)

    @property
    def current(self) -> str:
        return self._stored.signs_at(self._doors.clock.now())

    @property
    def keys(self) -> dict[str, bytes]:
        return self._keys

    def __repr__(self) -> str:
        return "TurningRing([redacted])"

    async def turn(self) -> None:
        """Written down before anybody is told. Where several processes do it at once, what lies in the file holds: each
        looks again long before the new key signs."""
        now, fresh = self._doors.clock.now(), None
        if is_due(self._stored, now=now) or self._stored.is_next_known(now):
            await self.look()
        if is_due(self._stored, now=now):
            fresh = self._doors.ids.secret(6), self._doors.chance.bytes(KEY_BYTES)
        after = turned(self._stored, now=now, fresh=fresh)
        if after != self._stored:
            await self._doors.files.write(self._path, to_json(after), mode=0o600)
            self._take(after)

    async def look(self) -> None:
        self._take(await read_ring(self._path, self._doors.files))

    async def keep_turning(self) -> None:
        while True:
            await self._safely(turns=True)
            await self._doors.clock.sleep(_LOOK_EVERY)

    async def keep_looking(self) -> None:
        while True:
            await self._safely(turns=False)
            await self._doors.clock.sleep(_LOOK_EVERY)

    async def _safely(self, *, turns: bool) -> None:
        try:
            await (self.turn() if turns else self.look())
        except (MatineeError, OSError, ValueError) as error:
            _log.warning("the keys of tickets stay as they are", reason=str(error))

    def _take(self, stored: StoredRing) -> None:
        self._keys = dict(stored.ring().keys)
        self._stored = stored


async def read_ring(path: Path, files: Files) -> StoredRing:
    return from_json(await read_secret(path, files), StoredRing, what=path.name)


async def read_secret(path: Path, files: Files) -> bytes:
    if await files.mode(path) & 0o077:
        raise SecretsExposed(f"Others can read {path}. Run: chmod 600 {path}")
    return await files.read(path)
