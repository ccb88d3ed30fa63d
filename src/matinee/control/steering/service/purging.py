"""Purges: the tombstones in their order, who waits for the next one, who has carried out which."""

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from zlib import crc32

from matinee.control.steering.api import Acknowledgment, Purge, State
from matinee.control.steering.model.fencing import Ordered, believed, fenced_by, next_after
from matinee.control.steering.model.standing import Heard
from matinee.control.steering.store import KnownAppliance, PurgeNote, Stone
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Instant
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey, PurgeNews, Tombstone, Tombstones, TombstonesAsked

_AT_ONCE_MAX = 500
"""Tombstones in one answer. A new appliance has to hear of all there ever were."""
_HELD_MIN_S, _HELD_SPREAD_S = 12.0, 8.0
"""How long a question is held open. Not the same for all, or a fleet would come back as one."""
_NO_ROOM_S = 20.0


class Purging:
    def __init__(self, clock: Clock, key: PurgeKey | None) -> None:
        """Without a key nothing is signed, and no edge carries anything out."""
        self._clock = clock
        self._key = key
        self._stones: list[Tombstone] = []
        self._ordered: list[Ordered] = []
        self._thrown_away: dict[str, list[Tombstone]] = {}
        """Tombstones that have a file fetched anew, by release."""
        self._asked: dict[str, tuple[int, Instant]] = {}
        """Up to which number those who wait had carried out all, and when they said so."""
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self.buried: set[str] = set()
        """Whole releases."""

    @property
    def last(self) -> int:
        return self._ordered[-1].sequence if self._ordered else 0

    @property
    def public_key(self) -> str:
        return self._key.public if self._key is not None else ""

    def take(self, fresh: Iterable[Stone]) -> None:
        """What was ordered since, here or by another instance. Whoever waits for it is told."""
        before = self.last
        for stone in fresh:
            if stone.tombstone.sequence > self.last:
                self._add(stone)
        if self.last > before:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result(None)

    def after(self, number: int) -> Tombstones:
        first = bisect_right(self._ordered, number, key=attrgetter("sequence"))
        return Tombstones(tuple(self._stones[first : first + _AT_ONCE_MAX]))

    async def news(self, asked: TombstonesAsked, places: int) -> PurgeNews:
        name, number = asked.appliance_id, asked.tombstone_sequence
        self._asked[name] = (number, self._clock.now())
        if self.last <= number and not await self._hold(name, places):
            return PurgeNews(Tombstones(()), self.public_key, _NO_ROOM_S)
        return PurgeNews(self.after(number), self.public_key)

    async def _hold(self, name: str, places: int) -> bool:
        """Until there is news, or for a while. False where there is no room."""
        if (before := self._waiting.get(name)) is not None:
            if not before.done():
                before.set_result(None)  # its connection was lost: it asks anew
        elif len(self._waiting) >= places:
            return False
        waiting = self._waiting[name] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_HELD_MIN_S + _HELD_SPREAD_S * crc32(name.encode()) / (1 << 32)):
                await waiting
        except TimeoutError:
            pass
        finally:
            if self._waiting.get(name) is waiting:
                del self._waiting[name]
        return True

    # ---- who has carried out what

    def fenced_by(self, said: Heard, *, at: Instant) -> int | None:
        return fenced_by(self._ordered, self._acknowledged(said.report), at=at)

    def withheld(
        self, heard: Mapping[str, Heard], holders: Mapping[str, Collection[str]]
    ) -> Mapping[str, Collection[str]]:
        """By release, who says to hold it and may not be named: not before it knows of the file that must go."""
        return {
            release_id: [name for name in holders[release_id] if self._lags(heard.get(name), stones)]
            for release_id, stones in self._thrown_away.items()
            if release_id in holders
        }

    def _lags(self, said: Heard | None, stones: Sequence[Tombstone]) -> bool:
        if said is None:
            return True
        done, name = self._acknowledged(said.report), said.report.appliance_id
        return any(done < stone.sequence and stone.appliance in ("", name) for stone in stones)

    def least_number(self, heard: Mapping[str, Heard]) -> int:
        """Of the next tombstone."""
        return next_after(self._ordered, [said.report.tombstone_sequence for said in heard.values()])

    def told(
        self, note: PurgeNote, known: Sequence[KnownAppliance], heard: Mapping[str, Heard], *, in_full: bool
    ) -> Purge:
        now, last = self._clock.now(), max(note.sequences, default=note.number)
        states = [self._state(heard.get(each.id), last, now) for each in known]
        return Purge(
            note.number,
            note.at,
            note.by,
            note.reason,
            note.title_id,
            note.release_id,
            note.path,
            note.refetch,
            note.appliance_id,
            note.sequences,
            states.count("acknowledged"),
            states.count("waiting"),
            states.count("fenced"),
            tuple(map(_acknowledgment, known, states, (heard.get(each.id) for each in known))) if in_full else (),
        )

    def _state(self, said: Heard | None, last: int, now: Instant) -> State:
        done = 0 if said is None else believed(self._ordered, self._acknowledged(said.report))
        if done >= last:
            return "acknowledged"
        overdue = fenced_by(self._ordered, done, at=now)
        return "waiting" if overdue is None or overdue > last else "fenced"

    def _acknowledged(self, report: HealthReport) -> int:
        """By its last report, or by what it asked since."""
        number, at = self._asked.get(report.appliance_id, (0, report.at))
        return number if at > report.at else report.tombstone_sequence

    def _add(self, stone: Stone) -> None:
        signed = stone.tombstone if self._key is None else self._key.sign(stone.tombstone)
        self._stones.append(signed)
        self._ordered.append(Ordered(signed.sequence, stone.at))
        if signed.path is None:
            self.buried.add(signed.release_id)
        elif signed.refetch:
            self._thrown_away.setdefault(signed.release_id, []).append(signed)


def _acknowledgment(known: KnownAppliance, state: State, said: Heard | None) -> Acknowledgment:
    return Acknowledgment(known.id, state, None if said is None else said.report.at)
