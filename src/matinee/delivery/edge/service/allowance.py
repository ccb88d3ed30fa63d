"""What an appliance may fetch now: within its window, at its rate, so much a night. It keeps to that whatever is ordered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from matinee.delivery.edge.api import FillWindow
from matinee.delivery.edge.model.windows import Night, night_at
from matinee.delivery.edge.service.state import EdgeState
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import seconds

_WRITTEN_EVERY = 64 << 20
"""Bytes after which what was fetched tonight is written down: so much a crash may forget."""


class Notebook(Protocol):
    """The edge's own state, kept."""

    @property
    def state(self) -> EdgeState: ...

    async def change(self, how: Callable[[EdgeState], EdgeState]) -> None: ...


class NightOver(Exception):
    """Nothing more may be fetched before the next window; what was begun goes on then."""


class Allowance:
    def __init__(self, window: FillWindow | None, notebook: Notebook, clock: Clock) -> None:
        self._window = window
        self._notebook = notebook
        self._clock = clock
        self._fetched = 0
        """In the night it is, with what is not written down yet."""
        self._night: Night | None = None
        self._over: date | None = None
        """The night in which something did not fit any more: smaller files must not slip in before it for ever."""
        self._free_at = 0.0

    def is_open(self) -> bool:
        """Whether anything may be fetched now."""
        if self._window is None:
            return True
        night = self._tonight(self._window)
        return night is not None and night.date != self._over

    async def take(self, size: int) -> None:
        """Wait until a file of this size may be fetched. Raises `NightOver` where that is not tonight.

        A file that alone is more than a night allows is the first of its night, or it would never come.
        """
        if self._window is None:
            return
        window = self._window
        now_s = self._clock.monotonic()
        waits_s = max(0.0, self._free_at - now_s)
        night = self._tonight(window)
        if night is None:
            raise NightOver
        is_too_much = self._fetched > 0 and self._fetched + size > window.bytes_per_night_max
        if is_too_much or self._clock.now() + seconds(waits_s) >= night.closes:
            self._over = night.date
            raise NightOver
        self._free_at = now_s + waits_s + size / window.bytes_per_second_max
        before, self._fetched = self._fetched, self._fetched + size
        if before // _WRITTEN_EVERY != self._fetched // _WRITTEN_EVERY:
            await self.note()
        if waits_s > 0:
            await self._clock.sleep(seconds(waits_s))

    async def note(self) -> None:
        """Write down what was fetched tonight: another start is not another night."""
        night, fetched = self._night, self._fetched
        if night is not None and self._notebook.state.night != (named := (night.date.isoformat(), fetched)):
            await self._notebook.change(lambda state: _with_night(state, named))

    def _tonight(self, window: FillWindow) -> Night | None:
        night = night_at(window, self._clock.now())
        if night is not None and (self._night is None or night.date != self._night.date):
            name, fetched = self._notebook.state.night
            self._night = night
            self._fetched = fetched if name == night.date.isoformat() else 0
        return night


def _with_night(state: EdgeState, night: tuple[str, int]) -> EdgeState:
    return replace(state, night=night)
