"""Routes: what peers announce to this appliance is told to steering, a change as soon as it is heard."""

import asyncio

from matinee.delivery.edge.api import Control
from matinee.delivery.edge.model.announced import AnnouncedTable
from matinee.engines.routes.port import Announced, PeerDown, PeerUp, RouteEvent, RouteFeed, Withdrawn
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import seconds

_log = logger("edge")
_GATHER = seconds(0.05)
"""What comes in this time after a change is told with it."""
_TRY_AGAIN = seconds(1)
_LISTEN_AGAIN = seconds(10)


class RoutesTold:
    """A failure here keeps nobody from serving: steering believes what it last heard, and is told again."""

    def __init__(self, appliance_id: str, feed: RouteFeed, control: Control, clock: Clock, chance: Chance) -> None:
        self._appliance_id = appliance_id
        self._feed = feed
        self._control = control
        self._clock = clock
        self._table = AnnouncedTable(Ids(clock, chance).new())
        self._told = 0
        """Up to where steering said that it knows."""
        self._news = asyncio.Event()

    @property
    def epoch(self) -> str:
        return self._table.epoch

    @property
    def until(self) -> int:
        return self._table.number

    def know(self, until: int) -> None:
        """Steering says up to where it knows: it may have lost what it knew."""
        if until < self._told:
            self._told = until
        if self._told < self._table.number:
            self._news.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._listen_always())
            loops.create_task(self._tell_always())

    async def _listen_always(self) -> None:
        while True:
            try:
                await self._feed.run(self._heard)
            except (Unavailable, OSError) as error:
                _log.warning("no routes can be heard; those within a network stay unused", reason=str(error))
            await self._clock.sleep(_LISTEN_AGAIN)

    def _heard(self, event: RouteEvent) -> None:
        match event:
            case PeerUp(peer, asn):
                _log.info("a peer announces routes", peer=peer, asn=asn)
            case Announced(peer, prefixes, attributes):
                self._table.announce(peer, prefixes, (len(attributes.as_path), attributes.med or 0))
            case Withdrawn(peer, prefixes):
                self._table.withdraw(peer, prefixes)
            case PeerDown(peer, reason):
                _log.warning("a peer is gone, and its routes with it", peer=peer, reason=reason)
                self._table.forget(peer)
        if self._told < self._table.number:
            self._news.set()

    async def _tell_always(self) -> None:
        while True:
            await self._news.wait()
            await self._clock.sleep(_GATHER)
            self._news.clear()
            try:
                while self._told < self._table.number:
                    answer = await self._control.routes(self._table.news(self._appliance_id, self._told))
                    if answer.until == self._told:
                        raise Unavailable("It did not take them.")
                    self._told = min(answer.until, self._table.number)
                self._table.settle(self._told)
            except (Unavailable, InvalidInput, ValueError, OSError) as error:
                _log.warning("steering was not told of routes", reason=str(error))
                await self._clock.sleep(_TRY_AGAIN)
                self._news.set()
