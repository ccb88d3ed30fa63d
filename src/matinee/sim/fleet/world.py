"""A fleet of real parts in simulated time: steering, two origins and appliances, with an audience, from one seed.

Real: steering's service on SQLite, the appliances with their fills, purges and doubts, the in-loop media servers, tickets,
signatures and hashes. Left out: the gateway before steering, playback and catalog but for their models (`front`), sockets.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from matinee.app.doors import Doors
from matinee.control.steering.api import PurgeOrder
from matinee.control.steering.service import SteeringService
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.ids import ReleaseId
from matinee.kernel.network import Answer, Outgoing
from matinee.kernel.quantities import seconds
from matinee.sim.clock import SimClock
from matinee.sim.files import MemoryDisk
from matinee.sim.fleet.films import Made, make
from matinee.sim.fleet.front import Front, Listed
from matinee.sim.fleet.ledger import FleetLedger, Shown
from matinee.sim.fleet.lots import ORIGINS, Film, FleetOrder, Lots
from matinee.sim.fleet.machines import EDGE, RELEASES, FleetAppliance, FleetOrigin, SteeringMachine
from matinee.sim.fleet.viewers import FleetViewer, Shelf
from matinee.sim.machines import Machine, Surroundings
from matinee.sim.nature import Misfortune, Nature
from matinee.sim.network import Fabric, Serve
from matinee.sim.weather import Weather
from matinee.wire.events import ReleaseReady, seal

_InSteering = Callable[[SteeringService, Doors], Coroutine[Any, Any, None]]
_LOOK_S = 20.0
_AGAIN_S = 1.0
_SAID_EVERY_S = 600.0


class FleetWorld:
    """Call `live` once, on a virtual loop."""

    def __init__(self, seed: str, lots: Lots, folder: Path, *, beat_s: float = 1.0) -> None:
        """`beat_s`: how often an appliance reports."""
        self.seed = seed
        self.lots = lots
        self.weather = Weather()
        self.chance = SeededChance(f"fleet {seed} lives")
        self.history = hashlib.sha256(seed.encode())
        self.ledger = FleetLedger({stand.name: stand for stand in lots.stands}, beat_s)
        self.fabric = _Watched(self.weather, self.chance.fork("network"), self)
        self.clock = SimClock(self.weather, "world")
        around = Surroundings(self.fabric, self.weather, self.chance, folder, self.ledger.broken.append)
        self.steering = SteeringMachine(around, self._front, self._steering_is)
        self._listed: dict[str, Listed] = {}
        self._store = MemoryDisk()
        self.origins = [FleetOrigin(name, around, self._store, beat_s) for name in ORIGINS]
        self.appliances = {stand.name: FleetAppliance(stand, around, beat_s, self._began) for stand in lots.stands}
        self.machines: list[Machine] = [self.steering, *self.origins, *self.appliances.values()]
        self.front: Front | None = None
        self._made: dict[str, Made] = {}
        self._doing: list[asyncio.Task[None]] = []

    async def live(self, for_s: float, say: Callable[[str], None] = lambda _: None) -> None:
        """From the beginning. Raises the first promise that was broken."""
        self._begin()
        while (now_s := self._now_s()) < for_s:
            if now_s % _SAID_EVERY_S == 0:
                say(f"{now_s / 60:.0f} of {for_s / 60:.0f} minutes, {self.ledger.counts['segments']} segments")
            await asyncio.sleep(min(_LOOK_S, for_s - now_s))
            self._look_at_disks()
            if self.ledger.broken:
                raise AssertionError(self.ledger.broken[0])

    def end(self) -> None:
        for task in self._doing:
            task.cancel()
        for machine in self.machines:
            machine.kill()
        self.steering.end()

    def digest(self) -> str:
        """Of everything that was asked and answered, in order, by whom and when."""
        return self.history.hexdigest()

    def _begin(self) -> None:
        for film in self.lots.films:
            self._publish(film)
        for machine in self.machines:
            machine.begin()
        shelf = Shelf({name: made.segments for name, made in self._made.items()}, self._living_origins)
        for name, address in self.lots.viewers:
            network, chance = self.fabric.seen_from(name), self.chance.fork(name)
            self._do(FleetViewer(name, address, network, chance, self.ledger, shelf).live())
        for film in self.lots.films:
            self._do(self._hand_in(film))
        for order in self.lots.orders:
            self._do(self._carry_out(order))
        for misfortune in self.lots.befall:
            self._do(self._note_trouble(misfortune))
        self._do(Nature(self.machines, self.weather).rage(self.lots.befall))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """What fails here is a finding, too."""

        async def noted() -> None:
            try:
                await work
            except Exception as error:
                if str(error) not in self.ledger.broken:
                    self.ledger.broken.append(f"{type(error).__name__}: {error}")

        self._doing.append(asyncio.get_running_loop().create_task(noted()))

    # ---- films and orders

    def _publish(self, film: Film) -> None:
        made = make(film.name, film.segments, self.chance.fork(film.name), self.clock.now())
        for path, data in made.files.items():
            self._store.put(RELEASES / film.name / path, data)
        self._made[film.name] = made
        now = self.clock.now()
        opens, ends = (None if s is None else now + seconds(s) for s in (film.opens_s, film.ends_s))
        self._listed[film.name] = Listed(opens, ends, made.duration_ms)
        self.ledger.films[film.name] = Shown(made.size, made.hashes, film.opens_s, film.ends_s)

    async def _hand_in(self, film: Film) -> None:
        await asyncio.sleep(film.ready_s)
        self.ledger.planned_anew(film.name, film.ready_s)
        made = self._made[film.name]
        ready = ReleaseReady(film.name, film.name, "fast", made.duration_ms, made.size, made.manifest_sha256)

        async def note(steering: SteeringService, doors: Doors) -> None:
            await steering.note(seal(ready, ids=doors.ids, at=doors.clock.now(), source="studio"))

        await self._until_done(note)

    async def _carry_out(self, order: FleetOrder) -> None:
        await asyncio.sleep(order.at_s)
        shown, segments = self.ledger.films[order.film], self._made[order.film].segments
        if order.what == "withdraw":
            self._listed[order.film].withdrawn = True
            shown.withdrawn_s = self._now_s()
            return
        path = "" if order.what == "purge" else segments[int(order.place * len(segments))]
        refetch = order.what == "fetch anew"
        wanted = PurgeOrder(
            "A world's operator wants it so.",
            "operator",
            release_id=ReleaseId(order.film),
            path=path or None,
            refetch=refetch,
        )

        async def purge(steering: SteeringService, _doors: Doors) -> None:
            done = await steering.order_purge(wanted)
            self.ledger.purged(order.film, path, done.tombstones, self._now_s(), refetch=refetch)

        await self._until_done(purge)

    async def _until_done(self, work: _InSteering) -> None:
        """On steering's machine; again, until it was answered."""
        while True:
            node, front = self.steering.node, self.front
            if front is not None and node.alive and node.frozen is None:
                doing = node.begin(work(front.steering, front.doors))
                finished, _ = await asyncio.wait([doing], timeout=20)
                if finished:
                    try:
                        return doing.result()
                    except Unavailable:
                        pass
                    except MatineeError as error:
                        if error.status != 404:  # of a purge: it was done, and its answer was lost
                            raise
                        return None
            await asyncio.sleep(_AGAIN_S)

    # ---- what is seen

    def _front(self, steering: SteeringService, doors: Doors) -> Serve:
        self.front = Front(steering, doors, self._listed, self.ledger)
        return self.front.serve

    def _steering_is(self, up: bool) -> None:
        if up:
            self.ledger.steering_up(self._now_s())
        else:
            self.front = None
            self.ledger.steering_down(self._now_s())

    async def _note_trouble(self, of: Misfortune) -> None:
        await asyncio.sleep(of.at_s)
        self.ledger.trouble(of.where, of.at_s + of.lasts_s)
        if of.what == "peers lost":
            self.ledger.announced(of.where, up=False, at_s=of.at_s)
            await asyncio.sleep(of.lasts_s)
            self.ledger.announced(of.where, up=True, at_s=self._now_s())

    def _began(self, appliance: str) -> None:
        self.ledger.began(appliance, self._now_s())

    def _living_origins(self, viewer: str) -> tuple[str, ...]:
        return tuple(
            origin.name
            for origin in self.origins
            if origin.node.alive
            and origin.node.frozen is None
            and origin.ready.is_set()
            and not self.weather.between(viewer, origin.name).cut
        )

    def _look_at_disks(self) -> None:
        now_s = self._now_s()
        for name, machine in self.appliances.items():
            disk = machine.disk
            held = sum(len(disk.get(path) or b"") for path in disk.under(EDGE / "releases") if path.suffix != ".sha256")
            self.ledger.holds(name, held, disk.bytes_held, disk.capacity_bytes, now_s)

    def seen(self, name: str, other: str, request: Outgoing, answer: Answer | None, asked_s: float) -> None:
        """Everything that was asked, and what came of it."""
        status = answer.status if answer is not None else 0
        parts = request.url.split("/", 6)
        what = parts[5:] if parts[3] == "v1" else parts[-1:]  # never a ticket
        self._note(f"{name} {other} {'/'.join(what)} {status}")
        if answer is None or status != 200:
            return
        if request.url.endswith("/health"):
            self.ledger.answered(name, asked_s)
        elif name in self.appliances and parts[3] == "v1" and not what[1].endswith(".json"):
            self.ledger.fetched(name, other, what[0], what[1], len(answer.body), asked_s)

    def _note(self, what: str) -> None:
        # In whole milliseconds: the last bits of a sum of floats are nobody's promise.
        self.history.update(f"{round(self._now_s() * 1000)} {what}\n".encode())

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


class _Watched(Fabric):
    """The wires, with somebody who looks."""

    def __init__(self, weather: Weather, chance: SeededChance, world: FleetWorld) -> None:
        super().__init__(weather, chance, lambda _: None)
        self._world = world

    async def carry(self, name: str, request: Outgoing) -> tuple[Answer, str]:
        asked_s = asyncio.get_running_loop().time()
        try:
            answer, other = await super().carry(name, request)
        except Unavailable:
            self._world.seen(name, "", request, None, asked_s)
            raise
        self._world.seen(name, other, request, answer, asked_s)
        return answer, other
