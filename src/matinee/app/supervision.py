"""Work in the background and processes beside us, kept going: what fails is logged and started again, and the house says
what keeps failing."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from matinee.app.companions import Companion
from matinee.kernel.clock import Clock
from matinee.kernel.log import logger
from matinee.kernel.processes import Child, Processes
from matinee.kernel.quantities import seconds

_log = logger("supervision")
_PAUSE_MIN_S, _PAUSE_MAX_S = 0.5, 30.0
_TRUSTED_AFTER_S = 60.0
"""Work that ran this long has recovered, whatever was before."""
_RESTART_MIN, _RESTART_MAX = seconds(0.2), seconds(10)
_YOUNG = seconds(5)
"""Who lived longer did not die of how it was started, and is started again at once."""
_FAILURES_BORNE = 2
"""A stumble is not worth a restart by whoever watches `/readyz`; the third in a row is."""


@dataclass(slots=True)
class _State:
    is_needed: bool
    failures: int = 0
    """In a row."""
    began: float = 0.0


class Supervisor:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._tasks: list[asyncio.Task[NoReturn]] = []

    def keep(self, name: str, work: Callable[[], Awaitable[object]], *, is_needed: bool = True) -> None:
        """Run `work` until `close`, again and again. Without what is not needed the house is ready all the same."""
        state = self._states[name] = _State(is_needed, began=self._clock.monotonic())
        self._tasks.append(asyncio.create_task(self._keep(name, work, state), name=name))

    def failing(self) -> tuple[str, ...]:
        """What is needed and keeps failing, by name."""
        return tuple(
            name
            for name, state in self._states.items()
            if state.is_needed and state.failures > _FAILURES_BORNE and not self._has_recovered(state)
        )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._states = [], {}

    async def _keep(self, name: str, work: Callable[[], Awaitable[object]], state: _State) -> NoReturn:
        while True:
            state.began = self._clock.monotonic()
            try:
                await work()
                _log.error("background work ended by itself", work=name)
            except Exception as error:
                _log.error(
                    "background work failed", work=name, error=f"{type(error).__name__}: {error}", exc_info=error
                )
            state.failures = 1 if self._has_recovered(state) else state.failures + 1
            await self._clock.sleep(seconds(min(_PAUSE_MAX_S, _PAUSE_MIN_S * 2 ** min(state.failures - 1, 16))))

    def _has_recovered(self, state: _State) -> bool:
        return self._clock.monotonic() - state.began > _TRUSTED_AFTER_S


async def keep_running(
    companion: Companion,
    processes: Processes,
    clock: Clock,
    *,
    begun: Child | None = None,
    mourn: Callable[[int], Awaitable[None]] | None = None,
) -> None:
    """Until canceled. A companion that dies is started again, a little later each time it dies young. One that
    cannot be started at all is the caller's to see: the error passes through.

    `begun` is its first life, where somebody has started that already. `mourn` is told the process that ended, before
    the next one starts.
    """
    pause, lives = _RESTART_MIN, 0
    while True:
        began = clock.monotonic()
        child, begun = begun or await processes.spawn(companion.command), None
        try:
            code = await child.wait()
        except BaseException:
            await child.stop(companion.grace)
            raise
        lives += 1
        _log.warning("ended, and is started again", name=companion.name, pid=child.pid, how=_how(code), times=lives)
        if mourn is not None:
            await mourn(child.pid)
        young = clock.monotonic() - began < _YOUNG.total_seconds()
        pause = min(pause * 2, _RESTART_MAX) if young else _RESTART_MIN
        await clock.sleep(pause)


def _how(code: int) -> str:
    """A program's end as a person would say it."""
    if code >= 0:
        return f"status {code}"
    known = {each.value: each.name for each in signal.Signals}
    return f"killed by {known.get(-code, f'signal {-code}')}"
