"""An appliance with a window among others: nothing outside it, what was begun is kept, and it goes on where it was."""

from datetime import time
from pathlib import Path

from matinee.delivery.edge.api import FillWindow
from matinee.kernel.quantities import minutes
from matinee.sim.machines import ApplianceMachine
from matinee.sim.world import World
from matinee.wire.releases import RELEASE_FILE
from tests.sim.worlds import in_world

# A world begins at 18:00 UTC.
FIRST = FillWindow("UTC", time(18, 5), minutes(2), bytes_per_second_max=800, bytes_per_night_max=1 << 40)
SECOND = FillWindow("UTC", time(18, 9), minutes(2), bytes_per_second_max=1 << 40, bytes_per_night_max=1 << 40)


def _fetched(world: World) -> dict[str, int]:
    """Media on the appliance's disk, whole releases or not."""
    disk = world.appliances[0].disk
    return {str(p): len(disk.get(p) or b"") for p in disk.under(Path("/edge")) if p.suffix in (".m4s", ".mp4")}


def _held(machine: ApplianceMachine) -> set[str]:
    return {path.parent.name for path in machine.disk.under(Path("/edge/releases")) if path.name == RELEASE_FILE}


def _windowed(world: World) -> None:
    world.appliances[0].window = FIRST


def test_it_fetches_in_its_window_and_goes_on_in_the_next(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        with_window, without = world.appliances
        await world.live(5 * 60 - 5 - world.now_s())
        assert _held(without)
        assert not _fetched(world), "the window is not open yet"
        await world.live(2 * 60 + 15)
        first = _fetched(world)
        assert 0 < sum(first.values()) <= FIRST.bytes_per_second_max * 120 + max(first.values())
        assert _held(with_window) < _held(without)
        await world.live(60)
        assert _fetched(world) == first, "the window is closed"
        with_window.kill()
        with_window.window = SECOND
        with_window.begin()
        await world.live(2 * 60)
        assert _held(with_window) == _held(without)

    in_world("windows", tmp_path, story, viewers=1, prepare=_windowed)
