"""What a studio's work folder held: every chunk and every rung is kept by a link as it appears, for its work is tidied away."""

import asyncio
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from matinee.kernel.clock import Clock
from matinee.kernel.quantities import seconds

_LOOK_EVERY = seconds(0.05)


class Keeper:
    """`work` is looked at; links go to `kept`, on the same disk."""

    def __init__(self, work: Path, kept: Path, clock: Clock) -> None:
        self.finished: dict[str, list[int]] = {}
        """Of each chunk that was ever finished the files it was, by inode: more than one, and it was encoded again."""
        self._work = work
        self._kept = kept
        self._clock = clock
        self._rungs: dict[str, Path] = {}
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Keeper":
        self._kept.mkdir(parents=True)
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    def made_again(self) -> list[str]:
        return [name for name, inodes in self.finished.items() if len(inodes) > 1]

    def hashes(self) -> dict[str, str]:
        """Of chunks and rungs, by name: chunks are named by everything that shapes them."""
        paths = {name: self._kept / f"{inodes[-1]}" for name, inodes in self.finished.items()} | self._rungs
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}

    async def _watch(self) -> None:
        while True:
            for path in self._work.glob("encoding/chunks/[!.]*.mp4"):
                if (inode := self._keep(path)) is not None:
                    seen = self.finished.setdefault(path.name, [])
                    if inode not in seen:
                        seen.append(inode)
            for path in self._work.glob("releases/*/[!.]*.mp4"):
                if (inode := self._keep(path)) is not None:
                    self._rungs[f"{path.parent.name} {path.name}"] = self._kept / f"{inode}"
            await self._clock.sleep(_LOOK_EVERY)

    def _keep(self, path: Path) -> int | None:
        with suppress(FileNotFoundError):
            inode = path.stat().st_ino
            with suppress(FileExistsError):
                os.link(path, self._kept / f"{inode}")
            return inode
        return None


def same_bytes(one: Keeper, other: Keeper) -> bool:
    """Whether what both made is equal. Rungs go by their bytes alone: they lie in folders named by their release."""
    mine, theirs = one.hashes(), other.hashes()
    chunks = [name for name in theirs if " " not in name]
    rungs = {theirs[name] for name in theirs if " " in name}
    mine_rungs = {mine[name] for name in mine if " " in name}
    return bool(chunks and rungs) and all(mine.get(name) == theirs[name] for name in chunks) and rungs <= mine_rungs
