"""`kill -9` of any process of a real house, at any moment, while people watch and films are published.

Judged as in simulated worlds, by what was answered: nothing acknowledged is lost, what is shown plays, everybody stays
signed in, and the house is up again by itself. Measured: from each kill until a fresh press of play brings a picture
again and the process that was killed has a successor that answers.
"""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.bench.crowd import Crowd
from matinee.bench.desk import Desk
from matinee.bench.houses import RECOVERED_WITHIN, RealHouse
from matinee.bench.parts import Part, answers, parts_of
from matinee.bench.report import Figure, Report, percentile
from matinee.kernel.chance import Chance, SeededChance
from matinee.kernel.quantities import Span, seconds
from matinee.sim.ledger import PromiseBroken

_VIEWERS = 12
_FILM_SECONDS = 24
_MOMENT_S_MAX = 2.5
"""A kill comes within this time of the last recovery."""
_LOOK_EVERY = seconds(0.05)
_PLAYS_WITHIN = seconds(10)
"""What is shown while nobody is being killed."""
_REMEMBERS_AFTER_S = 5.0
"""Callers of a process that is back may hold their breaker open this long."""
_SAMPLE = 3
_VIEWING = "viewing"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kill:
    part: str
    recovered_s: float


@dataclass(frozen=True, slots=True)
class CrashReport:
    kills: Sequence[Kill]
    broken: Sequence[str]
    """Promises, as sentences."""
    counts: dict[str, int]
    """What the audience and the operator met."""

    def figures(self) -> list[Figure]:
        every: dict[str, list[float]] = {"recovered": [kill.recovered_s for kill in self.kills]}
        for kill in sorted(self.kills, key=lambda kill: kill.part):
            every.setdefault(kill.part, []).append(kill.recovered_s)
        found = [Figure("promises_broken", len(self.broken), "", 0), Figure("kills", len(self.kills), "")]
        for name, times in every.items():
            for what, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)) if times else ():
                found.append(Figure(f"{name}_{what}", percentile(times, share), "s"))
        return found


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(options.data or made)
        folder.mkdir(parents=True, exist_ok=True)
        house = RealHouse(folder, doors)
        try:
            say("starting a house …")
            await house.start(split=not options.one, log=folder / "house.log")
            report = await crash(house, kills=options.kills, seed=options.seed, doors=doors, folder=folder, tell=say)
        finally:
            await house.stop()
            await doors.network.close()
    for what, times in sorted(report.counts.items()):
        say(f"{times:8d}  {what}")
    for sentence in report.broken:
        say(f"BROKEN: {sentence}")
    return Report(
        "crashes",
        {"mode": "one process" if options.one else "split", "seed": options.seed, "viewers": _VIEWERS},
        report.figures(),
        {
            "kills": [{"part": kill.part, "recovered_s": round(kill.recovered_s, 3)} for kill in report.kills],
            "met": [{"what": what, "times": times} for what, times in sorted(report.counts.items())],
            "broken": [{"sentence": sentence} for sentence in report.broken],
        },
    )


async def crash(
    house: RealHouse, *, kills: int, seed: str, doors: Doors, folder: Path, tell: Say, viewers: int = _VIEWERS
) -> CrashReport:
    """Kill parts of a running house, in rounds of an order that follows from the seed, each at a moment that does.

    Ends early where a promise is broken: what follows would be its consequence. `folder` is for masters that are drawn.
    """
    chance = SeededChance(seed)
    crowd = Crowd(house, doors, chance)
    desk = Desk(house, doors, crowd.ledger, folder)
    evening = _Evening(house, doors, crowd, desk, chance.fork("kills"), tell)
    try:
        await evening.open(viewers)
        await evening.rage(kills)
        tell("no more kills: everything that was promised has to be there")
        await evening.heal()
    except PromiseBroken:
        tell("a promise is broken")
    finally:
        await desk.leave()
        await crowd.leave()
    return CrashReport(evening.kills, crowd.ledger.broken, crowd.ledger.counts)


class _Evening:
    """One run: a house, its audience, its operator, and what was killed so far."""

    def __init__(self, house: RealHouse, doors: Doors, crowd: Crowd, desk: Desk, chance: Chance, tell: Say) -> None:
        self.kills: list[Kill] = []
        self._house, self._doors, self._crowd, self._desk = house, doors, crowd, desk
        self._chance = chance
        self._tell = tell
        self._film = self._comes_and_goes = ""

    async def open(self, viewers: int) -> None:
        self._tell(f"{viewers} people sign in, two films are published …")
        await self._crowd.arrive(viewers)
        await self._desk.open()
        self._film = await self._desk.publish("The film", seconds_long=_FILM_SECONDS)
        self._comes_and_goes = await self._desk.publish("A film that comes and goes", seconds_long=2)
        await self._until(lambda: self._crowd.is_served(self._film), RECOVERED_WITHIN, "show its first film")
        self._crowd.sit_down(self._film)
        self._desk.work(self._comes_and_goes)

    async def rage(self, kills: int) -> None:
        order: list[str] = []
        while len(self.kills) < kills:
            order = order or self._shuffled(list(parts_of(self._house)))
            await self._doors.clock.sleep(seconds(self._chance.uniform() * _MOMENT_S_MAX))
            self._check()
            name = order.pop()
            kill = await self._kill(parts_of(self._house)[name])
            self.kills.append(kill)
            self._tell(f"{len(self.kills):4d}  {name:<12} {kill.recovered_s:6.2f} s")
            await self._whatever_is_shown_plays()
            self._check()

    async def heal(self) -> None:
        """Everything that was answered with yes is there."""
        await self._desk.leave()
        await self._crowd.leave()
        await self._desk.show_again(self._comes_and_goes)
        for title in self._desk.handed_in:
            await self._desk.until_available(title)
            await self._plays(title)
        missing = set(self._desk.handed_in[-50:])
        await self._until(lambda: self._are_shown(missing), _PLAYS_WITHIN, "show every film that it published")
        await self._crowd.come_back(self._film)
        self._check()

    async def _kill(self, part: Part) -> Kill:
        """Until it is as if nothing had been."""
        clock = self._doors.clock
        if part.name == _VIEWING:
            self._crowd.away_until_s = float("inf")
        began_s = clock.monotonic()
        part.kill()
        await self._until(lambda: self._has_recovered(part), RECOVERED_WITHIN, f"recover from the end of {part.name}")
        now_s = clock.monotonic()
        if part.name == _VIEWING:
            self._crowd.away_until_s = now_s + _REMEMBERS_AFTER_S
        return Kill(part.name, now_s - began_s)

    async def _has_recovered(self, killed: Part) -> bool:
        successor = parts_of(self._house).get(killed.name)
        if successor is None or successor.pid == killed.pid:
            return False
        is_back = await answers(successor, self._house, self._doors.network)
        return is_back and await self._crowd.is_served(self._film)

    async def _whatever_is_shown_plays(self) -> None:
        """The newest, which a kill may have caught half made, and any other."""
        shown = [title for title in await self._crowd.shown() if title != self._comes_and_goes]
        if shown:
            for title in sorted({*shown[1 - _SAMPLE :], shown[int(self._chance.uniform() * len(shown))]}):
                await self._plays(title)

    async def _plays(self, title: str) -> None:
        await self._until(lambda: self._crowd.plays(title), _PLAYS_WITHIN, f"play {title}, which it shows")

    async def _are_shown(self, titles: set[str]) -> bool:
        return titles <= set(await self._crowd.shown())

    def _check(self) -> None:
        if self._crowd.ledger.broken:
            raise PromiseBroken(self._crowd.ledger.broken[0])

    def _shuffled(self, names: list[str]) -> list[str]:
        return sorted(sorted(names), key=lambda _: self._chance.uniform())

    async def _until(self, holds: Callable[[], Awaitable[bool]], within: Span, what: str) -> None:
        ends_s = self._doors.clock.monotonic() + within.total_seconds()
        while not await holds():
            if self._doors.clock.monotonic() > ends_s:
                self._crowd.ledger.break_(f"The house did not {what} within {within.total_seconds():.0f} s.")
            await self._doors.clock.sleep(_LOOK_EVERY)
