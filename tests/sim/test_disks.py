"""What a simulated disk promises, and what it does not: the promises of the Files door, and nothing beyond them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from matinee.kernel.chance import SeededChance
from matinee.sim.files import MemoryDisk, SimFiles
from matinee.sim.loop import run
from matinee.sim.nodes import Node
from matinee.sim.weather import Weather

OLD, NEW = b"o" * 3000, b"n" * 5000
FILE, OTHER = Path("/disk/folder/file"), Path("/disk/folder/other")
HISTORIES = 120
"""Each with its moment of the cut, and with its own luck."""


def _after_a_power_cut(work: Callable[[SimFiles], Awaitable[object]]) -> list[tuple[bool, MemoryDisk]]:
    """Disks as they are found, and whether the work was acknowledged; the power goes ever later."""

    async def one(number: int) -> tuple[bool, MemoryDisk]:
        disk, done = MemoryDisk(), []
        files = SimFiles(disk, Weather(), "a machine", SeededChance(f"disk {number}"))
        await files.write(FILE, OLD)

        async def life() -> None:
            done.append(await work(files))

        node = Node("a machine")
        node.begin(life())
        await asyncio.sleep(number * 0.000_01)
        node.kill()
        disk.lose_power(SeededChance(f"cut {number}"))
        return bool(done), disk

    async def all_() -> list[tuple[bool, MemoryDisk]]:
        return [await one(number) for number in range(HISTORIES)]

    found = run(all_())
    assert {acknowledged for acknowledged, _ in found} == {True, False}
    return found


def test_a_file_that_was_written_is_whole_and_one_that_was_not_acknowledged_is_old_or_new() -> None:
    found = _after_a_power_cut(lambda files: files.write(FILE, NEW))
    assert all(disk.get(FILE) == NEW for acknowledged, disk in found if acknowledged)
    assert {disk.get(FILE) for acknowledged, disk in found if not acknowledged} == {OLD, NEW}


def test_a_write_that_was_cut_off_leaves_a_piece_beside_the_file() -> None:
    found = _after_a_power_cut(lambda files: files.write(FILE, NEW))
    pieces = [disk.get(path) or b"" for _, disk in found for path in disk.under(FILE.parent) if path != FILE]
    assert pieces
    assert all(NEW.startswith(piece) for piece in pieces)


def test_what_is_appended_is_there_when_it_was_acknowledged_and_else_perhaps_torn() -> None:
    found = _after_a_power_cut(lambda files: files.append(FILE, NEW, at=2000))
    assert all(disk.get(FILE) == OLD[:2000] + NEW for acknowledged, disk in found if acknowledged)
    torn = {disk.get(FILE) or b"" for acknowledged, disk in found if not acknowledged} - {OLD, OLD[:2000] + NEW}
    assert len(torn) > 10
    assert all(data[:2000] == OLD[:2000] for data in torn), "what had been synced before was torn, too"
    assert any(set(data) - set(OLD + NEW) for data in torn), "a sector that is neither old nor new"


def test_a_folder_moves_whole_or_not_at_all() -> None:
    async def moved(files: SimFiles) -> None:
        await files.write(OTHER, NEW)
        await files.move(FILE.parent, Path("/disk/elsewhere"))

    found = _after_a_power_cut(moved)
    for acknowledged, disk in found:
        there, here = disk.under(Path("/disk/elsewhere")), disk.under(FILE.parent)
        assert not (there and here)
        assert there or not acknowledged


def test_what_was_removed_stays_away_when_that_was_acknowledged() -> None:
    found = _after_a_power_cut(lambda files: files.remove(FILE))
    assert all(disk.get(FILE) is None for acknowledged, disk in found if acknowledged)
    assert {disk.get(FILE) for acknowledged, disk in found if not acknowledged} == {OLD, None}


def test_a_kill_alone_loses_nothing_that_was_written() -> None:
    async def killed() -> bytes | None:
        disk = MemoryDisk()
        files = SimFiles(disk, Weather(), "a machine", SeededChance("kill"))
        node = Node("a machine")
        node.begin(files.write(FILE, NEW))
        while disk.get(FILE) is None:
            await asyncio.sleep(0.000_01)
        node.kill()
        disk.survive()
        disk.lose_power(SeededChance("later"))
        return disk.get(FILE)

    assert run(killed()) == NEW


def test_rot_changes_one_byte() -> None:
    disk = MemoryDisk()
    disk.put(FILE, OLD)
    disk.rot(FILE, SeededChance("rot"))
    data = disk.get(FILE) or b""
    assert len(data) == len(OLD)
    assert sum(one != other for one, other in zip(data, OLD, strict=True)) == 1
