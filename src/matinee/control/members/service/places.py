"""The story of where a viewer is: the address is looked up, doubted, and remembered by its country alone."""

from dataclasses import dataclass
from pathlib import Path

from cachebox import LRUCache

from matinee.control.members.api.notices import Notices
from matinee.control.members.api.places import NOWHERE, Seen, Whereabouts
from matinee.control.members.model.whereabouts import (
    TOUCH_EVERY,
    Located,
    Suspects,
    read_suspects,
    seen_now,
    whereabouts,
    with_travel,
)
from matinee.control.members.store import places as table
from matinee.engines.database.port import Database, Work
from matinee.engines.geo.port import Geo
from matinee.kernel.addresses import plain_address
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.ids import AccountId
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant
from matinee.resilience.fallback import or_else

_log = logger("members.places")
_ACCOUNTS_KEPT = 50_000
_LOOK_EVERY_SECONDS = 10.0
_NEW = 2 * TOUCH_EVERY
"""Told again for as long, since a crash may have come between: a notice of the same key is one."""


@dataclass(frozen=True, slots=True)
class Territories:
    """What an operator says of places."""

    country: str = NOWHERE
    """Of accounts that name none."""
    ported: frozenset[str] = frozenset()
    """Countries whose members keep their catalog on a short stay in another of them."""


class SuspectList:
    """The operator's file of networks, read anew when it is replaced. One that cannot be read leaves the last in force."""

    def __init__(self, path: Path | None, files: Files, clock: Clock) -> None:
        self._path = path
        self._files = files
        self._clock = clock
        self._state: tuple[int, int] | None = None
        self._looked = float("-inf")
        self._known = Suspects()

    async def now(self) -> Suspects:
        at = self._clock.monotonic()
        if self._path is None or at - self._looked < _LOOK_EVERY_SECONDS:
            return self._known
        self._looked = at
        state = await self._files.state(self._path)
        if state != self._state and state is not None:
            self._state = state
            try:
                self._known = read_suspects((await self._files.read(self._path)).decode())
            except (InvalidInput, UnicodeDecodeError) as error:
                _log.error("the list of networks cannot be read, and the last one stays", reason=str(error))
        return self._known


class PlacesService:
    def __init__(
        self, database: Database, geo: Geo, suspects: SuspectList, notices: Notices, clock: Clock, said: Territories
    ) -> None:
        self._database = database
        self._geo = geo
        self._suspects = suspects
        self._notices = notices
        self._clock = clock
        self._said = said
        # Asked with every caller ticket; what is written down changes once an hour.
        self._kept: LRUCache[tuple[str, str], tuple[Instant, tuple[Seen, ...]]] = LRUCache(_ACCOUNTS_KEPT)

    async def place(self, account_id: AccountId, home: str, address: str) -> Whereabouts:
        found = await self.look_up(address, home)
        if found.suspicion != "none" or found.seen_in is None:
            return found
        now = self._clock.now()
        seen = await self._note(account_id, found, now)
        return with_travel(found, seen, self._said.ported, at=now)

    async def look_up(self, address: str, home: str) -> Whereabouts:
        await self._geo.refresh()
        address = plain_address(address)
        there = self._geo.locate(address)
        located = Located(address, there.country, there.asn, there.network_name, there.is_hosting, there.is_anonymous)
        return whereabouts(located, home or self._said.country, await self._suspects.now())

    async def seen(self, account_id: AccountId) -> tuple[Seen, ...]:
        return await self._database.read(lambda work: table.seen(work, account_id))

    async def _note(self, account_id: AccountId, found: Whereabouts, now: Instant) -> tuple[Seen, ...]:
        country = found.seen_in or NOWHERE
        key = (account_id, country)
        if (kept := self._kept.get(key)) is not None and now - kept[0] < TOUCH_EVERY:
            return kept[1]

        def work(work: Work) -> tuple[Seen, ...]:
            table.put_seen(work, account_id, seen_now(table.seen(work, account_id), country, at=now))
            return table.seen(work, account_id)

        seen = await self._database.write(work)
        is_new = any(s.country == country and now - s.first_at < _NEW for s in seen)
        if is_new and found.is_traveling:
            told = self._notices.post(
                account_id, None, "new_country", {"country": country}, key=f"new-country:{country}"
            )
            await or_else(told, None, name="places.notice")
        self._kept[key] = (now, seen)
        return seen
