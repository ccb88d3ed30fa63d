"""What goes wrong in a world, and when: drawn from the seed, one thing after another, each for a while."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from matinee.kernel.chance import SeededChance
from matinee.sim.machines import Machine
from matinee.sim.weather import Weather

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Temper:
    """How unkind nature is."""

    every_s: float = 25.0
    """Between two misfortunes, on average."""
    lasts_s: float = 15.0
    kills: float = 0.4
    """The share of misfortunes that are kills."""


class Nature:
    def __init__(
        self, machines: list[Machine], viewers: int, weather: Weather, chance: SeededChance, temper: Temper
    ) -> None:
        self._machines = machines
        self._viewers = viewers
        self._weather = weather
        self._chance = chance
        self._temper = temper
        self.told: list[str] = []
        """What happened, for whoever reads a failing seed."""

    async def rage(self) -> None:
        """Until canceled."""
        while True:
            await asyncio.sleep(self._temper.every_s * 2 * self._chance.uniform())
            misfortune = self._kill if self._chance.uniform() < self._temper.kills else self._pick(self._faults())
            asyncio.get_running_loop().create_task(self._last(misfortune))

    async def _last(self, misfortune: Callable[[], Callable[[], None]]) -> None:
        mend = misfortune()
        await asyncio.sleep(self._temper.lasts_s * 2 * self._chance.uniform())
        mend()

    def _faults(self) -> list[Callable[[], Callable[[], None]]]:
        return [self._cut, self._slow_link, self._lossy_link, self._slow_disk, self._wrong_clock]

    def _kill(self) -> Callable[[], None]:
        machine = self._pick(self._machines)
        self._tell(f"kill -9 {machine.name}")
        machine.kill()
        return machine.begin

    def _cut(self) -> Callable[[], None]:
        one, other = self._two()
        self._tell(f"cut {one} from {other}")
        self._weather.cut(one, other)
        return lambda: self._weather.mend(one, other)

    def _slow_link(self) -> Callable[[], None]:
        one, other = self._two()
        self._tell(f"slow {one} to {other}")
        self._weather.slow(one, other, delay_s=0.2 + self._chance.uniform())
        return lambda: self._weather.mend(one, other)

    def _lossy_link(self) -> Callable[[], None]:
        one, other = self._two()
        self._tell(f"loss between {one} and {other}")
        self._weather.lose(one, other, 0.1 + 0.5 * self._chance.uniform())
        return lambda: self._weather.mend(one, other)

    def _slow_disk(self) -> Callable[[], None]:
        machine = self._pick(self._machines)
        self._tell(f"slow disk of {machine.name}")
        disk = self._weather.disk(machine.name)
        disk.slow = 200.0

        def mend() -> None:
            disk.slow = 1.0

        return mend

    def _wrong_clock(self) -> Callable[[], None]:
        name = self._pick([m.name for m in self._machines[1:]] + [f"viewer-{n}" for n in range(self._viewers)])
        skew_s = (self._chance.uniform() - 0.5) * 240
        self._tell(f"clock of {name} is off by {skew_s:.1f} s")
        self._weather.skews_s[name] = skew_s
        return lambda: self._weather.skews_s.update({name: 0.0})

    def _two(self) -> tuple[str, str]:
        names = [m.name for m in self._machines]
        one = self._pick(names)
        others = [n for n in names if n != one] + [f"viewer-{n}" for n in range(self._viewers)]
        return one, self._pick(others)

    def _pick(self, among: list[T]) -> T:
        return among[int(self._chance.uniform() * len(among))]

    def _tell(self, what: str) -> None:
        self.told.append(f"{asyncio.get_running_loop().time():9.3f} s  {what}")
