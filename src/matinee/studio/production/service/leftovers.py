"""Leftovers: what was being made when its journey was canceled or its worker was killed, and that nobody goes on with.

They are looked for now and then, and not as a journey ends: its jobs stop a little later, each in its own process, and one
whose process is killed meanwhile ends without a word. What a failed journey made stays, for it may go on.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.engines.workflows.port import Workflows
from matinee.kernel.errors import Conflict
from matinee.kernel.files import Files
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import hours
from matinee.studio.encoding.api import Encoding
from matinee.studio.production.service import extras
from matinee.studio.production.service.claims import Claims
from matinee.studio.production.service.followers import subject
from matinee.studio.production.service.hands import in_hand
from matinee.studio.production.service.journey import KIND
from matinee.studio.production.service.sources import Sources
from matinee.studio.production.service.versions import UNDER_WAY

_CLAIMED_MAX = hours(1)


@dataclass(frozen=True, slots=True)
class _Needed:
    releases: frozenset[str]
    sources: frozenset[str]

    def has_source(self, beginning: str) -> bool:
        return any(sha256.startswith(beginning) for sha256 in self.sources)


class Leftovers:
    def __init__(
        self,
        workflows: Workflows,
        files: Files,
        ids: Ids,
        *,
        encoding: Encoding,
        sources: Sources,
        claims: Claims,
        folders: Sequence[Path],
    ) -> None:
        """`folders`: where each release has one of its own while it is made, and nobody else has any."""
        self._workflows = workflows
        self._files = files
        self._ids = ids
        self._encoding = encoding
        self._sources = sources
        self._claims = claims
        self._folders = folders

    async def sweep(self) -> None:
        # Listed before it is known what is needed: a folder that is made meanwhile is not among them, and no release is
        # ever begun again once its journey is over.
        made = [folder / name for folder in self._folders for name in await self._in(folder)]
        beginnings = await self._encoding.remains()
        needed = await self._needed()
        for folder in made:
            if folder.name not in needed.releases:
                await self._files.remove(folder)
        for beginning in sorted(beginnings):
            if not needed.has_source(beginning):
                await self._forget_source(beginning)

    async def _forget_source(self, beginning: str) -> None:
        """Its chunks are shared by all journeys of a master, and one may begin at any time, but only with a claim on the
        master. So it is looked at again once nobody can claim it."""
        hashes = {sha256 for sha256 in await self._sources.stored() if sha256.startswith(beginning)}
        with suppress(Conflict):  # it is being deleted, and so are they
            async with self._claims.deleting(self._ids.new(), hashes, at_most=_CLAIMED_MAX) as free:
                if free == hashes and not (await self._needed()).has_source(beginning):
                    await self._encoding.forget_source(beginning)

    async def _needed(self) -> _Needed:
        """For runs that have not ended, that may be resumed, or that somebody has still in hand although they were canceled.

        The runs come from one look: who begins another run ends after that. Who has jobs of the canceled ones in hand is
        looked at later: from then on they only become fewer. A process that is taken for dead, and is not, finds its leases
        gone when it wakes; what it wrote meanwhile goes at the next look.
        """
        runs = await self._workflows.runs(states=(*UNDER_WAY, "failed", "canceled"))
        held = await in_hand(self._workflows)
        needy = [run for run in runs if run.state != "canceled" or run.is_advanced or run.run_id in held]
        return _Needed(
            releases=frozenset(subject(run)["release_id"] for run in needy if run.kind in (KIND, extras.KIND)),
            sources=frozenset(subject(run)["source_sha256"] for run in needy if run.kind == KIND),
        )

    async def _in(self, folder: Path) -> list[str]:
        return sorted({path.relative_to(folder).parts[0] for path in await self._files.below(folder)})
