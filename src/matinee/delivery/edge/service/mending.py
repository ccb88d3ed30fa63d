"""A single file that was thrown away because it was bad is fetched anew, by its hash, while the rest of its release is served.

Until it is there the release is not reported as held, so nobody new is sent here for it; who plays it gets the file from
the next edge of their list.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from matinee.delivery.edge.api import ApplianceSettings, FillFailed
from matinee.delivery.edge.model.contents import contents_of
from matinee.delivery.edge.model.queue import retry_delay_seconds
from matinee.delivery.edge.service.fill import ReleaseFill, is_right
from matinee.delivery.edge.service.serving import Serving
from matinee.delivery.edge.service.state import without_mended
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.kernel.network import Network
from matinee.kernel.quantities import seconds
from matinee.wire.fill import FillOrder
from matinee.wire.releases import RELEASE_FILE

_log = logger("edge")


class Mending:
    def __init__(
        self,
        settings: ApplianceSettings,
        releases: Path,
        serving: Serving,
        *,
        network: Network,
        files: Files,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._settings = settings
        self._releases = releases
        self._serving = serving
        self._network = network
        self._files = files
        self._clock = clock
        self._chance = chance

    async def run(self, orders: Callable[[], Sequence[FillOrder]], doubted: Callable[[], Collection[str]]) -> None:
        """`doubted` releases are read first: what lies in them is not known yet."""
        failures = 0
        while True:
            done, asked = 0, self._serving.state.mending
            for name in asked:
                done += name.split("/", 1)[0] not in doubted() and await self._mend(name, orders())
            failures = failures + 1 if asked and not done else 0
            pause = self._settings.serving.report_every.total_seconds()
            if failures:
                longest = self._settings.retry_longest.total_seconds()
                pause = retry_delay_seconds(failures, first=pause, longest=longest, chance=self._chance.uniform())
            await self._clock.sleep(seconds(pause))

    async def _mend(self, name: str, orders: Sequence[FillOrder]) -> bool:
        release_id, path = name.split("/", 1)
        order = next((each for each in orders if each.release_id == release_id), None)
        try:
            if not await self._is_whole(release_id, path, order):
                return False
            await self._serving.change(partial(without_mended, name=name))
        except (FillFailed, Unavailable, InvalidInput, OSError) as error:
            _log.warning("a file could not be fetched anew", release=release_id, file=path, reason=str(error))
            return False
        _log.info("mended", release=release_id, file=path)
        return True

    async def _is_whole(self, release_id: str, path: str, order: FillOrder | None) -> bool:
        """Also where there is nothing to mend: of a release that is not here a fill will bring all, or nothing."""
        folder = self._releases / release_id
        if not await self._files.exists(folder / RELEASE_FILE):
            return True
        contents = contents_of(await self._files.read(folder / RELEASE_FILE), release_id=release_id)
        file = next((each for each in contents if each.path == path), None)
        if file is None or await is_right(self._files, folder / path, file):
            return True
        if order is None:
            return False
        fill = ReleaseFill(self._settings, order, folder, network=self._network, files=self._files)
        data = await fill.fetch_file(file)
        name = f"{release_id}/{path}"
        if name not in self._serving.state.mending or name in self._serving.denied_files:
            return True  # meanwhile it was purged for good
        await self._files.write(folder / path, data)
        if name in self._serving.denied_files:  # perhaps while it was written
            await self._files.remove(folder / path)
        if not await self._files.exists(folder / RELEASE_FILE):
            await self._files.remove(folder)  # meanwhile all of it was taken away
        return True
