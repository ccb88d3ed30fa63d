"""The fast disk: copies of what is asked for most, which the server looks at first.

The slow disk has everything and is believed; a fast one that is lost or new loses nothing, and nothing is asked of it but
copies that were read back right. What is taken away is taken from here first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matinee.delivery.edge.api import HotDisk
from matinee.delivery.edge.model.contents import WantedFile, contents_of, is_release_id
from matinee.delivery.edge.model.hot import Heat, Tier, choose_hot
from matinee.delivery.edge.service.fill import is_right
from matinee.delivery.edge.service.holdings import Holdings
from matinee.engines.media_server.port import Sent
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.files import DiskFull, Files
from matinee.kernel.log import logger
from matinee.wire.encoding import from_json, to_json
from matinee.wire.releases import RELEASE_FILE

_log = logger("edge")


@dataclass(frozen=True, slots=True)
class _Note:
    """The heat, as it lies on the disk."""

    at: float
    sent: tuple[tuple[str, str, float], ...]
    """Release, tier, bytes."""


class CopyBad(Unavailable):
    """A file is on one of the disks, but not with the bytes that its release says."""


class HotTier:
    def __init__(self, disk: HotDisk, releases: Path, state: Path, holdings: Holdings, files: Files, clock: Clock):
        """`releases`: where everything lies."""
        self._disk = disk
        self._warm = releases
        self._note = state / "heat.json"
        # What could not be put away after the machine lost its power is doubted in its next lives, too.
        self._doubt = state / "hot-doubted"
        self._holdings = holdings
        self._files = files
        self._clock = clock
        self._heat = Heat(clock.now().timestamp())
        self._sizes: dict[str, dict[str, int]] = {}
        """Bytes by release and tier, of those that were asked for."""
        self._hot: set[Tier] = set()
        self._bad: set[Tier] = set()
        """Not to be had as they should be: not tried again until they are filled anew, or at the next start."""
        self._changed = 0
        """Counts what was taken away, so that a copy that was begun before is not shown."""

    @property
    def folder(self) -> Path:
        return self._disk.folder / "releases"

    @property
    def _leaving(self) -> Path:
        return self._disk.folder / ".leaving"

    @property
    def _partial(self) -> Path:
        return self._disk.folder / ".partial"

    async def start(self, *, is_doubted: bool) -> bool:
        """Nothing here is worth reading again: what is doubted goes, and is copied anew. Whether it can be served from."""
        try:
            if is_doubted:
                await self._files.write(self._doubt, b"")
            if await self._files.exists(self._doubt) and await self._files.exists(self.folder):
                await self._files.move(self.folder, self._leaving / f"{self._clock.now().timestamp():.3f}")
            await self._files.make_folder(self.folder)
            await self._files.remove(self._doubt)
            self._hot = await self._found()
            for tier in sorted(self._hot):
                if not self._holdings.has(tier[0]):
                    await self._drop(tier)
        except (Unavailable, OSError) as error:
            _log.warning("the fast disk cannot be used now; all is served from the slow one", reason=str(error))
            return False
        await self._remember()
        return True

    async def _remember(self) -> None:
        try:
            if await self._files.exists(self._note):
                self._heat = _heat(await self._files.read(self._note))
        except (InvalidInput, OSError) as error:
            _log.warning("what was asked for most is not known any more", reason=str(error))

    def enter(self, sent: Sequence[Sent]) -> None:
        self._heat.note(
            (((each.release, each.tier), each.bytes) for each in sent if each.tier), at=self._clock.now().timestamp()
        )

    async def run(self) -> None:
        while True:
            try:
                for left in (self._leaving, self._partial):  # by an earlier life, or a failure
                    await self._files.remove(left)
                await self._keep_up()
            except (Unavailable, OSError) as error:
                _log.warning("the fast disk was not kept up", reason=str(error))
            try:
                await self._files.write(self._note, _noted(self._heat), mode=0o600)
            except (Unavailable, OSError) as error:
                _log.warning("what is asked for most could not be written down", reason=str(error))
            await self._clock.sleep(self._disk.look_every)

    async def forget(self, release_id: str, path: str | None = None) -> None:
        """What is purged, evicted or bad: a release, or the tier of it that holds this file."""
        self._changed += 1
        self._bad = {tier for tier in self._bad if tier[0] != release_id}  # it may come again, and be right
        if path is None:
            self._sizes.pop(release_id, None)
        for tier in sorted(self._hot):
            is_in_it = path is None or path == RELEASE_FILE or path.startswith(f"{tier[1]}/")
            if tier[0] == release_id and is_in_it:
                await self._part_with(tier)

    async def _part_with(self, tier: Tier) -> None:
        """A fast disk that has gone bad holds up no purge: what is denied is not served from it, either, and it is tried
        again with each look."""
        try:
            await self._drop(tier)
        except (Unavailable, OSError) as error:
            self._bad.add(tier)
            _log.error("a copy cannot be taken away", release=tier[0], tier=tier[1], reason=str(error))

    async def _keep_up(self) -> None:
        await self._learn()
        known = ((release, tier, size) for release, tiers in self._sizes.items() for tier, size in tiers.items())
        sizes = {(release, tier): size for release, tier, size in known if (release, tier) not in self._bad}
        chosen = choose_hot(self._heat.bytes, sizes, hot=self._hot, room_bytes=self._disk.room_bytes)
        for tier in sorted(self._hot - set(chosen)):
            await self._part_with(tier)
        for tier in chosen:
            if tier not in self._hot:
                try:
                    await self._copy(tier)
                except DiskFull:
                    raise
                except (InvalidInput, Unavailable, OSError) as error:  # of this one: the others get their turn
                    self._bad.add(tier)
                    _log.error("a copy was not made", release=tier[0], tier=tier[1], reason=str(error))

    async def _learn(self) -> None:
        asked = {release for release, _ in (*self._heat.bytes, *self._hot) if self._holdings.has(release)}
        self._sizes = {release: tiers for release, tiers in self._sizes.items() if release in asked}
        for release in sorted(asked - set(self._sizes)):
            tiers: dict[str, int] = {}
            try:
                for file in await self._files_of(release):
                    name = file.path.split("/", 1)[0]
                    tiers[name] = tiers.get(name, 0) + file.size
            except (InvalidInput, OSError) as error:
                _log.error("a release's description cannot be read", release=release, reason=str(error))
            self._sizes[release] = tiers

    async def _files_of(self, release_id: str) -> list[WantedFile]:
        return contents_of(await self._files.read(self._warm / release_id / RELEASE_FILE), release_id=release_id)

    async def _copy(self, tier: Tier) -> None:
        """Shown whole, or not at all."""
        began, partial = self._changed, self._partial / "/".join(tier)
        await self._files.remove(partial)
        for file in await self._files_of(tier[0]):
            if not file.path.startswith(f"{tier[1]}/"):
                continue
            source, target = self._warm / tier[0] / file.path, partial / file.path.split("/", 1)[1]
            if not await self._files.exists(source):
                continue  # purged by itself
            data = await self._files.read(source)
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise CopyBad(f"{file.path} of {tier[0]} is not what its release says, and was not copied.")
            await self._files.write(target, data)
            if not await is_right(self._files, target, file):
                raise CopyBad(f"{file.path} of {tier[0]} cannot be read back from the fast disk as it was written.")
        if self._changed != began or not self._holdings.has(tier[0]):
            await self._files.remove(partial)
            return
        await self._files.move(partial, self.folder / tier[0] / tier[1])
        self._hot.add(tier)
        if self._changed != began:  # during the move
            await self._drop(tier)
        _log.info("on the fast disk", release=tier[0], tier=tier[1])

    async def _drop(self, tier: Tier) -> None:
        """Out of sight in one rename."""
        leaving = self._leaving / "/".join(tier)
        await self._files.remove(leaving)
        if await self._files.exists(self.folder / tier[0] / tier[1]):
            await self._files.move(self.folder / tier[0] / tier[1], leaving)
        self._hot.discard(tier)
        await self._files.remove(leaving)

    async def _found(self) -> set[Tier]:
        found = {path.relative_to(self.folder).parts[:2] for path in await self._files.below(self.folder)}
        return {(parts[0], parts[1]) for parts in found if len(parts) == 2 and is_release_id(parts[0])}


def _heat(note: bytes) -> Heat:
    kept = from_json(note, _Note, what="The note of what is hot")
    return Heat(kept.at, {(release_id, tier): count for release_id, tier, count in kept.sent})


def _noted(heat: Heat) -> bytes:
    return to_json(_Note(heat.at, tuple((*tier, count) for tier, count in heat.bytes.items())))
