"""A whole service in simulated time, from one seed: machines, weather, audience, and a ledger of what was promised."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from matinee.app.services import Services
from matinee.control.members.api import OPERATOR, NewProfile
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import TitleId
from matinee.sim.audience import PLAYERS, Habits, Member, Viewer
from matinee.sim.clock import SimClock
from matinee.sim.desk import ANSWER_WITHIN, Desk, Errand, errands
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger
from matinee.sim.machines import HOUSE_URL, ApplianceMachine, HouseMachine, Machine, OriginMachine, Surroundings
from matinee.sim.masters import stand_in_master
from matinee.sim.nature import Misfortune, Nature, Temper, misfortunes
from matinee.sim.network import Fabric
from matinee.sim.weather import Weather
from matinee.studio.production.api import FileRef, IngestRequest, Metadata
from matinee.wire.encoding import from_json
from matinee.wire.releases import RELEASE_FILE, Release, files_of

T = TypeVar("T")

_PLANS = ("basic", "standard", "premium")
_LOOK_S = 0.5
_PATIENCE_S = 3600.0
_COMMAND_S = 20.0
_HABITS = Habits(remembers=0.25, lists=0.1, pries=0.05)
_OPERATOR = "operator@world.sim"
_PASSWORD = "a long enough password"  # noqa: S105 - of people who do not exist


class NeverHappened(Exception):
    """What the world waited for did not come, although nothing stood in its way."""


class World:
    """Call `open` once, on a virtual loop; then let time pass."""

    def __init__(self, seed: str, folder: Path, *, viewers: int = 20, films: int = 2, appliances: int = 2) -> None:
        self.seed = seed
        self.chance = SeededChance(seed)
        self.weather = Weather()
        self.history = hashlib.sha256(seed.encode())
        self.fabric = Fabric(self.weather, self.chance.fork("network"), self._note)
        self.ledger = Ledger()
        around = Surroundings(self.fabric, self.weather, self.chance, folder, self.ledger.broken.append)
        self.house = HouseMachine(around)
        self.origin = OriginMachine(around, self.house)
        self.appliances = [ApplianceMachine(f"edge-{n + 1}", around) for n in range(appliances)]
        self.machines: list[Machine] = [self.house, self.origin, *self.appliances]
        self.clock = SimClock(self.weather, "world")
        self.titles: list[str] = []
        self.viewers: list[Viewer] = []
        self._sizes = (viewers, films)
        self._desk_work: asyncio.Task[None] | None = None
        self._audience: list[asyncio.Task[None]] = []
        self._hashes: dict[str, Mapping[str, str]] = {}

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Machines run, films are published, members exist; the audience arrives."""
        viewers, films = self._sizes
        for machine in self.machines:
            machine.begin()
        await self.until(self._all_ready, "every machine runs")
        for number in range(films):
            self.titles.append(await self.publish(f"Film {number + 1}", duration_s=120 + 60 * number))
        for number in range(viewers):
            self.viewers.append(await self._viewer(number))
        for viewer in self.viewers:
            self._audience.append(
                asyncio.get_running_loop().create_task(self._noted(viewer.member.name, viewer.live()))
            )

    async def live(self, for_s: float) -> None:
        """Let time pass. Raises what a viewer found broken."""
        ends = self.now_s() + for_s
        while self.now_s() < ends:
            await asyncio.sleep(min(_LOOK_S * 4, ends - self.now_s()))
            self.check()

    def end(self) -> None:
        """Nothing of this world happens any more."""
        for machine in self.machines:
            machine.kill()
        self.house.end()

    def check(self) -> None:
        if self.ledger.broken:
            raise AssertionError(f"seed {self.seed}: {self.ledger.broken[0]}")

    def digest(self) -> str:
        """Of everything that was asked and answered, in order."""
        return self.history.hexdigest()

    async def publish(self, name: str, *, duration_s: float) -> str:
        """Hand a master in, and wait until it can be watched."""
        title = await self.hand_in(name, duration_s=duration_s)
        await self.until(lambda: self._is_available(title), f"{name} can be watched")
        return title

    async def hand_in(self, name: str, *, duration_s: float) -> str:
        path = Path("/masters") / f"{name}.json"
        self.house.disk.put(path, stand_in_master(name, duration_s))
        request = IngestRequest(
            master=FileRef(path=str(path)),
            metadata=Metadata(names={"en": name}, rating="G"),
            profiles=("fast",),
        )
        return (await self.in_house(lambda s: s.studio.production.ingest(request))).title_id

    async def withdraw(self, title: str) -> None:
        await self.in_house(lambda s: s.catalog.withdraw(TitleId(title)))
        self.ledger.hidden[title] = self.now_s()

    async def show_again(self, title: str) -> None:
        self.ledger.hidden.pop(title, None)
        await self.in_house(lambda s: s.catalog.publish(TitleId(title)))

    async def in_house(self, work: Callable[[Services], Awaitable[T]]) -> T:
        """Do it on the house's machine, as one of its own commands would. Raises `Unavailable` when that is away."""
        if not (self.house.node.alive and self.house.ready.is_set()):
            raise Unavailable("The house is down.")
        doing = self.house.node.begin(_done(work, self.house.house.services))
        finished, _ = await asyncio.wait([doing], timeout=_COMMAND_S)
        if not finished:
            raise Unavailable("The house did not answer.")
        return doing.result()

    def misfortunes(self, for_s: float, temper: Temper) -> tuple[Misfortune, ...]:
        """What this world's seed has in store."""
        machines, viewers = [m.name for m in self.machines], [f"viewer-{n}" for n in range(len(self.viewers))]
        chance = self.chance.fork("nature")
        return misfortunes(chance, temper, machines=machines, viewers=viewers, for_s=for_s)

    async def rage(self, for_s: float, temper: Temper, befall: Sequence[Misfortune] | None = None) -> list[str]:
        """Let time pass while nature does its worst, or what is given; what it did."""
        all_ = self.misfortunes(for_s, temper) if befall is None else befall
        raging = asyncio.get_running_loop().create_task(Nature(self.machines, self.weather).rage(all_))
        told = [str(misfortune) for misfortune in all_]
        try:
            await self.live(for_s)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *told])) from None
        finally:
            raging.cancel()
        return told

    def errands(self, for_s: float) -> tuple[Errand, ...]:
        """What this world's seed gives an operator to do."""
        return errands(self.chance.fork("desk"), for_s=for_s)

    async def staff(self, all_: Sequence[Errand]) -> None:
        """An operator comes and does this. `heal` waits until all of it is done."""
        account = await self.in_house(lambda s: s.members.create(_OPERATOR, _PASSWORD, country="DE", roles=[OPERATOR]))
        signed = await self.in_house(lambda s: s.members.open_session(account.id, device="A desk"))
        client = Client(self.fabric.seen_from("operator"), HOUSE_URL, signed.token, timeout=ANSWER_WITHIN)
        desk = Desk(client, self.clock, self.ledger, self.titles)
        self._desk_work = asyncio.get_running_loop().create_task(self._noted("The operator", desk.work(all_)))

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        ends = self.now_s() + _PATIENCE_S
        while not await _is_so(holds):
            self.check()
            if self.now_s() > ends:
                raise NeverHappened(f"seed {self.seed}: waited {_PATIENCE_S:.0f} s in vain until {what}.")
            await asyncio.sleep(_LOOK_S)

    async def heal(self) -> None:
        """Every fault ends and every machine runs; then everything has to move again."""
        self.weather.clear_up()
        for machine in self.machines:
            machine.begin()
        await self.until(self._all_ready, "every machine runs")
        await self.until(self._desk_is_idle, "the operator was answered")
        for title in self._visible():
            await self.until(lambda title=title: self._plays(title), f"{title} plays")  # type: ignore[misc]
        await self.until(self._holds_everything, "every appliance holds every release")

    async def empty(self) -> None:
        """The audience goes home without a word, and a while later every account has all its streams again."""
        for task in self._audience:
            task.cancel()
        await asyncio.sleep(self.ledger.silence_max_s + self.ledger.slack_s)
        for viewer in {viewer.member.account: viewer for viewer in self.viewers}.values():
            for number in range(viewer.member.streams + 1):
                status = await self._press_play(viewer, self._visible()[0], on_limit="refuse")
                self._check_stream(viewer.member, number + 1, status)

    def _check_stream(self, member: Member, number: int, status: int) -> None:
        may = number <= member.streams
        if (status == 200) != may:
            self.ledger.break_(
                f"{member.account} may have {member.streams} streams, had none, and is answered {status} to the "
                f"{number}. that it asks for."
            )

    def hashes(self, release: str) -> Mapping[str, str]:
        """What a release's files should be, by the studio's own word."""
        if release not in self._hashes:
            path = Path("/house/blobs/objects/releases") / release / RELEASE_FILE
            described = from_json(self.house.disk.get(path) or b"", Release)
            self._hashes[release] = {path: stored.sha256 for path, stored in files_of(described)}
        return self._hashes[release]

    async def _viewer(self, number: int) -> Viewer:
        chance = self.chance.fork(f"viewer {number}")
        # Some share an account, so that there is something to limit.
        if number % 3 != 2 or not self.viewers:
            email, plan = f"viewer-{number}@world.sim", _PLANS[int(chance.uniform() * len(_PLANS))]
            account = await self.in_house(lambda s: s.members.create(email, _PASSWORD, country="DE"))
            subscription = await self.in_house(lambda s: s.billing.subscribe(account.id, plan))
            account_id, streams = account.id, subscription.plan.streams
        else:
            mate = self.viewers[-1].member
            email, account_id, streams = mate.email, mate.account, mate.streams  # type: ignore[assignment]  # an id is text
        name = f"Viewer {number}"
        profile = await self.in_house(lambda s: s.members.add_profile(account_id, NewProfile(name)))
        self.ledger.households.setdefault(account_id, set()).add(profile.id)
        signed = await self.in_house(lambda s: s.members.open_session(account_id, device=name))
        member = Member(account_id, email, signed.token, profile.id, name, streams)
        network = self.fabric.seen_from(f"viewer-{number}")
        return Viewer(
            member,
            f"device {number}",
            Client(network, HOUSE_URL, member.token, member.profile),
            network,
            SimClock(self.weather, f"viewer-{number}"),
            chance,
            self.ledger,
            self.hashes,
            replace(_HABITS, pause_s=20 + 40 * chance.uniform(), insists=chance.uniform() < 0.3),
            PLAYERS[number % len(PLAYERS)],
        )

    async def _noted(self, name: str, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception as error:
            if not self.ledger.broken:
                self.ledger.broken.append(f"{name}: {type(error).__name__}: {error}")

    def is_ready(self, title: str) -> Callable[[], Awaitable[bool]]:
        """Asks whether the studio has finished it; nobody need hold it yet."""

        async def asked() -> bool:
            versions = await self.in_house(lambda s: s.studio.production.status(title))
            return all(version.state == "ready" for version in versions)

        return asked

    async def _all_ready(self) -> bool:
        return all(machine.ready.is_set() for machine in self.machines)

    async def _is_available(self, title: str) -> bool:
        desk = await self.in_house(lambda s: s.catalog.desk())
        return any(d.title.id == title and d.title.state == "available" for d in desk)

    async def _desk_is_idle(self) -> bool:
        return self._desk_work is None or self._desk_work.done()

    async def _plays(self, title: str) -> bool:
        return await self._press_play(self.viewers[0], title, on_limit="end_oldest") == 200

    async def _press_play(self, someone: Viewer, title: str, *, on_limit: str) -> int:
        asked = {
            "title_id": title,
            "profile_id": someone.member.profile,
            "on_limit": on_limit,
            "device": someone.player,
        }
        status, _ = await someone.client.call("POST", "/play", asked)
        if status == 200 and on_limit == "end_oldest":
            self.ledger.made_room(someone.member.account, now_s=self.now_s())
        return status

    def _visible(self) -> list[str]:
        return [title for title in self.titles if title not in self.ledger.hidden]

    async def _holds_everything(self) -> bool:
        appliances = await self.in_house(lambda s: s.steering.appliances())
        desk = await self.in_house(lambda s: s.catalog.desk())
        wanted = {r.release_id for d in desk for r in d.releases if r.placed}
        return all(wanted <= set(a.releases) and a.healthy for a in appliances)

    def _note(self, line: str) -> None:
        self.history.update(f"{self.now_s():.6f} {line}\n".encode())


async def _done(work: Callable[[Services], Awaitable[T]], services: Services) -> T:
    return await work(services)


async def _is_so(holds: Callable[[], Awaitable[bool]]) -> bool:
    """Who cannot be asked has not said yes."""
    try:
        return await holds()
    except Unavailable:
        return False
