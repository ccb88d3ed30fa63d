"""A fleet's tale: all that decides what happens to it, as data. The same tale is the same history, wherever it is told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from matinee.sim.fleet.days import FleetDays
from matinee.sim.fleet.lots import FleetOrder, Lots, draw
from matinee.sim.fleet.world import FleetWorld
from matinee.sim.loop import SimulationStuck
from matinee.sim.nature import Misfortune

Grain = Literal["parts", "models"]
"""Real parts on a virtual loop; or steering's models on a coarser clock, with bytes as numbers."""


@dataclass(frozen=True, slots=True)
class FleetTale:
    seed: str
    grain: Grain = "parts"
    appliances: int = 50
    seconds: float = 3600.0
    viewers: int = 40
    """Of a fleet of parts; the models draw their own audience."""
    films: int = 10
    beat_s: float = 3.0
    """How often an appliance of parts reports. In the field each second; steering waits 3.5 s."""
    befall: tuple[Misfortune, ...] | None = None
    """What goes wrong; None: what the seed has in store."""
    orders: tuple[FleetOrder, ...] | None = None
    lots: Lots | None = None
    """Of a fleet of parts: who stands where, and all else; None: as the seed has it. Misfortunes and orders stand above it."""
    why: str = ""
    """What it found, for whoever meets it among those that are kept."""


@dataclass(frozen=True, slots=True)
class FleetTold:
    """How it went."""

    tale: FleetTale
    """With all that was drawn for it."""
    broken: str | None = None
    broken_after_s: float | None = None
    history: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    simulated_s: float = 0.0


async def tell_fleet(tale: FleetTale, folder: Path, say: Callable[[str], None] = lambda _: None) -> FleetTold:
    """On a virtual loop of its own. `folder` is for the time it takes; `say` hears how far it is."""
    if tale.grain == "models":
        return tell_days(tale, say)
    lots = _lots(tale)
    world = FleetWorld(tale.seed, lots, folder, beat_s=tale.beat_s)
    broken: str | None = None
    try:
        await world.live(tale.seconds, say)
    except (AssertionError, SimulationStuck) as error:
        broken = str(error)
    finally:
        world.end()
    now_s = asyncio.get_running_loop().time()
    return FleetTold(
        replace(tale, lots=lots, befall=None, orders=None),
        broken,
        None if broken is None else now_s,
        world.digest(),
        dict(sorted(world.ledger.counts.items())),
        now_s,
    )


def _lots(tale: FleetTale) -> Lots:
    lots = tale.lots or draw(
        tale.seed, appliances=tale.appliances, viewers=tale.viewers, films=tale.films, for_s=tale.seconds
    )
    return replace(
        lots,
        befall=lots.befall if tale.befall is None else tale.befall,
        orders=lots.orders if tale.orders is None else tale.orders,
    )


def tell_days(tale: FleetTale, say: Callable[[str], None]) -> FleetTold:
    days = FleetDays(
        tale.seed, appliances=tale.appliances, seconds=tale.seconds, befall=tale.befall, orders=tale.orders
    )
    broken = days.live(say)
    return FleetTold(
        replace(tale, befall=days.befall, orders=days.orders),
        broken,
        None if broken is None else days.now_s,
        days.digest(),
        dict(sorted(days.counts.items())),
        days.now_s,
    )
