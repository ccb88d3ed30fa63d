"""Door 4 simulated: a machine's disk in memory, which takes time, fills up, and is torn where its machine was killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from matinee.kernel.chance import Chance
from matinee.kernel.files import DiskFull
from matinee.sim.weather import Weather


class MemoryDisk:
    """What survives its machine: the bytes that had reached the disk."""

    def __init__(self, capacity_bytes: int = 1 << 34) -> None:
        self.capacity_bytes = capacity_bytes
        # By the path's text: to compare and to make paths would be most of a world's work.
        self._held: dict[str, tuple[Path, bytes]] = {}
        self.bytes_held = 0

    def get(self, path: Path) -> bytes | None:
        found = self._held.get(str(path))
        return None if found is None else found[1]

    def put(self, path: Path, data: bytes) -> None:
        self.bytes_held += len(data) - len(self.get(path) or b"")
        self._held[str(path)] = (path, data)

    def take(self, path: Path) -> bytes:
        _, data = self._held.pop(str(path))
        self.bytes_held -= len(data)
        return data

    def under(self, folder: Path) -> list[Path]:
        beginning = f"{folder}/"
        return [self._held[name][0] for name in sorted(name for name in self._held if name.startswith(beginning))]


class SimFiles:
    def __init__(self, disk: MemoryDisk, weather: Weather, name: str, chance: Chance) -> None:
        self._disk = disk
        self._weather = weather
        self._name = name
        self._chance = chance

    async def read(self, path: Path, *, offset: int = 0, length: int | None = None) -> bytes:
        data = self._found(path)
        return data[offset:] if length is None else data[offset : offset + length]

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        self._refuse_full(path, len(data))
        await self._settle()
        self._disk.put(path, bytes(data))

    async def append(self, path: Path, data: bytes, *, at: int) -> int:
        before = self._disk.get(path) or b""
        if at > len(before):
            raise ValueError(f"appending to {path.name} at {at} would leave a hole before it")
        self._refuse_full(path, len(data))
        # A kill while the disk is busy leaves some of it: what was not acknowledged may be there in part.
        torn = int(self._chance.uniform() * len(data))
        self._disk.put(path, before[:at] + data[:torn] + before[at + torn :])
        await self._settle()
        self._disk.put(path, before[:at] + data + before[at + len(data) :])
        return at + len(data)

    async def size(self, path: Path) -> int | None:
        data = self._disk.get(path)
        return None if data is None else len(data)

    async def exists(self, path: Path) -> bool:
        return self._disk.get(path) is not None or bool(self._disk.under(path))

    async def mode(self, path: Path) -> int:
        self._found(path)
        return 0o600

    async def make_folder(self, folder: Path) -> None:
        """Folders are where files are."""

    async def below(self, folder: Path) -> list[Path]:
        return self._disk.under(folder)

    async def move(self, source: Path, target: Path) -> None:
        await self._settle()
        moving = [source] if self._disk.get(source) is not None else self._disk.under(source)
        if not moving:
            raise FileNotFoundError(f"there is no {source}")
        for path in moving:
            self._disk.put(target / path.relative_to(source), self._disk.take(path))

    async def remove(self, path: Path) -> None:
        for each in [path] if self._disk.get(path) is not None else self._disk.under(path):
            self._disk.take(each)

    async def chunks(self, path: Path, *, size: int = 1 << 20) -> AsyncIterator[bytes]:
        data = self._found(path)
        for start in range(0, len(data), size):
            yield data[start : start + size]

    async def free_bytes(self, folder: Path) -> int:
        return 0 if self._weather.disk(self._name).full else self._disk.capacity_bytes - self._disk.bytes_held

    def _found(self, path: Path) -> bytes:
        data = self._disk.get(path)
        if data is None:
            raise FileNotFoundError(f"there is no {path}")
        return data

    async def _settle(self) -> None:
        disk = self._weather.disk(self._name)
        await asyncio.sleep(disk.write_s * disk.slow * (0.5 + self._chance.uniform()))

    def _refuse_full(self, path: Path, needed: int) -> None:
        full = self._weather.disk(self._name).full
        if full or self._disk.bytes_held + needed > self._disk.capacity_bytes:
            raise DiskFull(f"The disk that holds {path.parent} is full. Free some space and try again.")
