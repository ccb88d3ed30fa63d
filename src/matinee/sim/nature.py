"""What goes wrong in a world, and when: drawn from the seed as a list, and then carried out.

The list is data, so that a failing seed can be told again with some of it left out: what is left when no more can be is why.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from matinee.kernel.chance import SeededChance
from matinee.sim.machines import Machine
from matinee.sim.weather import Link, Weather, worst

T = TypeVar("T")

Usual = Literal["kill", "power cut", "cut", "slow link", "loss", "slow disk", "full disk", "wrong clock", "rot"]
"""What a house's seed draws from."""
What = Literal[Usual, "frozen", "isolated", "peers lost"]
"""And what besides befalls a fleet: stopped and going on later, cut off from everybody, forsaken by who announces to it."""


@dataclass(frozen=True, slots=True)
class Misfortune:
    """One thing that goes wrong. Nothing of it depends on the others: any of them can be left out."""

    at_s: float
    """From when nature's rage began."""
    lasts_s: float
    what: What
    where: str
    """A machine; the clock of a viewer."""
    other: str = ""
    """The far end of a link."""
    much: float = 0.0
    """In [0, 1): how bad, as far as there are degrees."""

    def __str__(self) -> str:
        there = f"{self.where} and {self.other}" if self.other else self.where
        return f"{self.at_s:9.3f} s  {self.what}: {there}, for {self.lasts_s:.3f} s ({self.much:.3f})"


@dataclass(frozen=True, slots=True)
class Temper:
    """How unkind nature is."""

    every_s: float = 25.0
    """Between two misfortunes, on average."""
    lasts_s: float = 15.0
    kills: float = 0.4
    """The share of misfortunes that are kills; a third of these take the power away, and what was not synced with it."""


def misfortunes(
    chance: SeededChance, temper: Temper, *, machines: Sequence[str], viewers: Sequence[str], for_s: float
) -> tuple[Misfortune, ...]:
    """All that goes wrong within `for_s`, in order. The first of `machines` has the clock that is right."""
    drawn: list[Misfortune] = []
    at_s = 0.0
    while (at_s := at_s + temper.every_s * 2 * chance.uniform()) < for_s:
        # As many draws for each, so that one misfortune more or less of some kind changes none that follow.
        kind, place, far, much, last = (chance.uniform() for _ in range(5))
        what, where, other = _draw(kind, place, far, temper.kills, machines, viewers)
        drawn.append(Misfortune(at_s, temper.lasts_s * 2 * last, what, where, other, much))
    return tuple(drawn)


def _draw(
    kind: float, place: float, far: float, kills: float, machines: Sequence[str], viewers: Sequence[str]
) -> tuple[What, str, str]:
    if kind < kills:
        return ("power cut" if kind < kills / 3 else "kill"), _pick(machines, place), ""
    what = _pick(_FAULTS, (kind - kills) / (1 - kills))
    if what in _OF_LINKS:
        where = _pick(machines, place)
        return what, where, _pick([m for m in machines if m != where] + list(viewers), far)
    if what == "wrong clock":
        return what, _pick([*machines[1:], *viewers], place), ""
    return what, _pick(machines, place), ""


def _pick(among: Sequence[T], chance: float) -> T:
    return among[int(chance * len(among))]


_FAULTS: tuple[What, ...] = tuple(what for what in get_args(Usual) if what not in ("kill", "power cut"))
_SLOW_DISK = 200.0
_OF_LINKS = ("cut", "slow link", "loss")


class Nature:
    def __init__(self, machines: Sequence[Machine], weather: Weather) -> None:
        self._machines = {machine.name: machine for machine in machines}
        self._weather = weather
        self._faults: dict[Hashable, list[Any]] = {}
        """What lies on each place: whatever ends, the rest of it stays."""
        self._befall: Mapping[What, Callable[[Misfortune], Callable[[], None]]] = {
            "kill": self._kill,
            "power cut": self._cut_power,
            "cut": self._cut,
            "slow link": self._slow_link,
            "loss": self._lose,
            "slow disk": self._slow_disk,
            "full disk": self._fill_disk,
            "wrong clock": self._set_clock,
            "rot": self._rot,
            "frozen": self._freeze,
            "isolated": self._isolate,
            "peers lost": self._lose_peers,
        }

    async def rage(self, all_: Sequence[Misfortune]) -> None:
        """Until the last of them is over. Canceled: what is left neither begins nor ends."""
        async with asyncio.TaskGroup() as tasks:
            for one in all_:
                tasks.create_task(self._last(one))

    async def _last(self, misfortune: Misfortune) -> None:
        await asyncio.sleep(misfortune.at_s)
        mend = self._befall[misfortune.what](misfortune)
        await asyncio.sleep(misfortune.lasts_s)
        mend()

    def _upon(self, place: Hashable, fault: T, settle: Callable[[Sequence[T]], None]) -> Callable[[], None]:
        """Lay a fault on a place beside those that lie there; what is returned lifts this one. `settle` makes of all
        that lie there how the place is."""
        faults = self._faults.setdefault(place, [])
        faults.append(fault)
        settle(faults)

        def lift() -> None:
            faults.remove(fault)
            settle(faults)

        return lift

    def _down(self, machine: Machine) -> Callable[[], None]:
        def settle(faults: Sequence[str]) -> None:
            if not faults:
                machine.begin()

        return self._upon(("down", machine.name), "down", settle)

    def _kill(self, of: Misfortune) -> Callable[[], None]:
        machine = self._machines[of.where]
        machine.kill()
        return self._down(machine)

    def _cut_power(self, of: Misfortune) -> Callable[[], None]:
        machine = self._machines[of.where]
        machine.cut_power(of.much)
        return self._down(machine)

    def _rot(self, of: Misfortune) -> Callable[[], None]:
        machine = self._machines[of.where]
        machine.rot(of.much)
        return self._down(machine)

    def _freeze(self, of: Misfortune) -> Callable[[], None]:
        machine = self._machines[of.where]
        return self._upon(
            ("frozen", of.where), True, lambda faults: machine.node.freeze() if faults else machine.node.thaw()
        )

    def _isolate(self, of: Misfortune) -> Callable[[], None]:
        def settle(faults: Sequence[bool]) -> None:
            (self._weather.isolated.add if faults else self._weather.isolated.discard)(of.where)

        return self._upon(("isolated", of.where), True, settle)

    def _lose_peers(self, of: Misfortune) -> Callable[[], None]:
        machine = self._machines[of.where]
        return self._upon(("peers", of.where), True, lambda faults: machine.announced(not faults))

    def _on_link(self, of: Misfortune, fault: Link) -> Callable[[], None]:
        pair = frozenset((of.where, of.other))

        def settle(faults: Sequence[Link]) -> None:
            if faults:
                self._weather.links[pair] = worst(faults)
            else:
                self._weather.links.pop(pair, None)

        return self._upon(pair, fault, settle)

    def _cut(self, of: Misfortune) -> Callable[[], None]:
        return self._on_link(of, Link(cut=True))

    def _slow_link(self, of: Misfortune) -> Callable[[], None]:
        return self._on_link(of, Link(delay_s=0.2 + of.much))

    def _lose(self, of: Misfortune) -> Callable[[], None]:
        return self._on_link(of, Link(loss=0.1 + 0.5 * of.much))

    def _slow_disk(self, of: Misfortune) -> Callable[[], None]:
        def settle(faults: Sequence[float]) -> None:
            self._weather.disk(of.where).slow = max(faults, default=1.0)

        return self._upon(("slow", of.where), _SLOW_DISK, settle)

    def _fill_disk(self, of: Misfortune) -> Callable[[], None]:
        def settle(faults: Sequence[bool]) -> None:
            self._weather.disk(of.where).full = any(faults)

        return self._upon(("full", of.where), True, settle)

    def _set_clock(self, of: Misfortune) -> Callable[[], None]:
        def settle(faults: Sequence[float]) -> None:
            self._weather.skews_s[of.where] = max(faults, key=abs, default=0.0)

        return self._upon(("clock", of.where), (of.much - 0.5) * 240, settle)
