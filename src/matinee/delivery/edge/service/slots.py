"""The launcher: runs the appliance from the slot in force, tries a new one once, and returns from it by itself.

It is part of what is installed, and no build changes it. All that it knows is written down before it acts on it, so that
whatever kills it, the next one finds one slot that is good.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matinee.delivery.edge.model.slots import (
    Slots,
    at_start,
    can_fall_back,
    fallen_back,
    fresh,
    proved,
    with_trial,
)
from matinee.delivery.edge.service.slot_folder import SlotFolder
from matinee.kernel.archives import unpack
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.processes import Child, Command, Processes
from matinee.kernel.quantities import Span, days, seconds

_log = logger("slots")
_PACKAGE = "matinee"
_DOUBLINGS_MAX = 10


@dataclass(frozen=True, slots=True)
class TrialRules:
    proves_within: Span = seconds(60)
    """By then a new build has to serve and to have had a report answered."""
    deaths: int = 5
    within: Span = seconds(600)
    """So many deaths in so long, and what is in force is given up for what was before it."""
    grace: Span = seconds(10)
    look_every: Span = seconds(0.25)
    pause_first: Span = seconds(0.2)
    pause_longest: Span = seconds(10)


class SlotLauncher:
    def __init__(
        self,
        folder: SlotFolder,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        installed: str,
        *,
        processes: Processes,
        clock: Clock,
        ids: Ids,
        rules: TrialRules | None = None,
    ) -> None:
        """`arguments`: of `python -m matinee`, the same for every build. `installed`: the version that is part of this."""
        self._folder = folder
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._installed = installed
        self._processes = processes
        self._clock = clock
        self._ids = ids
        self._rules = rules or TrialRules()
        self._deaths: list[float] = []
        self._slots = fresh(installed)
        self._trouble = ""
        """Why they could not be written the last time; said once."""

    async def run(self) -> None:
        """Until canceled; then the appliance has ended, too."""
        await self._keep(at_start(await self._folder.slots(self._installed), self._installed))
        while True:
            await self._keep(with_trial(self._slots, await self._folder.wanted()))
            await self._one_life()

    async def _one_life(self) -> None:
        running = self._slots.running
        try:
            environment = await self._prepared(running.sha256)
        except (MatineeError, OSError) as error:
            await self._keep(fallen_back(self._slots, f"{running.build} cannot be run: {error}"))
            return
        life = self._ids.new()
        flags = ("--in-slot", str(self._folder.folder), "--slot-life", life, "--with-parent")
        argv = [sys.executable, "-m", _PACKAGE, *self._arguments, *flags]
        _log.info("starting", build=running.build, trial=self._slots.trial is not None)
        began = self._clock.monotonic()
        child = await self._processes.spawn(
            Command(argv, environment=environment, timeout=days(365), is_part_of_us=True)
        )
        ended = asyncio.ensure_future(child.wait())
        try:
            code = await self._watch(child, ended, life, began)
        finally:
            if not ended.done():
                await child.stop(self._rules.grace)
            await ended
        if code is not None:
            await self._mourn(code)

    async def _watch(self, child: Child, ended: "asyncio.Future[int]", life: str, began: float) -> int | None:
        """How it ended; None: it is to be ended by us."""
        mark: object = None
        while not ended.done():
            if self._slots.trial is not None:
                if await self._folder.is_alive(life):
                    await self._keep(proved(self._slots))
                    self._deaths = []
                    _log.info("proved", build=self._slots.in_force.build)
                elif self._clock.monotonic() - began > self._rules.proves_within.total_seconds():
                    within = f"{self._rules.proves_within.total_seconds():g} s"
                    await self._keep(fallen_back(self._slots, f"it did not serve and report within {within}"))
                    return None
            elif (now := await self._folder.wanted_mark()) != mark:
                is_kept = await self._keep(with_trial(self._slots, await self._folder.wanted()))
                mark = now if is_kept else mark  # it is tried again until the disk takes it
                if is_kept and self._slots.trial is not None:
                    return None
            await self._clock.sleep(self._rules.look_every)
        return ended.result()

    async def _mourn(self, code: int) -> None:
        how = f"it ended with status {code}" if code >= 0 else f"it was killed by signal {-code}"
        if self._slots.trial is not None:
            await self._keep(fallen_back(self._slots, f"{how} before it had served and reported"))
            return
        now = self._clock.monotonic()
        recent = now - self._rules.within.total_seconds()
        self._deaths = [*(at for at in self._deaths if at > recent), now]
        _log.warning("ended, and is started again", build=self._slots.in_force.build, how=how, times=len(self._deaths))
        if len(self._deaths) >= self._rules.deaths and can_fall_back(self._slots):
            many, self._deaths = len(self._deaths), []
            await self._keep(fallen_back(self._slots, f"{how}, {many} times in a short while"))
        doublings = min(max(0, len(self._deaths) - 1), _DOUBLINGS_MAX)
        await self._clock.sleep(min(self._rules.pause_first * 2**doublings, self._rules.pause_longest))

    async def _prepared(self, sha256: str) -> Mapping[str, str]:
        """The environment in which this build is what `matinee` means. Read, checked and unpacked at each start, so that a
        disk that spoils is noticed, and what was half unpacked is never run."""
        if not sha256:
            return self._environment
        folder = self._folder.unpacked
        await unpack(await self._folder.files.read(self._folder.build(sha256)), sha256, folder, package=_PACKAGE)
        paths = (str(folder), *filter(None, [self._environment.get("PYTHONPATH")]))
        # Else the folder it is started in came first.
        return {**self._environment, "PYTHONPATH": ":".join(paths), "PYTHONSAFEPATH": "1"}

    async def _keep(self, slots: Slots) -> bool:
        """On a disk that takes nothing what is in force runs on, and nothing is tried: a trial is written down before it
        begins, or it might be tried for ever."""
        if slots.fell_back and slots.fell_back != self._slots.fell_back:
            _log.error("fell back", to=slots.in_force.build, reason=slots.fell_back)
        begins = slots.trial is not None and self._slots.trial is None
        try:
            await self._folder.keep(slots)
            self._trouble = ""
        except (Unavailable, OSError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                _log.error("the slots cannot be written", reason=self._trouble)
            if begins:
                return False
        self._slots = slots
        return True
