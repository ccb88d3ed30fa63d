"""A tale: all that decides what happens in a world, as data. The same tale is the same history, wherever it is told.

It is what is kept of a seed that failed: misfortunes and all, so that it means the same when seeds no longer do.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from matinee.kernel.clock import SystemClock
from matinee.sim.desk import Errand
from matinee.sim.ledger import PromiseBroken
from matinee.sim.loop import SimulationStuck
from matinee.sim.nature import Misfortune, Temper
from matinee.sim.world import NeverHappened, World


@dataclass(frozen=True, slots=True)
class Tale:
    seed: str
    viewers: int = 20
    films: int = 2
    seconds: float = 300.0
    befall: tuple[Misfortune, ...] | None = None
    """What goes wrong; None: what the seed has in store."""
    errands: tuple[Errand, ...] | None = None
    """What the operator does; None: what the seed has in store."""
    why: str = ""
    """What it found, for whoever meets it among those that are kept."""

    def calm(self) -> "Tale":
        return replace(self, befall=())


@dataclass(frozen=True, slots=True)
class Told:
    """How a tale went."""

    tale: Tale
    """With its misfortunes, whoever drew them."""
    broken: str | None = None
    """The promise that was broken; None where all were kept and everything moved again."""
    broken_after_s: float | None = None
    """Of the time that was lived. None also where it broke earlier or later than that."""
    history: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    simulated_s: float = 0.0
    """From the first machine's beginning until everything moved again."""
    healed_s: float = 0.0
    """Of these, after the last fault had ended."""
    lived_wall_s: float = 0.0
    lived_cpu_s: float = 0.0
    """What it took to live through the tale's own seconds."""


async def tell(tale: Tale, folder: Path) -> Told:
    """On a virtual loop of its own. `folder` is for the time it takes."""
    world = World(tale.seed, folder, viewers=tale.viewers, films=tale.films)
    teller = _Teller(tale, world)
    try:
        await teller.tell()
    except (AssertionError, NeverHappened, PromiseBroken, SimulationStuck) as error:
        teller.told = replace(teller.told, broken=str(error).partition("\n")[0], broken_after_s=teller.lived_s())
    finally:
        world.end()
    return replace(
        teller.told,
        history=world.digest(),
        counts=dict(sorted(world.ledger.counts.items())),
        simulated_s=asyncio.get_running_loop().time(),
    )


class _Teller:
    def __init__(self, tale: Tale, world: World) -> None:
        self.told = Told(tale)
        self._world = world
        self._lives_since: float | None = None

    def lived_s(self) -> float | None:
        if self._lives_since is None:
            return None
        lived = self._world.now_s() - self._lives_since
        return lived if lived <= self.told.tale.seconds else None

    async def tell(self) -> None:
        tale, world = self.told.tale, self._world
        await world.open()
        befall = world.misfortunes(tale.seconds, Temper()) if tale.befall is None else tale.befall
        errands = world.errands(tale.seconds) if tale.errands is None else tale.errands
        self.told = replace(self.told, tale=replace(tale, befall=befall, errands=errands))
        await world.staff([errand for errand in errands if errand.at_s < tale.seconds])
        self._lives_since = world.now_s()
        wall, cpu_s = SystemClock(), _cpu_s()
        began = wall.monotonic()
        await world.rage(tale.seconds, Temper(), befall)
        self.told = replace(self.told, lived_wall_s=wall.monotonic() - began, lived_cpu_s=_cpu_s() - cpu_s)
        healing = world.now_s()
        await world.heal()
        self.told = replace(self.told, healed_s=world.now_s() - healing)
        await world.empty()


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system


def same_finding(one: str | None, other: str | None) -> bool:
    """Whether two tales break the same promise: their sentences differ in nothing but names and numbers."""
    return one is not None and other is not None and _shape(one) == _shape(other)


def _shape(sentence: str) -> Sequence[str]:
    return [word for word in sentence.split() if not any(letter.isdigit() for letter in word)]
