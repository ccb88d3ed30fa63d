"""A fleet's audience: each begins a film drawn from the seed, fetches segment after segment, and asks again where to go."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import seconds
from matinee.sim.fleet.front import Ask, Sent
from matinee.sim.fleet.ledger import ASKED_EVERY_S, FleetLedger
from matinee.sim.fleet.machines import STEERING_URL
from matinee.wire.encoding import from_json, to_json

SEGMENT_S = 20.0
"""Of film in a segment: coarse, so that an hour of viewers is cheap."""
_GIVEN_UP = seconds(4)
_IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Shelf:
    """What viewers know of films: the paths of each, in order."""

    paths: dict[str, tuple[str, ...]]
    alive: Callable[[str], tuple[str, ...]]
    """Origins that live and that this viewer reaches."""


class FleetViewer:
    def __init__(
        self, name: str, address: str, network: Network, chance: SeededChance, ledger: FleetLedger, shelf: Shelf
    ) -> None:
        self._name = name
        self._address = address
        self._network = network
        self._chance = chance
        self._ledger = ledger
        self._shelf = shelf
        self._edges: Sequence[tuple[str, str]] = ()
        self._asked_s = 0.0

    async def live(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform() * 2 * _IDLE_S)
            films = list(self._shelf.paths)
            # The head of the list is asked for more often, as it is.
            film = films[int(self._chance.uniform() ** 2 * len(films))]
            await self._watch(film)

    async def _watch(self, film: str) -> None:
        status, sent = await self._ask("play", Ask(self._name, film, self._address))
        if sent is None:
            self._ledger.counts[f"plays refused: {status}" if status else "plays that nobody answered"] += 1
            return
        self._edges = sent.edges
        self._asked_s = _now_s()
        for path in self._shelf.paths[film]:
            if not await self._one_more(film, path, sent.ticket):
                return
            await asyncio.sleep(SEGMENT_S)
        self._ledger.counts["films seen to their end"] += 1

    async def _one_more(self, film: str, path: str, ticket: str) -> bool:
        """Whether to go on."""
        if _now_s() - self._asked_s >= ASKED_EVERY_S:
            self._asked_s = _now_s()
            current = self._edges[0][0] if self._edges else None
            status, sent = await self._ask("steer", Ask(self._name, film, self._address, current))
            if status == 410:
                self._ledger.counts["films that were taken away"] += 1
                return False
            self._edges = sent.edges if sent is not None else self._edges  # as long as nobody answers: as before
        return await self._fetch(film, path, ticket)

    async def _fetch(self, film: str, path: str, ticket: str) -> bool:
        began_s, origins, refused = _now_s(), self._shelf.alive(self._name), False
        for place, (edge, url) in enumerate(self._edges):
            asked_s = _now_s()
            request = Outgoing("GET", f"{url}/v1/{ticket}/{film}/{path}", timeout=_GIVEN_UP)
            try:
                answer = await self._network.fetch(request)
            except Unavailable:
                continue
            refused = refused or answer.status == 403
            if answer.status == 200:
                digest = hashlib.sha256(answer.body).hexdigest()
                self._ledger.delivered(self._name, edge, film, path, digest, len(answer.body), asked_s)
                self._ledger.counts["from the first of the list" if not place else "from another of the list"] += 1
                return True
        self._ledger.counts["segments that nobody gave"] += 1
        named = {edge for edge, _ in self._edges}
        lived = tuple(name for name in origins if name in named and name in self._shelf.alive(self._name))
        # What is purged or ended is rightly refused; a ticket that ended, too.
        if lived and not refused and not self._ledger.is_gone(film, path):
            self._ledger.starved(self._name, film, path, lived, began_s)
        return not refused

    async def _ask(self, what: str, ask: Ask) -> tuple[int, Sent | None]:
        """0 where nobody answers."""
        try:
            answer = await self._network.fetch(
                Outgoing("POST", f"{STEERING_URL}/{what}", body=to_json(ask), timeout=_GIVEN_UP)
            )
        except Unavailable:
            return 0, None
        return answer.status, from_json(answer.body, Sent) if answer.status == 200 else None


def _now_s() -> float:
    return asyncio.get_running_loop().time()
