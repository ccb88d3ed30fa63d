"""The origin: the same server over the studio's own store. It fills nothing and deletes nothing."""

from functools import partial

from matinee.delivery.edge.api import Control, EdgeStatus, OriginSettings
from matinee.delivery.edge.service.holdings import Holdings
from matinee.delivery.edge.service.serving import Serving
from matinee.delivery.edge.service.state import with_stone
from matinee.engines.media_server.port import MediaServer
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.wire.purge import Tombstones


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
        self._holdings = Holdings(settings.releases, files)
        self._serving = Serving(settings.serving, settings.releases, server, files, clock, chance)

    async def start(self) -> None:
        await self._holdings.look()
        await self._serving.load()
        await self._serving.start()

    async def run(self) -> None:
        await self.start()
        try:
            looked_at = self._clock.monotonic()
            while True:
                if self._clock.monotonic() - looked_at >= self._settings.look_every.total_seconds():
                    await self._holdings.look()
                    looked_at = self._clock.monotonic()
                instructions = await self._serving.consult(self._control, "origin", self._holdings)
                if instructions is not None:
                    await self._refuse(instructions.tombstones)
                await self._clock.sleep(self._settings.serving.report_every)
        finally:
            await self._serving.stop()

    def status(self) -> EdgeStatus:
        return EdgeStatus(
            appliance_id=self._settings.serving.appliance_id,
            port=self._serving.port,
            releases=self._holdings.ids(),
            filling=(),
            bytes_held=self._holdings.bytes_held(),
            control_reached=self._serving.control_reached,
        )

    async def _refuse(self, tombstones: Tombstones) -> None:
        """An origin stops serving what is purged; the files are the studio's to delete."""
        for stone in tombstones.stones:
            if stone.sequence <= self._serving.state.tombstone_sequence:
                continue
            if stone.path is None:
                self._serving.deny(stone.release_id)
            await self._serving.change(partial(with_stone, stone=stone))
