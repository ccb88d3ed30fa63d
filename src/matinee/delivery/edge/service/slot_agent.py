"""The agent's half of the slots: orders are judged, builds fetched and checked, and the launcher told what is wanted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256 as hashed

from matinee.delivery.edge.model.queue import retry_delay_seconds
from matinee.delivery.edge.model.slots import Slot, Slots, Wanted, refusal, told
from matinee.delivery.edge.service.slot_folder import SlotFolder
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.kernel.quantities import seconds
from matinee.wire.rollout import SlotOrder, SlotReport

_log = logger("slots")
_RETRY_FIRST_S, _RETRY_LONGEST_S = 2.0, 120.0


class SlotAgent:
    def __init__(
        self,
        folder: SlotFolder,
        slots: Slots,
        life: str,
        fetch: Callable[[str, int], Awaitable[bytes]],
        clock: Clock,
        chance: Chance,
    ) -> None:
        """`slots`: as the launcher left them when it started this; `life`: what it calls this process. `fetch` brings a
        build by its hash, of so many bytes at most."""
        self._folder = folder
        self._slots = slots
        self._life = life
        self._fetch = fetch
        self._clock = clock
        self._chance = chance
        self._wanted: Wanted | None = None
        self._is_loaded = False
        self._order: SlotOrder | None = None
        self._ordered = asyncio.Event()
        self._problem = ""
        self._refused: set[str] = set()
        self._count = 0
        self._has_come_up = False

    async def report(self) -> SlotReport:
        self._slots = await self._folder.slots(self._slots.installed)  # a trial may have been proved since
        if not self._is_loaded:
            self._wanted, self._is_loaded = await self._folder.wanted(), True
        return told(self._slots, self._wanted, problem=self._problem, refused=self._count)

    async def obey(self, order: SlotOrder | None, key: str) -> None:
        """A report was answered: so this build works, and may stay. And what it is to be next."""
        if not self._has_come_up:
            await self._folder.say_alive(self._life)
            self._has_come_up = True
        if order is None or not self._is_loaded:
            return
        reason = refusal(order, key=key, known=self._wanted, slots=self._slots)
        if reason is not None:
            self._count += 1
            if reason not in self._refused:
                self._refused.add(reason)
                _log.error("software is not taken", reason=reason)
            return
        wanted = self._wanted
        if wanted is None or order.number > wanted.order:
            wanted = Wanted(order.number, Slot(order.build, order.sha256))
            self._problem = ""
        if order.go and wanted.is_here:
            wanted = replace(wanted, go=True)
        await self._want(wanted)
        self._order = order
        if not wanted.is_here:
            self._ordered.set()

    async def run(self) -> None:
        """Fetch what is ordered, again and again until it is here."""
        failures = 0
        while True:
            await self._ordered.wait()
            self._ordered.clear()
            if self._order is None or self._wanted is None or self._wanted.is_here:
                continue
            order = self._order
            try:
                await self._bring(order)
                failures, self._problem = 0, ""
            except (MatineeError, OSError) as error:
                failures += 1
                self._problem = str(error)
                _log.warning("software could not be fetched", build=order.build, reason=str(error))
                pause = retry_delay_seconds(
                    failures, first=_RETRY_FIRST_S, longest=_RETRY_LONGEST_S, chance=self._chance.uniform()
                )
                await self._clock.sleep(seconds(pause))

    async def _bring(self, order: SlotOrder) -> None:
        slot = Slot(order.build, order.sha256)
        if slot.sha256:
            known = (self._slots.in_force, self._slots.before, self._slots.trial, slot)
            await self._folder.forget_builds([each.sha256 for each in known if each is not None])
            file = self._folder.build(slot.sha256)
            if await self._folder.files.size(file) is None or not _is(await self._folder.files.read(file), slot.sha256):
                data = await self._fetch(slot.sha256, order.size)
                if len(data) != order.size or not _is(data, slot.sha256):
                    raise MatineeError("What came for this build is not what was signed.")
                await self._folder.files.write(file, data)
        if self._wanted is not None and self._wanted.order == order.number:
            await self._want(replace(self._wanted, is_here=True))
            _log.info("software is here", build=order.build)

    async def _want(self, wanted: Wanted) -> None:
        if wanted != self._wanted:
            await self._folder.want(wanted)
            self._wanted = wanted


def _is(data: bytes, sha256: str) -> bool:
    return hashed(data).hexdigest() == sha256
