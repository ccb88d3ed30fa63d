"""Door 4 simulated: a machine's disk in memory, which takes time, fills up, and is torn where its machine was killed."""

import asyncio
import errno
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from matinee.kernel.chance import Chance
from matinee.kernel.files import DiskFull
from matinee.sim.weather import Weather

_SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class _Unsynced:
    """A change that processes see and that a machine without power may forget."""

    before: dict[Path, bytes | None]
    written: slice | None = None
    """Where in the one file sectors were written over, each by itself. None: a rename, which is whole or not at all."""


class MemoryDisk:
    """What survives its machine. A kill leaves what was written; without power only what was synced is certain."""

    def __init__(self, capacity_bytes: int = 1 << 34) -> None:
        self.capacity_bytes = capacity_bytes
        # By the path's text: to compare and to make paths would be most of a world's work.
        self._held: dict[str, tuple[Path, bytes]] = {}
        self._unsynced: dict[int, _Unsynced] = {}
        self._changes = 0
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

    def changing(self, *paths: Path, written: slice | None = None) -> int:
        """Remember what these are: until `synced`, they may be that again."""
        self._changes += 1
        self._unsynced[self._changes] = _Unsynced({path: self.get(path) for path in paths}, written)
        return self._changes

    def synced(self, change: int) -> None:
        self._unsynced.pop(change, None)

    def moved(self, names: Mapping[Path, Path]) -> None:
        """What is not synced of a file's bytes goes along with the file."""
        for number, change in self._unsynced.items():
            if change.written is not None:
                before = {names.get(path, path): data for path, data in change.before.items()}
                self._unsynced[number] = _Unsynced(before, change.written)

    def survive(self) -> None:
        """The process is gone and the machine runs: what was written is synced sooner or later."""
        self._unsynced.clear()

    def lose_power(self, chance: Chance) -> None:
        """What was not synced is there, is not, or is there in parts."""
        lasting: set[Path] = set()
        for change in reversed(list(self._unsynced.values())):
            draw = chance.uniform()
            if draw < 1 / 3:
                lasting |= change.before.keys()
                continue
            for path, before in change.before.items():
                after = self.get(path)
                if path in lasting:
                    continue
                if draw < 2 / 3 and change.written is not None and after is not None:
                    self.put(path, _torn(before or b"", after, change.written, chance))
                else:
                    self._restore(path, before)
        self._unsynced.clear()

    def rot(self, path: Path, chance: Chance) -> None:
        """A byte is not what it was."""
        data = bytearray(self.take(path))
        place = int(chance.uniform() * len(data))
        data[place] ^= 1 + int(chance.uniform() * 255)
        self.put(path, bytes(data))

    def _restore(self, path: Path, before: bytes | None) -> None:
        if before is not None:
            self.put(path, before)
        elif self.get(path) is not None:
            self.take(path)


def _torn(before: bytes, after: bytes, written: slice, chance: Chance) -> bytes:
    """Of the sectors written over, each is old, new, or neither. The file ends where the last new one ends."""
    kept = bytearray(after[: written.start])
    for start in range(written.start, written.stop, _SECTOR_BYTES):
        end = min(start + _SECTOR_BYTES, written.stop)
        sources = (before[start:end], after[start:end], chance.bytes(end - start))
        sector = sources[int(chance.uniform() * len(sources))]
        if len(kept) < start and sector:
            kept += bytes(start - len(kept))
        kept += sector
    return bytes(kept) + before[max(written.stop, len(kept)) :]


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
        """As the real disk does it: a file beside it, synced; then it takes the name; then the name is synced."""
        self._refuse_full(path, len(data))
        beside = path.with_name(f".{path.name[:40]}.{self._chance.bytes(4).hex()}")
        self._disk.put(beside, bytes(data[: int(self._chance.uniform() * len(data))]))
        await self._settle()
        change = self._disk.changing(path, beside)
        if self._disk.get(beside) is None:
            raise FileNotFoundError(f"{beside.parent} was removed while {path.name} was written")
        self._disk.take(beside)
        self._disk.put(path, bytes(data))
        await self._settle()
        self._disk.synced(change)

    async def append(self, path: Path, data: bytes, *, at: int) -> int:
        before = self._disk.get(path) or b""
        if at > len(before):
            raise ValueError(f"appending to {path.name} at {at} would leave a hole before it")
        self._refuse_full(path, len(data))
        change = self._disk.changing(path, written=slice(at, at + len(data)))
        # A kill while the disk is busy leaves some of it: what was not acknowledged may be there in part.
        torn = int(self._chance.uniform() * len(data))
        self._disk.put(path, before[:at] + data[:torn] + before[at + torn :])
        await self._settle()
        self._disk.put(path, before[:at] + data + before[at + len(data) :])
        await self._settle()
        self._disk.synced(change)
        return at + len(data)

    async def size(self, path: Path) -> int | None:
        data = self._disk.get(path)
        return None if data is None else len(data)

    async def state(self, path: Path) -> tuple[int, int] | None:
        data = self._disk.get(path)
        return None if data is None else (len(data), zlib.crc32(data))

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
        moving = [source] if self._disk.get(source) is not None else self._disk.under(source)
        if not moving:
            raise FileNotFoundError(f"there is no {source}")
        if self._disk.under(target):
            raise OSError(errno.ENOTEMPTY, f"there is something in {target}")
        moved = {path: target / path.relative_to(source) for path in moving}
        change = self._disk.changing(*moved, *moved.values())
        self._disk.moved(moved)
        for path, new in moved.items():
            self._disk.put(new, self._disk.take(path))
        await self._settle()
        self._disk.synced(change)

    async def remove(self, path: Path) -> None:
        removing = [path] if self._disk.get(path) is not None else self._disk.under(path)
        if not removing:
            return
        change = self._disk.changing(*removing)
        for each in removing:
            self._disk.take(each)
        await self._settle()
        self._disk.synced(change)

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
        await asyncio.sleep(disk.write_s / 2 * disk.slow * (0.5 + self._chance.uniform()))  # a write settles twice

    def _refuse_full(self, path: Path, needed: int) -> None:
        full = self._weather.disk(self._name).full
        if full or self._disk.bytes_held + needed > self._disk.capacity_bytes:
            raise DiskFull(f"The disk that holds {path.parent} is full. Free some space and try again.")
