"""What origin and appliance have in common: serve with the keys on disk, report each second, take the keys that come back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from matinee.delivery.edge.api import AllAsked, Control, Instructions, ServingSettings
from matinee.delivery.edge.model.load import Reading, errors_per_minute, load_between
from matinee.delivery.edge.model.playing import named
from matinee.delivery.edge.model.revoked import revoked_with
from matinee.delivery.edge.service.holdings import Holdings
from matinee.delivery.edge.service.slot_agent import SlotAgent
from matinee.delivery.edge.service.state import EdgeState, StateFile, with_keys, with_revoked
from matinee.delivery.edge.service.telling import Telling
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.usage import Usage
from matinee.wire.health import FillProgress, HealthReport, contents_digest
from matinee.wire.purge import is_public_key
from matinee.wire.revocations import Revocations
from matinee.wire.rollout import Counts

_log = logger("edge")
_PATIENCE = 5
"""Reports that may fail at first without a word: a house that starts answers a moment after its edges."""


class Serving:
    """The server, its state on disk, and the conversation with steering."""

    def __init__(
        self,
        settings: ServingSettings,
        root: Path,
        server: MediaServer,
        files: Files,
        clock: Clock,
        chance: Chance,
        *,
        hot: Path | None = None,
        slot: SlotAgent | None = None,
        usage: Callable[[], Usage | None] | None = None,
    ) -> None:
        """`hot`: where the server looks first. `slot`: where there is a launcher that could start other software. `usage`:
        what the agent uses of its machine, with all it started."""
        self._settings = settings
        self._root = root
        self._hot = hot
        self._server = server
        self._files = files
        self._clock = clock
        self._file = StateFile(settings.state, files)
        self._boot_id = Ids(clock, chance).new()
        self.telling = Telling(settings, self._boot_id, server, clock, chance)
        self._sequence = 0
        self._contents: tuple[str, ...] = ()
        self._digest = contents_digest(())
        self._contents_known = ""
        """The digest that steering has acknowledged."""
        self._before = Reading(clock.monotonic(), 0, 0)
        self._changing = asyncio.Lock()
        self.state = EdgeState()
        self.denied: set[str] = set()
        self.denied_files: set[str] = set()
        """What is purged, from before it is deleted and written down: no fill brings it back meanwhile."""
        self.control_reached = False
        self._patience = _PATIENCE
        self.tombstones_refused = 0
        self._began = clock.monotonic()
        self._usage = usage
        self.slot = slot

    @property
    def port(self) -> int:
        return self._server.port

    async def load(self) -> None:
        await self._files.make_folder(self._root)
        self.state = await self._file.load()

    @property
    def appliance_id(self) -> str:
        return self._settings.appliance_id

    async def start(self) -> None:
        for release_id in self.state.purged:
            self.deny(release_id)
        for name in self.state.purged_files:
            self.deny(*name.split("/", 1))
        self._server.revoke(self.state.revoked)
        await self._server.start(
            MediaServerConfig(
                root=self._root,
                keys=self.state.ticket_keys(),
                host=self._settings.host,
                port=self._settings.port,
                certificate=self._settings.certificate,
                private_key=self._settings.private_key,
                workers=self._settings.workers,
                hot=self._hot,
            )
        )

    def look_nowhere_first(self) -> None:
        """Before it is started: the fast disk cannot be had."""
        self._hot = None

    async def stop(self) -> None:
        await self._server.stop()

    async def end(self, control: Control) -> None:
        try:
            await self.telling.last_word(control)
        finally:
            await self.stop()

    def deny(self, release_id: str, path: str | None = None) -> None:
        if path is None:
            self.denied.add(release_id)
        else:
            self.denied_files.add(f"{release_id}/{path}")
        self._server.deny(release_id, path)

    async def believed_key(self, named: str) -> str:
        """Whose tombstones are believed. The first key that steering names is kept: who can answer in its place later
        cannot have films deleted."""
        if self._settings.purge_key:
            return self._settings.purge_key
        if not self.state.purge_key and is_public_key(named):
            await self.change(lambda state: state if state.purge_key else replace(state, purge_key=named))
            _log.info("tombstones of this key are believed from now on", key=named)
        return self.state.purge_key

    async def change(self, how: Callable[[EdgeState], EdgeState]) -> None:
        """One change after the other: each begins with what the last one left."""
        async with self._changing:
            state = how(self.state)
            await self._file.save(state)
            self.state = state

    async def consult(
        self,
        control: Control,
        kind: Literal["origin", "storage", "flash"],
        holdings: Holdings,
        filling: tuple[FillProgress, ...] = (),
        routes: tuple[str, int] = ("", 0),
        may_hold: Callable[[int], int] | None = None,
    ) -> Instructions | None:
        """Report, and take over the keys that come back. None when nobody answered: then everything stays as it is.
        `may_hold` says of the bytes that are free how many there are for releases in all."""
        try:
            instructions = await self._say(control, await self._report(kind, holdings, filling, routes, may_hold))
            if (keys := instructions.keys) and keys != self.state.keys:
                # First of all: a disk that is full keeps nobody from watching.
                self._server.trust(with_keys(self.state, keys).ticket_keys())
                await self.change(lambda state: with_keys(state, keys))
        except (Unavailable, InvalidInput, ValueError, OSError) as error:
            self._patience -= 1
            if self._patience == 0:  # once: it would come again every second
                _log.warning("no report could be made; serving what is held", reason=str(error))
            self.control_reached = False
            self._contents_known = ""  # it may be another when it answers again
            return None
        self._patience = 1
        if not self.control_reached:
            _log.info("steering answers", appliance=self._settings.appliance_id)
        self.control_reached = True
        await self._refuse(instructions.revocations)
        return instructions

    async def _say(self, control: Control, report: HealthReport) -> Instructions:
        try:
            instructions = await control.report(report)
        except AllAsked:
            instructions = await control.report(replace(report, releases=self._contents, releases_told=True))
        self._contents_known = instructions.contents_known
        return instructions

    async def _refuse(self, news: Revocations) -> None:
        """At once; what cannot be written down is not acknowledged, and is told again."""
        if not news.entries:
            return
        now = self._clock.now().timestamp()
        self._server.revoke(revoked_with({}, news, now=now))
        try:
            await self.change(lambda state: with_revoked(state, news, now=now))
        except (Unavailable, OSError) as error:
            _log.warning("revoked sessions could not be written down", reason=str(error))

    async def _report(
        self,
        kind: Literal["origin", "storage", "flash"],
        holdings: Holdings,
        filling: tuple[FillProgress, ...],
        routes: tuple[str, int],
        may_hold: Callable[[int], int] | None,
    ) -> HealthReport:
        served = self._server.served()
        usage = None if self._usage is None else self._usage()
        reading = Reading(self._clock.monotonic(), served.bytes, served.errors)
        before, self._before = self._before, reading
        self._sequence += 1
        capacity = self._settings.capacity_bytes_per_second
        free = await self._files.free_bytes(self._root)
        if (contents := self._whole(holdings)) != self._contents:
            self._contents, self._digest = contents, contents_digest(contents)
        is_told = self._contents_known != self._digest
        return HealthReport(
            appliance_id=self._settings.appliance_id,
            kind=kind,
            url=self._settings.public_url,
            at=self._clock.now(),
            sequence=self._sequence,
            boot_id=self._boot_id,
            releases=contents if is_told else (),
            bytes_held=holdings.bytes_held(),
            bytes_free=free,
            load=load_between(before, reading, capacity_bytes_per_second=capacity),
            errors_per_minute=errors_per_minute(before, reading),
            filling=filling,
            tombstone_sequence=self.state.tombstone_sequence,
            tombstones_refused=self.tombstones_refused,
            revocation_sequence=self.state.revocation_sequence,
            build=self._settings.build,
            reach=self._settings.reach,
            site=self._settings.site,
            spot=self._settings.spot,
            countries=self._settings.countries,
            routes_epoch=routes[0],
            routes_until=routes[1],
            capacity_bytes=0 if may_hold is None else may_hold(free),
            playing=named(self.telling.playing(), holdings.has),
            digest=self._digest,
            releases_told=is_told,
            memory_bytes=0 if usage is None else usage.memory_bytes,
            uptime_s=reading.at - self._began,
            counts=Counts(
                served.requests,
                served.bytes,
                served.refused,
                served.errors,
                0.0 if usage is None else usage.processor_s,
                *self.telling.starvation(),
            ),
            slot=None if self.slot is None else await self.slot.report(),
        )

    def _whole(self, holdings: Holdings) -> tuple[str, ...]:
        mending = {name.split("/", 1)[0] for name in self.state.mending}
        return tuple(release_id for release_id in holdings.ids() if release_id not in mending)
