"""The folder of the slots: builds by their hash, and two small files, each with one writer."""

from collections.abc import Collection
from pathlib import Path

from matinee.delivery.edge.model.slots import Slots, Wanted, fresh
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.wire.encoding import from_json, to_json

_log = logger("slots")


class SlotFolder:
    def __init__(self, folder: Path, files: Files) -> None:
        self.folder = folder
        self.files = files
        self._slots, self._wanted, self._alive = folder / "slots.json", folder / "wanted.json", folder / "alive.json"

    @property
    def unpacked(self) -> Path:
        """Emptied and filled again at each start."""
        return self.folder / "running"

    def build(self, sha256: str) -> Path:
        return self.folder / "builds" / f"{sha256}.zip"

    async def slots(self, installed: str) -> Slots:
        """What cannot be read is as nothing: then what is installed runs, which is always good."""
        try:
            return from_json(await self.files.read(self._slots), Slots, what="slots.json")
        except FileNotFoundError:
            return fresh(installed)
        except (InvalidInput, OSError) as error:
            _log.error("the slots cannot be read, so what is installed runs", reason=str(error))
            return fresh(installed)

    async def keep(self, slots: Slots) -> None:
        await self.files.write(self._slots, to_json(slots), mode=0o600)

    async def wanted(self) -> Wanted | None:
        try:
            return from_json(await self.files.read(self._wanted), Wanted, what="wanted.json")
        except (InvalidInput, OSError):
            return None  # steering orders it again

    async def want(self, wanted: Wanted) -> None:
        await self.files.write(self._wanted, to_json(wanted), mode=0o600)

    async def wanted_mark(self) -> object:
        """Differs after each change of what is wanted."""
        try:
            return await self.files.state(self._wanted)
        except OSError:
            return None  # films are served though this disk has gone bad

    async def say_alive(self, life: str) -> None:
        await self.files.write(self._alive, life.encode(), mode=0o600)

    async def is_alive(self, life: str) -> bool:
        try:
            return await self.files.read(self._alive) == life.encode()
        except OSError:
            return False

    async def forget_builds(self, kept: Collection[str]) -> None:
        for file in await self.files.below(self.folder / "builds"):
            if file.stem not in kept:
                await self.files.remove(file)
