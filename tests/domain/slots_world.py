"""Builds that are a few lines each, and a launcher that runs them as real programs."""

import asyncio
import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from matinee.delivery.edge.model.slots import Slot, Slots, Wanted
from matinee.delivery.edge.service import SlotFolder, SlotLauncher, TrialRules
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import Files, SystemFiles
from matinee.kernel.ids import Ids
from matinee.kernel.processes import SystemProcesses
from matinee.kernel.quantities import seconds

INSTALLED = "1.0"
QUICK = TrialRules(
    proves_within=seconds(20), deaths=3, grace=seconds(2), look_every=seconds(0.02), pause_first=seconds(0.01)
)
_PROGRAM = """
import os, pathlib, sys, time
words = sys.argv[1:]
folder, life = pathlib.Path(words[words.index("--in-slot") + 1]), words[words.index("--slot-life") + 1]
with open(folder / "starts.txt", "a") as file:
    file.write({name!r} + " " + str(os.getpid()) + "\\n")
{how}
sys.stdin.read()
"""
_ALIVE = """
(folder / "alive.new").write_text(life)
(folder / "alive.new").replace(folder / "alive.json")
"""
HOW = {
    "good": _ALIVE,
    "crashes": "sys.exit(3)",
    "silent": "",
    "dies when told": _ALIVE + "while not (folder / 'die').exists(): time.sleep(0.01)\nsys.exit(4)",
}


def program(name: str, how: str) -> str:
    return _PROGRAM.format(name=name, how=HOW[how])


def zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def build(name: str, how: str = "good") -> bytes:
    return zipped({"matinee/__init__.py": "", "matinee/__main__.py": program(name, how)})


class SlotWorld:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.slots = SlotFolder(root / "slots", SystemFiles())
        self.installed_at = root / "installed"
        (self.installed_at / "matinee").mkdir(parents=True, exist_ok=True)
        (root / "slots" / "builds").mkdir(parents=True, exist_ok=True)
        (self.installed_at / "matinee" / "__init__.py").touch()
        (self.installed_at / "matinee" / "__main__.py").write_text(program(INSTALLED, "good"))

    def launcher(self, *, files: Files | None = None, rules: TrialRules = QUICK) -> SlotLauncher:
        clock = SystemClock()
        return SlotLauncher(
            SlotFolder(self.slots.folder, files or SystemFiles()),
            ["appliance"],
            {**os.environ, "PYTHONPATH": str(self.installed_at), "PYTHONSAFEPATH": "1"},
            INSTALLED,
            processes=SystemProcesses(),
            clock=clock,
            ids=Ids(clock, SystemChance()),
            rules=rules,
        )

    async def order(self, number: int, data: bytes, name: str, *, on_disk: bytes | None = None) -> None:
        """What the agent leaves when an order to go came and its build is here. `on_disk`: what the disk made of it."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.slots.build(sha256).write_bytes(data if on_disk is None else on_disk)
        await self.slots.want(Wanted(number, Slot(name, sha256), is_here=True, go=True))

    async def until(self, holds: Callable[[Slots], bool]) -> Slots:
        async with asyncio.timeout(60):
            while not holds(found := await self.slots.slots(INSTALLED)):
                await asyncio.sleep(0.01)
        return found

    async def until_starts(self, *names: str) -> None:
        """Until these were started, in this order and no others."""
        async with asyncio.timeout(60):
            while self.starts() != [*names]:
                await asyncio.sleep(0.01)

    def starts(self) -> list[str]:
        """Which builds were started, in order."""
        return [line.split()[0] for line in self._lines()]

    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in self._lines()]

    def _lines(self) -> list[str]:
        file = self.slots.folder / "starts.txt"
        return file.read_text().splitlines() if file.exists() else []
