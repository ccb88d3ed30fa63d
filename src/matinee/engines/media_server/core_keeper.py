"""Looks after one worker process: starts it, tells it what holds, and starts another when it has died."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from matinee.engines.media_server.core_counts import SharedBoard
from matinee.engines.media_server.core_line import ControlLine
from matinee.engines.media_server.core_orders import UP, Order
from matinee.engines.media_server.listening import SharedPort
from matinee.engines.media_server.port import Sent
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.log import logger
from matinee.kernel.processes import Child, Command, Processes
from matinee.kernel.quantities import Span, days, seconds

_log = logger("edge")
_PROGRAM = "matinee.engines.media_server.core_process"
_UP_WITHIN_S = 20.0
_GRACE_S = 5.0
_AT_ONCE, _FIRST_WAIT, _LONGEST_WAIT = seconds(0), seconds(0.1), seconds(10)
_STEADY_S = 60.0
"""Who ran for so long died of something new: another is started at once."""


class CoreKeeper:
    def __init__(
        self,
        row: int,
        port: SharedPort,
        board: SharedBoard,
        all_that_holds: Callable[[int], Order],
        hear_sent: Callable[[Sequence[Sent]], None],
        answers_within: Span,
        processes: Processes,
        clock: Clock,
    ) -> None:
        """`all_that_holds`: what a new process in this row is told first. `hear_sent`: hears what it has sent."""
        self._row = row
        self._port = port
        self._board = board
        self._all_that_holds = all_that_holds
        self._hear_sent = hear_sent
        self._answers_within_s = answers_within.total_seconds()
        self._processes = processes
        self._clock = clock
        self._child: Child | None = None
        self._line: ControlLine | None = None
        """To a process that has been told what holds."""
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serving when this returns. Raises `Unavailable`."""
        await self._begin()
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._hang_up()
        if self._child is not None:
            await asyncio.wait([asyncio.ensure_future(self._child.wait())], timeout=_GRACE_S)
            await self._child.stop(seconds(0))
        self._board.rows[self._row].connections = 0

    def tell(self, order: Order) -> None:
        """A process that is not up yet is told later, with all that holds then."""
        if self._line is not None:
            try:
                self._line.tell(order, self._patience())
            except TimeoutError:
                self._give_up()

    def wait_for(self, number: int, until: float) -> None:
        """Until it holds in this process, or the process is none any more."""
        if self._line is not None:
            try:
                self._line.wait_for(number, until)
            except TimeoutError:
                self._give_up()

    async def _begin(self) -> None:
        line = ControlLine(self._clock, self._hear_sent)
        try:
            self._child = await self._processes.spawn(self._command(line))
            line.theirs.close()
            await self._come_up(line)
        except BaseException:
            self._hang_up()
            line.close()
            line.theirs.close()
            raise

    async def _come_up(self, line: ControlLine) -> None:
        try:
            async with asyncio.timeout(_UP_WITHIN_S):
                is_up = await line.heard(UP)
                # From here on it hears of every change; no await stands between what holds now and the next one.
                self._line = line
                order = self._all_that_holds(self._row)
                self.tell(order)
                is_up = is_up and await line.heard(order.number)
            how = "ended"
        except TimeoutError:
            is_up, how = False, f"was not up within {_UP_WITHIN_S:.0f} s"
        if not is_up:
            if self._child is not None:
                await self._child.stop(seconds(0))
                self._child = None
            raise Unavailable(f"A process that serves was started and {how}. What it said stands above.")

    async def _keep(self) -> None:
        wait: Span = _AT_ONCE
        in_vain = 0
        while True:
            began = self._clock.monotonic()
            if self._child is not None:
                self._mourn(await self._child.wait())
            if self._clock.monotonic() - began > _STEADY_S:
                wait = _AT_ONCE
            await self._clock.sleep(wait)
            wait = min(_LONGEST_WAIT, max(_FIRST_WAIT, wait * 2))
            try:
                await self._begin()
                in_vain = 0
            except (MatineeError, OSError) as error:
                in_vain += 1
                self._board.rows[-1].errors += 1
                if in_vain > 1:
                    self._port.withdraw(self._row)
                _log.error("a process that serves cannot be started", reason=str(error), wait_s=wait.total_seconds())

    def _mourn(self, code: int) -> None:
        self._child = None
        self._hang_up()
        self._board.rows[self._row].connections = 0
        self._board.rows[-1].errors += 1
        _log.error("a process that serves has ended and another is started", status=code)

    def _command(self, line: ControlLine) -> Command:
        handles = (line.theirs.fileno(), self._port.socket(self._row).fileno(), self._board.handle)
        argv = [sys.executable, "-m", _PROGRAM, *map(str, handles)]
        return Command(argv, timeout=days(365), handles=handles, is_part_of_us=True)

    def _patience(self) -> float:
        return self._clock.monotonic() + self._answers_within_s

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _give_up(self) -> None:
        """What it was told may not hold in it, so it must not go on serving."""
        _log.error("a process that serves does not answer and is ended", row=self._row)
        self._hang_up()
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGKILL)
