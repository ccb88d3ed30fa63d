"""The appliance: fill what is ordered, serve what is held, take away what is purged, and say so each second.

Two loops that share only memory: reporting must not wait for a fill, and a fill must not wait for steering.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from matinee.delivery.edge.api import ApplianceSettings, Control, EdgeStatus, FillFailed, Instructions
from matinee.delivery.edge.model.eviction import Held, choose_victims
from matinee.delivery.edge.model.judging import Vouched, is_whole, names_file
from matinee.delivery.edge.model.queue import Setback, next_order, retry_delay_seconds
from matinee.delivery.edge.service.allowance import Allowance, NightOver
from matinee.delivery.edge.service.burial import Burial, watch_for_news
from matinee.delivery.edge.service.doubt import Doubt
from matinee.delivery.edge.service.fill import NoLongerWanted, ReleaseFill
from matinee.delivery.edge.service.holdings import Holdings
from matinee.delivery.edge.service.hot import HotTier
from matinee.delivery.edge.service.mending import Mending
from matinee.delivery.edge.service.routes import RoutesTold
from matinee.delivery.edge.service.serving import Serving
from matinee.delivery.edge.service.slot_agent import SlotAgent
from matinee.engines.media_server.port import MediaServer
from matinee.engines.routes.port import RouteFeed
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.log import logger
from matinee.kernel.network import Network
from matinee.kernel.usage import Usage
from matinee.wire.fill import FillOrder
from matinee.wire.health import FillProgress
from matinee.wire.purge import Tombstone

_log = logger("edge")
_NOT_VOUCHED = "The order is not signed by the key that this edge believes."


class EdgeAppliance:
    def __init__(
        self,
        settings: ApplianceSettings,
        *,
        server: MediaServer,
        control: Control,
        network: Network,
        files: Files,
        clock: Clock,
        chance: Chance,
        feed: RouteFeed | None = None,
        slot: SlotAgent | None = None,
        usage: Callable[[], Usage | None] | None = None,
    ) -> None:
        """`feed`: where peers announce to it whom it may serve. `slot`: where a launcher could start other software. `usage`:
        what it uses of its machine."""
        self._settings = settings
        name = settings.serving.appliance_id
        self._routes = None if feed is None else RoutesTold(name, feed, control, clock, chance)
        self._control = control
        self._network = network
        self._files = files
        self._clock = clock
        self._chance = chance
        self._releases = settings.root / "releases"
        # Hidden beside the served folder, on the same file system: into it and out of it is one rename.
        self._partial = settings.root / ".partial"
        self._leaving = settings.root / ".leaving"
        # Left by an orderly end; without it, what lies there is doubted, unless the machine was never off. A file of its
        # own, because to take it away needs no room: a full disk does not keep a promise that no longer holds.
        self._at_rest = settings.serving.state / "at-rest"
        self._holdings = Holdings(self._releases, files)
        self._doubt = Doubt(settings.root, files)
        self._hot = None
        if settings.hot is not None:
            self._hot = HotTier(settings.hot, self._releases, settings.serving.state, self._holdings, files, clock)
        hot = None if self._hot is None else self._hot.folder
        self._serving = Serving(
            settings.serving, self._releases, server, files, clock, chance, hot=hot, slot=slot, usage=usage
        )
        self._allowance = Allowance(settings.window, self._serving, clock)
        self._burial = Burial(self._serving, self._delete)
        self._mending = Mending(
            settings, self._releases, self._serving, network=network, files=files, clock=clock, chance=chance
        )
        self._vouched = Vouched()
        self._orders: tuple[FillOrder, ...] = ()
        self._refused: list[str] = []
        """Releases whose orders are not signed by whom it believes."""
        self._setbacks: dict[str, Setback] = {}
        self._current: ReleaseFill | None = None
        self._tidied = False

    async def start(self) -> None:
        await self._files.make_folder(self._partial)
        await self._files.remove(self._leaving)
        await self._serving.load()
        boot = self._settings.boot
        was_never_off = boot != "" and self._serving.state.boot == boot
        is_doubted = not was_never_off and not await self._files.exists(self._at_rest)
        if is_doubted:
            await self._doubt.take(self._releases)
        await self._begin_to_work()
        await self._holdings.look()
        if self._hot is not None:
            if await self._hot.start(is_doubted=is_doubted):
                self._serving.telling.tell_also(self._hot.enter)
            else:
                self._hot = None
                self._serving.look_nowhere_first()
        await self._serving.start()
        for release_id in sorted(set(self._serving.state.purged) & set(self._holdings.ids())):
            await self._take_away(release_id)

    async def run(self) -> None:
        await self.start()
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._report_always())
                loops.create_task(self._burial.run())
                loops.create_task(self._serving.telling.run(self._control))
                loops.create_task(self._fill_always())
                loops.create_task(self._dispel())
                loops.create_task(self._mending.run(lambda: self._orders, self._doubt.ids))
                loops.create_task(watch_for_news(self._control, self._burial, self._serving, self._clock, self._chance))
                if self._routes is not None:
                    loops.create_task(self._routes.run())
                if self._serving.slot is not None:
                    loops.create_task(self._serving.slot.run())
                if self._hot is not None:
                    loops.create_task(self._hot.run())
        finally:
            try:
                await self._serving.end(self._control)
            finally:
                await self._rest()

    def status(self) -> EdgeStatus:
        return EdgeStatus(
            appliance_id=self._settings.serving.appliance_id,
            port=self._serving.port,
            releases=self._holdings.ids(),
            filling=self._filling(),
            bytes_held=self._holdings.bytes_held(),
            control_reached=self._serving.control_reached,
        )

    # ---- reporting and obeying

    async def _report_always(self) -> None:
        while True:
            kind = self._settings.kind
            routes = ("", 0) if self._routes is None else (self._routes.epoch, self._routes.until)
            instructions = await self._serving.consult(
                self._control, kind, self._holdings, self._filling(), routes, self._may_hold
            )
            if instructions is not None and self._routes is not None:
                self._routes.know(instructions.routes_until)
            if instructions is not None:
                try:
                    await self._obey(instructions)
                except (Unavailable, OSError) as error:  # a full disk, say: what is not acknowledged comes again
                    _log.warning("instructions could not be carried out", reason=str(error))
            await self._clock.sleep(self._settings.serving.report_every)

    def _may_hold(self, free: int) -> int:
        """Of a disk with so much free: at least a byte, for 0 would say that nothing is said."""
        begun = self._current.progress.bytes_done if self._current is not None else 0
        disk = self._holdings.bytes_held() + begun + free - self._settings.reserve_bytes
        room = self._settings.room_bytes
        return max(1, disk if room is None else min(disk, room))

    async def _obey(self, instructions: Instructions) -> None:
        await self._burial.order(instructions.tombstones, instructions.purge_key)
        before = {order.release_id for order in self._orders}
        believed, self._refused = self._vouched.of(
            instructions.orders.orders, await self._serving.believed_key(instructions.purge_key)
        )
        self._orders = tuple(believed)
        ordered = {order.release_id for order in self._orders}
        if before != ordered or not self._tidied:
            await self._forget_partial(ordered)
        self._setbacks = {release: setback for release, setback in self._setbacks.items() if release in ordered}
        if self._serving.slot is not None:
            await self._serving.slot.obey(instructions.slot, await self._serving.believed_key(instructions.purge_key))

    async def _forget_partial(self, ordered: set[str]) -> None:
        """Drop what was begun and is no longer ordered; nobody else would ever look at it again."""
        begun = {path.relative_to(self._partial).parts[0] for path in await self._files.below(self._partial)}
        current = self._current.progress.release_id if self._current is not None else None
        for release_id in sorted(begun - ordered - {current}):
            await self._files.remove(self._partial / release_id)
        self._tidied = True

    async def _delete(self, stone: Tombstone) -> None:
        if is_whole(stone):
            await self._take_away(stone.release_id)
        elif names_file(stone) and stone.path is not None:
            for folder in (self._doubt.folder(stone.release_id), self._releases / stone.release_id):
                await self._files.remove(folder / stone.path)
            if self._hot is not None:  # last, or it might be copied once more
                await self._hot.forget(stone.release_id, stone.path)
        else:
            _log.warning("a tombstone names nothing that could be", sequence=stone.sequence)

    async def _take_away(self, release_id: str) -> None:
        """Out of the served tree in one rename, so that no half-deleted release is ever seen."""
        self._holdings.forget(release_id)
        if self._hot is not None:
            await self._hot.forget(release_id)
        leaving = self._leaving / release_id
        await self._files.remove(leaving)
        if await self._files.exists(self._releases / release_id):
            await self._files.move(self._releases / release_id, leaving)
        await self._files.remove(leaving)
        if self._current is None or self._current.progress.release_id != release_id:
            await self._files.remove(self._partial / release_id)

    # ---- after a crash

    async def _dispel(self) -> None:
        """Read what is doubted, one release after the other."""
        while doubted := self._doubt.ids():
            for release_id in doubted:
                try:
                    await self._look_at(release_id)
                except (Unavailable, OSError) as error:
                    _log.warning("a doubted release could not be read", release=release_id, reason=str(error))
            await self._clock.sleep(self._settings.serving.report_every)
        while not (await self._begin_to_work() and await self._believe()):
            await self._clock.sleep(self._settings.serving.report_every)

    async def _begin_to_work(self) -> bool:
        """From here on a crash raises doubts. On a disk that takes nothing we serve all the same, and try again."""
        try:
            await self._files.remove(self._at_rest)
        except OSError as error:
            _log.warning("the disk does not forget the last orderly end", reason=str(error))
            return False
        return True

    async def _believe(self) -> bool:
        """While the machine stays on, all that is held is right. Whether that could be written down."""
        boot = self._settings.boot
        try:
            if self._serving.state.boot != boot:
                await self._serving.change(lambda state: replace(state, boot=boot))
        except (Unavailable, OSError) as error:
            _log.warning("after a kill, all that is held will be read again", reason=str(error))
            return False
        return True

    async def _look_at(self, release_id: str) -> None:
        """What is right is shown; what is not lies where a fill goes on, and whoever orders it has it made whole."""
        size = await self._doubt.look(release_id)
        target = (self._partial if size is None else self._releases) / release_id
        if release_id not in self._serving.denied:
            await self._files.remove(target)
            await self._files.move(self._doubt.folder(release_id), target)
            if size is not None:
                self._holdings.add(release_id, size)  # before it is doubted no more, or a fill would begin in between
        await self._doubt.drop(release_id)
        if release_id in self._serving.denied:  # perhaps only since the move
            await self._take_away(release_id)

    async def _rest(self) -> None:
        """An orderly end with nothing left in doubt; the next start may believe what it finds."""
        with suppress(Unavailable, OSError):
            if not self._doubt.ids():
                await self._files.write(self._at_rest, b"")

    # ---- filling

    async def _fill_always(self) -> None:
        while True:
            order = next_order(
                self._orders,
                held=(*self._holdings.ids(), *self._doubt.ids()),
                purged=self._serving.denied,
                setbacks=self._setbacks,
                now=self._clock.monotonic(),
            )
            if order is None or not self._allowance.is_open():
                await self._clock.sleep(self._settings.serving.report_every)
            else:
                await self._fill(order)

    async def _fill(self, order: FillOrder) -> None:
        partial = self._partial / order.release_id
        fill = ReleaseFill(
            self._settings, order, partial, network=self._network, files=self._files, allowance=self._allowance
        )
        self._current = fill
        try:
            purged = self._serving.denied_files
            size = await fill.fetch(make_room=self._make_room, wanted=lambda: self._is_wanted(order), purged=purged)
            await self._show(order, size)
            await self._allowance.note()
        except NoLongerWanted:
            await self._files.remove(partial)
        except NightOver:
            await self._allowance.note()
        except DiskFull as error:
            await self._files.remove(partial)  # it cannot be finished, and others may still fit
            self._set_back(order, str(error))
        except (FillFailed, Unavailable, InvalidInput, OSError) as error:
            self._set_back(order, str(error))
        finally:
            self._current = None

    async def _show(self, order: FillOrder, size: int) -> None:
        if not self._is_wanted(order):
            raise NoLongerWanted
        await self._remove_denied(order.release_id, self._partial)  # perhaps since the fill began
        await self._files.move(self._partial / order.release_id, self._releases / order.release_id)
        await self._remove_denied(order.release_id, self._releases)  # perhaps since the move did
        self._holdings.add(order.release_id, size)
        self._setbacks.pop(order.release_id, None)
        if order.release_id in self._serving.denied:  # the tombstone came during the move
            await self._take_away(order.release_id)
        else:
            _log.info("filled", release=order.release_id, size=size)

    async def _remove_denied(self, release_id: str, folder: Path) -> None:
        for name in sorted(self._serving.denied_files):
            if name.startswith(f"{release_id}/"):
                await self._files.remove(folder / name)

    def _is_wanted(self, order: FillOrder) -> bool:
        ordered = any(each.release_id == order.release_id for each in self._orders)
        return ordered and order.release_id not in self._serving.denied

    async def _make_room(self, needed: int) -> None:
        free = await self._files.free_bytes(self._settings.root)
        lacking = needed + self._settings.reserve_bytes - free
        if (room := self._settings.room_bytes) is not None:
            # What an earlier attempt left of it needs no more of the disk, but takes its part of the room.
            whole = needed if self._current is None else max(needed, self._current.progress.bytes_total)
            lacking = max(lacking, self._holdings.bytes_held() + whole - room)
        if lacking <= 0:
            return
        await self._serving.telling.look(self._settings.serving.report_every)
        while lacking > 0:
            victim = self._victim(lacking, free, needed)
            _log.info("evicted", release=victim.release_id)
            await self._take_away(victim.release_id)
            lacking -= victim.size

    def _victim(self, lacking: int, free: int, needed: int) -> Held:
        """What goes first. What is played is looked at each time: somebody may have begun since."""
        telling = self._serving.telling
        telling.gather()
        ordered, playing = {order.release_id for order in self._orders}, telling.playing()
        victims = choose_victims(self._holdings.each(), spared={*ordered, *playing}, bytes_needed=lacking)
        if not victims:
            raise DiskFull(
                f"The appliance's disk has {free >> 20} MiB free and needs {needed >> 20} MiB more, with "
                f"{self._settings.reserve_bytes >> 20} MiB in reserve. Order fewer releases or add a disk"
                f"{'; what is being played stays.' if set(playing) - ordered else '.'}"
            )
        if not telling.knows_who_plays:
            raise FillFailed("Something must go for it, and this edge has not served for long enough to know what may.")
        return victims[0]

    def _set_back(self, order: FillOrder, reason: str) -> None:
        before = self._setbacks.get(order.release_id)
        attempts = (before.attempts if before is not None else 0) + 1
        delay = retry_delay_seconds(
            attempts,
            first=self._settings.retry_first.total_seconds(),
            longest=self._settings.retry_longest.total_seconds(),
            chance=self._chance.uniform(),
        )
        self._setbacks[order.release_id] = Setback(attempts, self._clock.monotonic() + delay, reason)
        _log.warning("fill failed", release=order.release_id, reason=reason, attempts=attempts)

    def _filling(self) -> tuple[FillProgress, ...]:
        """What is in progress, and what failed and why, so that steering can send viewers and sources elsewhere."""
        found = {release: FillProgress(release, 0, 0, setback.reason) for release, setback in self._setbacks.items()}
        found |= {release: FillProgress(release, 0, 0, _NOT_VOUCHED) for release in self._refused}
        if self._current is not None:
            now = self._current.progress
            before = found.get(now.release_id)
            error = before.error if before is not None else None
            found[now.release_id] = FillProgress(now.release_id, now.bytes_done, now.bytes_total, error)
        return tuple(found[release] for release in sorted(found))
