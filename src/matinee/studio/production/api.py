"""The inside door of production."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from matinee.kernel.errors import Conflict, InvalidInput, MatineeError, NotFound
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, minutes
from matinee.wire.events import Envelope
from matinee.wire.releases import Marker

VersionState = Literal["waiting", "running", "paused", "ready", "failed", "canceled"]
Decision = Literal["approve", "reject"]

ANEW = " anew"
"""On the name of a stage that is gone through once more, because files of unfinished work were lost."""
_IN_WORDS = {
    "": "waiting",
    "inspect": "looking at the master",
    "plan": "planning the ladder",
    "encode": "encoding",
    "measure": "measuring",
    "encode-again": "encoding again",
    "measure-again": "measuring again",
    "artwork": "artwork",
    "package": "packaging",
    "announce": "announcing",
    "tidy": "tidying up",
    "continue": "going on",
}


class UploadNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such upload. Begin a new one.")


class OffsetDiffers(Conflict):
    """tus: the part does not begin where the upload ends."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The upload has {offset} bytes; go on from there.", offset=offset)


class UploadTooLong(InvalidInput):
    status = 413

    def __init__(self, length: int) -> None:
        super().__init__(f"The upload was announced with {length} bytes; this part goes beyond.", length=length)


class UploadIncomplete(Conflict):
    def __init__(self, offset: int, length: int) -> None:
        super().__init__(f"Only {offset} of {length} bytes have arrived. Finish the upload first.")


class ChecksumDiffers(InvalidInput):
    status = 460
    """tus: the number its checksum extension defines."""

    def __init__(self) -> None:
        super().__init__("What arrived is not what was sent: the SHA-256 differs. Upload the file again.")


class TitleBusy(Conflict):
    """Another master of the same title is being made into a release."""

    def __init__(self) -> None:
        super().__init__("This title is being published from another master. Wait for it, or cancel it first.")


class WorkLost(MatineeError):
    """Files of work in progress vanished, twice."""

    def __init__(self) -> None:
        super().__init__(
            "Files of this film's unfinished work are gone. Nothing but this service may delete in its work folder; "
            "try again."
        )


class NothingInProduction(NotFound):
    def __init__(self) -> None:
        super().__init__("This title has never been in production.")


class BadSidecar(InvalidInput):
    """The sidecar names something that is not there or does not make sense."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in."""

    id: str
    name: str
    length: int
    offset: int

    @property
    def is_complete(self) -> bool:
        return self.offset == self.length


@dataclass(frozen=True, slots=True)
class SidecarSound:
    file: str
    language: str
    label: str
    role: str = "main"


@dataclass(frozen=True, slots=True)
class SidecarText:
    file: str
    language: str
    label: str
    kind: str = "subtitles"


@dataclass(frozen=True, slots=True)
class SidecarArtwork:
    file: str
    kind: Literal["poster", "backdrop", "still", "logo"]
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the maker says of the title, and what lies beside the master. `film.json` in a film's folder."""

    names: Mapping[str, str] = field(default_factory=dict)
    """By language."""
    original: str | None = None
    """The language of the original name. None: that of the first, as whoever wrote them ordered them."""
    synopsis: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    """The maker's own name for the title: the same one finds the same title again."""
    type: str = "movie"
    year: int | None = None
    rating: str = "NR"
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    audio: tuple[SidecarSound, ...] = ()
    subtitles: tuple[SidecarText, ...] = ()
    artwork: tuple[SidecarArtwork, ...] = ()
    markers: tuple[Marker, ...] = ()

    def settled(self) -> "Metadata":
        """With the original named, while the order is still known: JSON that travels or is kept has its keys sorted."""
        return replace(self, original=next(iter(self.names))) if self.original is None and self.names else self

    @property
    def name(self) -> str:
        """The original one."""
        return self.names.get(self.original or "", "") or next(iter(self.names.values()), "")

    def file_names(self) -> tuple[str, ...]:
        """What must lie beside the master, each once."""
        named = (*(s.file for s in self.audio), *(t.file for t in self.subtitles), *(a.file for a in self.artwork))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file to take in: an upload, or a path on this machine (never from the network)."""

    upload_id: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class IngestRequest:
    master: FileRef
    metadata: Metadata = field(default_factory=Metadata)
    title_id: str | None = None
    files: Mapping[str, FileRef] = field(default_factory=dict)
    """What the sidecar's file names stand for."""
    profiles: tuple[Literal["fast", "full"], ...] = ("fast", "full")
    priority: int = 100
    """Lower goes first."""
    is_announced: bool = False
    """Members may read its name before it can be watched."""


@dataclass(frozen=True, slots=True)
class RungStatus:
    height: int
    kbps: float
    vmaf: float
    measured: bool
    """False: what the probes promise."""


@dataclass(frozen=True, slots=True)
class FindingStatus:
    severity: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """Where one version of a title is."""

    title_id: str
    name: str
    """The title's, as its maker wrote it."""
    release_id: str
    profile: str
    state: VersionState
    stage: str
    progress: float
    """0 … 1 over the whole journey."""
    remaining_s: float | None
    error: str | None
    """Why it failed, in a sentence."""
    waits_for: str | None
    """Why it stands still although it has not failed, in a sentence: a full disk, for one."""
    findings: tuple[FindingStatus, ...]
    ladder: tuple[RungStatus, ...]
    created_at: Instant
    updated_at: Instant


def stage_in_words(status: VersionStatus) -> str:
    """What is being done, for a person who reads a line of text."""
    if status.state in ("waiting", "paused", "ready"):
        return status.state
    stage = status.stage.removesuffix(ANEW)
    return _IN_WORDS.get(stage, stage)


@dataclass(frozen=True, slots=True)
class PreparingTitle:
    name: str
    stage: str
    progress: float
    rating: str
    is_announced: bool


@dataclass(frozen=True, slots=True)
class ArtworkMade:
    """A picture in the blobs store."""

    kind: Literal["poster", "backdrop", "still", "logo"]
    key: str
    shows: str


class TitleDesk(Protocol):
    """What production needs of the catalog. `app` wires it."""

    async def title_for(self, metadata: Metadata) -> str:
        """The title these words name, made where there is none; the same words find the same title."""
        ...

    async def expect(self, title_id: str) -> None:
        """Refuse a title that does not exist, before anything is made for it."""
        ...

    async def note_artwork(self, title_id: str, artwork: Sequence[ArtworkMade]) -> None: ...


class Production(Protocol):
    @call(timeout=minutes(1), priority=Priority.BATCH)
    async def begin_upload(self, name: str, length: int, *, sha256: str | None = None) -> Upload: ...

    @call(idempotent=True, priority=Priority.BATCH)
    async def upload(self, upload_id: str) -> Upload: ...

    async def upload_part(self, upload_id: str, offset: int, parts: AsyncIterator[bytes]) -> Upload:
        """Append at `offset`. Whatever arrived before a break is kept."""
        ...

    async def end_upload(self, upload_id: str) -> None:
        """Forget an upload."""
        ...

    @call(idempotent=True, timeout=minutes(10), priority=Priority.BATCH)
    async def ingest(self, request: IngestRequest) -> VersionStatus:
        """Take a master in and begin its journey. The same master for the same title joins the journey under way.

        What failed before goes on where it stopped, the later profiles too.
        """
        ...

    @call(idempotent=True)
    async def status(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Newest version first."""
        ...

    @call(idempotent=True)
    async def queue(self) -> tuple[VersionStatus, ...]:
        """Everything under way or waiting, most urgent first; then what failed, newest first.

        A failure stays until a version of its title succeeds, or it is canceled, or its title is withdrawn.
        """
        ...

    @call(idempotent=True)
    async def preparing(self) -> tuple[PreparingTitle, ...]:
        """First releases on their way, for the promise on the home page."""
        ...

    async def pause(self, title_id: str) -> tuple[VersionStatus, ...]: ...

    async def resume(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Go on after a pause or a failure; what is finished stays finished. Of several masters, the newest goes on."""
        ...

    async def cancel(self, title_id: str) -> tuple[VersionStatus, ...]: ...

    async def qc_decision(self, title_id: str, decision: Decision, *, by: str, reason: str = "") -> None:
        """A person's word on the findings: reject cancels what is under way."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """What other domains said: the failures of a withdrawn title are nobody's work any more."""
        ...

    async def delete(self, title_id: str) -> None:
        """Cancel, and delete every release, source and picture of a title that nothing else uses."""
        ...
