"""The origin: the same server over the studio's own store. It fills nothing and deletes nothing."""

import asyncio

from matinee.delivery.edge.api import Control, EdgeStatus, Instructions, OriginSettings
from matinee.delivery.edge.service.burial import Burial, watch_for_news
from matinee.delivery.edge.service.holdings import Holdings
from matinee.delivery.edge.service.serving import Serving
from matinee.engines.media_server.port import MediaServer
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import Files
from matinee.kernel.log import logger

_log = logger("edge")


class EdgeOrigin:
    def __init__(
        self,
        settings: OriginSettings,
        *,
        server: MediaServer,
        control: Control,
        files: Files,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._settings = settings
        self._control = control
        self._clock = clock
        self._chance = chance
        self._holdings = Holdings(settings.releases, files)
        self._serving = Serving(settings.serving, settings.releases, server, files, clock, chance)
        self._burial = Burial(self._serving)

    async def start(self) -> None:
        await self._holdings.look()
        await self._serving.load()
        await self._serving.start()

    async def run(self) -> None:
        await self.start()
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._report_always())
                loops.create_task(self._burial.run())
                loops.create_task(self._serving.telling.run(self._control))
                loops.create_task(watch_for_news(self._control, self._burial, self._serving, self._clock, self._chance))
        finally:
            await self._serving.end(self._control)

    def status(self) -> EdgeStatus:
        return EdgeStatus(
            appliance_id=self._settings.serving.appliance_id,
            port=self._serving.port,
            releases=self._holdings.ids(),
            filling=(),
            bytes_held=self._holdings.bytes_held(),
            control_reached=self._serving.control_reached,
        )

    async def _report_always(self) -> None:
        looked_at = self._clock.monotonic()
        while True:
            if self._clock.monotonic() - looked_at >= self._settings.look_every.total_seconds():
                await self._holdings.look()
                looked_at = self._clock.monotonic()
            instructions = await self._serving.consult(self._control, "origin", self._holdings)
            if instructions is not None:
                await self._obey(instructions)
            await self._clock.sleep(self._settings.serving.report_every)

    async def _obey(self, instructions: Instructions) -> None:
        """An origin stops serving what is purged; the files are the studio's to delete."""
        try:
            await self._burial.order(instructions.tombstones, instructions.purge_key)
        except (Unavailable, OSError) as error:  # what is not acknowledged comes again
            _log.warning("a purge could not be noted", reason=str(error))
