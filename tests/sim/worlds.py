"""Growing worlds in tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from matinee.sim.loop import run
from matinee.sim.world import World

Prepare = Callable[[World], None]
"""What is done to a world before it begins."""


@asynccontextmanager
async def world(
    seed: str, folder: Path, *, viewers: int = 6, films: int = 1, prepare: Prepare | None = None
) -> AsyncIterator[World]:
    grown = World(seed, folder, viewers=viewers, films=films)
    if prepare is not None:
        prepare(grown)
    try:
        await grown.open()
        yield grown
    finally:
        grown.end()


def in_world(
    seed: str,
    folder: Path,
    story: Callable[[World], Awaitable[None]],
    *,
    viewers: int = 6,
    films: int = 1,
    prepare: Prepare | None = None,
) -> World:
    """Tell a story in a world of its own, in virtual time; the world as it was at the end."""

    async def told() -> World:
        async with world(seed, folder, viewers=viewers, films=films, prepare=prepare) as grown:
            await story(grown)
            return grown

    return run(told())


async def withdraw_thrice(world: World) -> None:
    """The one title goes and comes back, three times in six minutes."""
    (title,) = world.titles
    for _ in range(3):
        await world.live(60)
        await world.withdraw(title)
        await world.live(60)
        await world.show_again(title)
