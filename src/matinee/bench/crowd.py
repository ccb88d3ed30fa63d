"""The audience of simulated worlds before a real house: the same viewers, the same ledger, over the real network and clock.

So what is promised is judged on real processes by the very code that judges it in simulated time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from matinee.app.doors import Doors
from matinee.app.house import open_stores
from matinee.app.settings import Settings
from matinee.bench.household import Household
from matinee.bench.houses import RECOVERED_WITHIN, RETRIED, RealHouse
from matinee.control.members.api import NewProfile
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import seconds
from matinee.sim.audience import Habits, Member, Viewer
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger, PromiseBroken
from matinee.wire.encoding import from_json
from matinee.wire.releases import RELEASE_FILE, Release, files_of

_PLANS = ("basic", "standard", "premium")
_PASSWORD = "a long enough password"  # noqa: S105 - of people who do not exist
_ANSWER_WITHIN = seconds(5)
_TRY_AGAIN = seconds(0.2)
_CHANGE_WITHIN = seconds(40)
"""Longer than the gateway gives a request: what has not been answered by then is not done later either."""
_BUSY = Habits(pause_s=1.5, patience_s=20.0, seeks=0.15, leaves=0.2)
"""Short looks at a film, soon another: what is acknowledged most is what is asked for again."""


class Crowd:
    """Members who came for this, signed in once. `probe` is one of them, who is asked whether the house works."""

    def __init__(self, house: RealHouse, doors: Doors, chance: SeededChance) -> None:
        self.ledger = Ledger()
        self.viewers: list[Viewer] = []
        self.away_until_s = float("-inf")
        """Until then the house may not know where somebody stopped."""
        self.household: Household | None = None
        self._house = house
        self._doors = doors
        self._chance = chance
        self._hashes: dict[str, Mapping[str, str]] = {}
        self._watching: list[asyncio.Task[None]] = []

    @property
    def probe(self) -> Viewer:
        return self.viewers[0]

    async def arrive(self, count: int) -> None:
        """On the data directory itself, as `matinee operator add` works; `count` beside the probe."""
        settings = Settings(data=self._house.data, demo=False)
        async with open_stores(settings, self._doors) as stores:
            for number in range(count + 1):
                chance = self._chance.fork(f"viewer {number}")
                plan = "premium" if number == 0 else _PLANS[int(chance.uniform() * len(_PLANS))]
                # Some share an account, so that there is something to limit.
                if number < 2 or number % 3 != 2:
                    account = await stores.members.create(f"viewer-{number}@crowd.example", _PASSWORD, country="DE")
                    streams = (await stores.billing.subscribe(account.id, plan)).plan.streams
                name = f"Viewer {number}"
                profile = await stores.members.add_profile(account.id, NewProfile(name))
                signed = await stores.members.open_session(account.id, device=name)
                member = Member(account.id, account.email, signed.token, profile.id, name, streams)
                self.viewers.append(self._viewer(member, chance, insists=number == 0 or chance.uniform() < 0.3))

    def sit_down(self, film: str) -> None:
        """The crowd begins to watch, and one keeps a list; the probe waits to be asked."""
        one = self.viewers[1]
        client = replace(one.client, timeout=_CHANGE_WITHIN)
        self.household = Household(
            one.member, client, _PASSWORD, self.ledger, self._doors.clock, self._chance.fork("household")
        )
        for living in (self.household.live(film), *(viewer.live() for viewer in self.viewers[1:])):
            self._watching.append(asyncio.create_task(self._lived(living)))

    async def leave(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        self._watching = []

    async def is_served(self, title: str) -> bool:
        """A fresh press of play, from home to the first segment."""
        with suppress(Unavailable):
            return await self.probe.drop_by(title)
        return False

    async def shown(self) -> list[str]:
        """What the probe finds at home and by searching."""
        _, page = await self._answer(self.probe, "/browse/home")
        _, found = await self._answer(self.probe, "/search?q=film&limit=50")
        at_home = [card["id"] for row in page["rows"] for card in row["items"]]
        return sorted({*at_home, *(card["id"] for card in found["items"])})

    async def plays(self, title: str) -> bool:
        with suppress(Unavailable):
            return await self.probe.try_out(title)
        return False

    async def come_back(self, title: str) -> None:
        """Everybody, with the sign-in of the first day, to a film whose position the house acknowledged."""
        for viewer in self.viewers:
            status, profiles = await self._answer(viewer, "/profiles", may_refuse=True)
            if status != 200 or viewer.member.profile not in [each["id"] for each in profiles]:
                self.ledger.break_(f"{viewer.member.name} was signed in and is answered {status}.")
            viewer.habits = replace(viewer.habits, insists=True)
            await self._until(partial(viewer.try_out, title), f"play {title} for {viewer.member.name}")
        if self.household is not None:
            await self._until(partial(self.household.look, title), "say what is on a list, and who is signed in")

    def hashes(self, release: str) -> Mapping[str, str]:
        """What a release's files should be, by the studio's own word."""
        if release not in self._hashes:
            path = self._house.data / "blobs" / "objects" / "releases" / release / RELEASE_FILE
            described = from_json(path.read_bytes(), Release)
            self._hashes[release] = {path: stored.sha256 for path, stored in files_of(described)}
        return self._hashes[release]

    async def _answer(self, viewer: Viewer, path: str, *, may_refuse: bool = False) -> tuple[int, Any]:
        """What the house says, asked until it says something: a process that is being started again says nothing yet."""
        found: list[tuple[int, Any]] = []

        async def is_answered() -> bool:
            status, body = await viewer.client.call("GET", path)
            found.append((status, body))
            return status == 200 or (may_refuse and status < 500 and status not in RETRIED)

        await self._until(is_answered, f"answer GET {path}")
        return found[-1]

    async def _until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Only answers are judged; that there is none for as long as a house may take to recover is judged as that."""
        ends_s = self._doors.clock.monotonic() + RECOVERED_WITHIN.total_seconds()
        while True:
            with suppress(Unavailable):
                if await holds():
                    return
            if self._doors.clock.monotonic() > ends_s:
                self.ledger.break_(f"The house did not {what} within {RECOVERED_WITHIN.total_seconds():.0f} s.")
            await self._doors.clock.sleep(_TRY_AGAIN)

    def _viewer(self, member: Member, chance: SeededChance, *, insists: bool) -> Viewer:
        network = self._doors.network
        return Viewer(
            member,
            f"device of {member.name}",
            Client(network, self._house.url, member.token, member.profile, _ANSWER_WITHIN),
            network,
            self._doors.clock,
            chance,
            self.ledger,
            self.hashes,
            replace(_BUSY, insists=insists),
            may_have_forgotten=lambda asked_s: asked_s < self.away_until_s,
        )

    async def _lived(self, living: Coroutine[object, object, None]) -> None:
        try:
            await living
        except PromiseBroken:
            return  # it is in the ledger
        except Exception as error:
            self.ledger.broken.append(f"A viewer met {type(error).__name__}: {error}")
