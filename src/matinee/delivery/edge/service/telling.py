"""What an edge sent, gathered from its server every few seconds, kept in the book and told to steering.

Its own loop: an account that nobody takes delays neither a report nor a byte.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from matinee.delivery.edge.api import AccountRefused, Control, ServingSettings
from matinee.delivery.edge.model.book import Book, released
from matinee.delivery.edge.model.playing import Playing
from matinee.engines.media_server.port import MediaServer, Sent
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, seconds

_log = logger("edge")
_LAST_WORD_MAX, _ANSWERS_WITHIN = seconds(1), seconds(0.1)
_SPREAD = 0.1
"""Of a minute, by chance: appliances that were started together do not tell together for ever."""


class Telling:
    def __init__(
        self, settings: ServingSettings, boot_id: str, server: MediaServer, clock: Clock, chance: Chance
    ) -> None:
        self._settings = settings
        self._server = server
        self._clock = clock
        self._chance = chance
        self._book = Book(settings.appliance_id, boot_id, settings.build)
        self._playing = Playing(settings.playing_for.total_seconds())
        self._began = clock.monotonic()
        self._is_heard = True
        self._others: list[Callable[[Sequence[Sent]], None]] = []

    def tell_also(self, other: Callable[[Sequence[Sent]], None]) -> None:
        """Who else is to know what was sent."""
        self._others.append(other)

    def gather(self) -> None:
        sent = self._server.sent()
        self._playing.note(released(sent), at=self._clock.monotonic())
        self._book.enter(sent, at=self._clock.now())
        for other in self._others:
            other(sent)

    def playing(self) -> tuple[str, ...]:
        """The releases that somebody plays from here, the latest asked for first."""
        return self._playing.now(at=self._clock.monotonic())

    def starvation(self) -> tuple[int, int]:
        """Minutes of sessions since this life began, and how often players had run dry in them."""
        return self._book.session_minutes, self._book.starved

    async def look(self, answers_within: Span) -> None:
        """Gather what was sent until now, also of a server that is asked and answers by and by."""
        self.gather()
        await self._clock.sleep(answers_within)
        self.gather()

    @property
    def knows_who_plays(self) -> bool:
        """Whoever played when this edge began has asked again since, or plays no more."""
        return self._clock.monotonic() - self._began >= self._settings.playing_for.total_seconds()

    async def run(self, control: Control) -> None:
        closes_at = self._clock.monotonic() + self._settings.first_account_after.total_seconds()
        while True:
            try:
                self.gather()
            except OSError as error:  # a server's log on a disk that has gone bad, say: what is there is told by and by
                _log.warning("what was sent could not be gathered", reason=str(error))
            now = self._clock.monotonic()
            if now >= closes_at or self._book.is_full or self._book.is_due:
                self._book.close(at=self._clock.now())
            if now >= closes_at and self._book.on_its_way is not None:  # after a silence the first word is told at once
                closes_at = now + self._settings.account_every.total_seconds() * self._some()
            await self._tell(control)
            await self._clock.sleep(self._settings.gather_every)

    async def last_word(self, control: Control) -> None:
        """An orderly end waits a moment for steering to hear of the last minute."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LAST_WORD_MAX.total_seconds()):
                await self._tell(control)
                await self.look(_ANSWERS_WITHIN)
                self._book.close(at=self._clock.now())
                await self._tell(control)

    async def _tell(self, control: Control) -> None:
        """One account after the other, until nothing is due."""
        try:
            while (account := self._book.on_its_way) is not None:
                known = await control.account(account)
                self._book.acknowledge(known.number, at=self._clock.now())
                if self._book.on_its_way is None and self._book.is_due:
                    self._book.close(at=self._clock.now())
                elif self._book.on_its_way is not None:
                    break
            self._is_heard = True
        except (Unavailable, InvalidInput, ValueError, OSError) as error:
            if isinstance(error, AccountRefused):  # any other answer may be of somebody before steering
                self._book.take_back()
            if self._is_heard:
                _log.warning("what was sent could not be told", reason=str(error))
            self._is_heard = False

    def _some(self) -> float:
        return 1 - _SPREAD + 2 * _SPREAD * self._chance.uniform()
