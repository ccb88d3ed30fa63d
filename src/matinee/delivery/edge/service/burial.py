"""Purge at the edge: tombstones are judged, then what they name is denied, deleted, and acknowledged, in this order.

They come by two ways: with the answer to each second's report, and with the answer to a question that steering holds open
until there is news. Whichever is first; what comes by the other is passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from matinee.delivery.edge.api import Control
from matinee.delivery.edge.model.judging import is_whole, judged, names_file
from matinee.delivery.edge.model.queue import retry_delay_seconds
from matinee.delivery.edge.service.serving import Serving
from matinee.delivery.edge.service.state import with_stones
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.log import logger
from matinee.kernel.quantities import seconds
from matinee.wire.purge import Tombstone, Tombstones, TombstonesAsked

_log = logger("edge")
_RETRY_FIRST_S, _RETRY_LONGEST_S = 1.0, 30.0
"""Nothing is missed meanwhile: each report's answer brings the same."""


class Burial:
    def __init__(self, serving: Serving, delete: Callable[[Tombstone], Awaitable[None]] | None = None) -> None:
        """`delete` takes a file or a release from the disk. None: the disk is the studio's, as an origin's is."""
        self._serving = serving
        self._delete = delete
        self._due: tuple[Tombstone, ...] = ()
        self._ordered, self._carried_out = asyncio.Event(), asyncio.Event()
        self._carried_out.set()
        self._said: set[str] = set()

    async def order(self, tombstones: Tombstones, named_key: str) -> None:
        """What they name is denied when this returns. It is deleted in its turn: nobody's report waits for a disk."""
        stones = await self._judged(tombstones, named_key)
        for stone in stones:
            if is_whole(stone):
                self._serving.deny(stone.release_id)
            elif names_file(stone) and not stone.refetch:
                self._serving.deny(stone.release_id, stone.path)
        if stones:
            self._due = stones  # all that is not acknowledged, those before among them
            self._carried_out.clear()
            self._ordered.set()

    async def until_carried_out(self) -> None:
        """Or until it failed: then it is ordered once more by the next answer."""
        await self._carried_out.wait()

    async def run(self) -> None:
        while True:
            await self._ordered.wait()
            self._ordered.clear()
            acknowledged = self._serving.state.tombstone_sequence
            try:
                await self._bury(tuple(stone for stone in self._due if stone.sequence > acknowledged))
            except (Unavailable, OSError) as error:  # a full disk, say
                _log.warning("a purge could not be carried out; it comes again", reason=str(error))
            if not self._ordered.is_set():
                self._carried_out.set()

    async def _judged(self, tombstones: Tombstones, named_key: str) -> tuple[Tombstone, ...]:
        key = await self._serving.believed_key(named_key)
        if named_key and named_key != key:
            self._say(
                f"steering names another key for tombstones than the one this edge believes ({key}). Was it set up "
                "anew? Then remove edge.json from this appliance's state folder, or give --purge-key-file"
            )
        found = judged(tombstones.stones, acknowledged=self._serving.state.tombstone_sequence, key=key)
        self._serving.tombstones_refused += len(found.refused)
        for reason in found.refused:
            self._say(reason)
        return found.good

    async def _bury(self, stones: tuple[Tombstone, ...]) -> None:
        """A crash in the midst of it repeats it, because only the last step is reported."""
        for stone in stones:
            if self._delete is not None and stone.appliance in ("", self._serving.appliance_id):
                await self._delete(stone)
        mends = None if self._delete is None else self._serving.appliance_id
        await self._serving.change(partial(with_stones, stones=stones, mends=mends))
        for stone in stones:
            file = {} if stone.path is None else {"file": stone.path}
            _log.info("purged", release=stone.release_id, **file, sequence=stone.sequence, reason=stone.reason)

    def _say(self, what: str) -> None:
        """Once each: it would come again every second."""
        if what not in self._said:
            self._said.add(what)
            _log.error("a purge is not carried out", reason=what)


async def watch_for_news(control: Control, burial: Burial, serving: Serving, clock: Clock, chance: Chance) -> None:
    """Ask what there is to purge, again and again. Steering answers when there is something, or after a while."""
    failures = 0
    while True:
        before, began = serving.state.tombstone_sequence, clock.monotonic()
        pause = 0.0
        try:
            news = await control.tombstones(TombstonesAsked(serving.appliance_id, before))
            await burial.order(news.tombstones, news.purge_key)
            await burial.until_carried_out()
            pause = news.again_after_s * (0.5 + chance.uniform() / 2)
            was_quick = clock.monotonic() - began < _RETRY_FIRST_S
            is_idle = was_quick and pause < _RETRY_FIRST_S and serving.state.tombstone_sequence == before
        except (Unavailable, InvalidInput, ValueError, OSError):  # who does not answer is said by the reports
            is_idle = True
        failures = failures + 1 if is_idle else 0
        if is_idle:
            pause = retry_delay_seconds(
                failures, first=_RETRY_FIRST_S, longest=_RETRY_LONGEST_S, chance=chance.uniform()
            )
        if pause:
            await clock.sleep(seconds(pause))
