"""What is put by of a title's last version, so that its next one encodes only what has changed.

A folder for each title and profile: the plan, its frames by their fingerprints, and the finished chunks, named by what
they show and how they were made. It is a cache: whatever is missing is made again, and the titles that were made longest
ago make room. Deleting a title deletes its folders.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import Files
from matinee.studio.encoding.api import LadderPlan
from matinee.wire.encoding import from_json, to_json

_PLAN, _PRINTS = "plan.json", "prints"


@dataclass(frozen=True, slots=True)
class Former:
    """The version that was made last."""

    recipe: int
    """Of its chunks' encodes."""
    turn: int
    """Higher than that of all that were put by before it."""
    plan: LadderPlan


class Keeping:
    def __init__(self, files: Files, *, folder: Path, bytes_max: int) -> None:
        self._files = files
        self._folder = folder
        self._bytes_max = bytes_max

    async def former(self, name: str) -> tuple[Former, bytes] | None:
        """With the fingerprints of its frames. None also where an older Matinee wrote it, or it makes room just now."""
        found = await self._former(self._folder / name)
        with suppress(FileNotFoundError):
            return None if found is None else (found, await self._files.read(self._folder / name / _PRINTS))
        return None

    def chunk(self, name: str, recipe: str) -> Path:
        return self._folder / name / recipe

    async def keep(self, recipe: int, plan: LadderPlan, prints: bytes, chunks: Mapping[str, Path]) -> None:
        """These and no others; `chunks` says where each lies. Doing it again changes nothing."""
        folder = self._folder / plan.kept_as
        every = await self._every()
        turn = max((former.turn for name, former in every.items() if name != plan.kept_as), default=0) + 1
        await self._files.write(folder / _PRINTS, prints)
        await self._files.write(folder / _PLAN, to_json(Former(recipe, turn, plan)))
        for name, path in chunks.items():
            if path != folder / name and await self._files.size(path) is not None:
                await self._files.move(path, folder / name)
        for path in await self._files.below(folder):
            if path.name not in (*chunks, _PRINTS, _PLAN):
                await self._files.remove(path)
        await self._make_room(sorted({*every, plan.kept_as}, key=lambda name: _turn(every, name, plan.kept_as)))

    async def forget(self, names: Sequence[str]) -> None:
        for name in names:
            await self._files.remove(self._folder / name)

    async def _make_room(self, names: Sequence[str]) -> None:
        """`names` has the oldest first. The newest goes too, where it alone is too large."""
        sizes = dict.fromkeys(names, 0)
        for path in await self._files.below(self._folder):
            name = path.relative_to(self._folder).parts[0]
            sizes[name] = sizes.get(name, 0) + (await self._files.size(path) or 0)
        total = sum(sizes.values())
        for name in names:
            if total <= self._bytes_max:
                return
            await self._files.remove(self._folder / name)
            total -= sizes[name]

    async def _every(self) -> dict[str, Former]:
        folders = {path.parent for path in await self._files.below(self._folder) if path.name == _PLAN}
        found = {folder.name: await self._former(folder) for folder in sorted(folders)}
        return {name: former for name, former in found.items() if former is not None}

    async def _former(self, folder: Path) -> Former | None:
        try:
            return from_json(await self._files.read(folder / _PLAN), Former)
        except (FileNotFoundError, InvalidInput):
            return None


def _turn(every: Mapping[str, Former], name: str, newest: str) -> tuple[bool, int]:
    return name == newest, every[name].turn if name in every else 0
