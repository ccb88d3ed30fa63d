"""An asyncio loop on virtual time: when everybody waits, time jumps to the next appointment.

Nothing here touches a selector, a thread or a clock: a run is decided by the order in which callbacks were scheduled, and
by nothing else. Tasks and futures hash by number, not by address, for asyncio keeps them in sets, and the order of a set
of addresses differs from process to process.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from typing import Any, TypeVar

from matinee.kernel.errors import MatineeError
from matinee.sim.nodes import NODE

T = TypeVar("T")


class SimulationStuck(MatineeError):
    """Everybody waits for something that nobody will ever do."""


class _NumberedFuture(asyncio.Future[Any]):
    _number = 0

    def __hash__(self) -> int:
        self._number = self._number or _next_number(self.get_loop())
        return self._number


class _NumberedTask(asyncio.Task[Any]):
    _number = 0

    def __hash__(self) -> int:
        # Asked for the first time while the task is being made: asyncio puts it into a set then.
        self._number = self._number or _next_number(self.get_loop())
        return self._number


class _Appointment(asyncio.TimerHandle):
    """A callback with its context. Slimmer than asyncio's: a world makes millions."""

    __slots__ = ("args", "at", "callback", "context", "is_cancelled")

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context, at: float) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.at = at
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.at


class VirtualLoop(asyncio.BaseEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self._virtual_s = 0.0
        self._due: deque[_Appointment] = deque()
        self._later: list[tuple[float, int, _Appointment]] = []
        self._order = 0
        self.numbered = 0
        self.set_task_factory(_task)  # type: ignore[arg-type]  # the stubs know the factory of Python 3.13

    def time(self) -> float:
        return self._virtual_s

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> _Appointment:  # type: ignore[override]  # asyncio's stubs type the arguments one by one
        appointment = _Appointment(callback, args, copy_context() if context is None else context, self._virtual_s)
        self._due.append(appointment)
        return appointment

    def call_soon_threadsafe(  # type: ignore[override]  # as above
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Appointment:
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]  # as above
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Appointment:
        return self.call_at(self._virtual_s + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # as above
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Appointment:
        self._order += 1
        appointment = _Appointment(callback, args, copy_context() if context is None else context, when)
        heapq.heappush(self._later, (when, self._order, appointment))  # compared by these numbers, quickly
        return appointment

    def create_future(self) -> asyncio.Future[Any]:
        return _NumberedFuture(loop=self)

    def run_in_executor(self, executor: object, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]  # no executor is used
        """Work that would go to a thread is done here and now: a thread would decide the order of things by itself."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:
            future.set_exception(error)
        return future

    def _run_once(self) -> None:
        if not self._due:
            self._move_on()
        due, self._due = self._due, deque()
        for appointment in due:
            if appointment.is_cancelled:
                continue
            node = appointment.context.get(NODE)
            if node is not None:
                if not node.alive:
                    continue  # nothing of the dead ever happens
                if node.frozen is not None:
                    node.frozen.append(partial(self._again, appointment))
                    continue
            try:
                appointment.context.run(appointment.callback, *appointment.args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self.call_exception_handler({"message": "a callback failed", "exception": error})

    def _again(self, appointment: _Appointment) -> None:
        self._due.append(appointment)

    def _move_on(self) -> None:
        later = self._later
        while later and later[0][2].is_cancelled:
            heapq.heappop(later)
        if not later:
            waiting = sorted(t.get_name() for t in asyncio.all_tasks(self))
            raise SimulationStuck(f"Nothing will ever happen again. Waiting: {', '.join(waiting) or 'nobody'}.")
        self._virtual_s = max(self._virtual_s, later[0][0])
        while later and later[0][0] <= self._virtual_s:
            self._due.append(heapq.heappop(later)[2])

    async def shutdown_asyncgens(self) -> None:
        """Those of killed machines are not to be finished."""

    def _process_events(self, event_list: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""


def _task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], context: Context | None = None
) -> asyncio.Task[Any]:
    task = _NumberedTask(work, loop=loop, context=context)
    node = NODE.get() if context is None else context.get(NODE)
    if node is not None:
        node.keep(task)
    return task


def _next_number(loop: asyncio.AbstractEventLoop) -> int:
    assert isinstance(loop, VirtualLoop)
    loop.numbered += 1
    return loop.numbered


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time, on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
