"""The inside door of production."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from matinee.kernel.errors import Conflict, InvalidInput, MatineeError, NotFound
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, minutes, seconds
from matinee.wire.events import Envelope
from matinee.wire.releases import Marker, Scheme, SoundCodec, VideoCodec, VideoRange

VersionState = Literal["waiting", "running", "paused", "ready", "failed", "canceled"]
Decision = Literal["approve", "reject"]
ReviewReason = Literal["found", "sampled"]
"""Why a person should look at a version: something was found, or it is one of the clean ones that are looked at anyway."""

SOUND_CODECS: tuple[SoundCodec, ...] = ("aac", "eac3")
"""What a full release has: AAC stereo always, E-AC-3 of what has surround sound. Opus is made on request."""

ANEW = " anew"
"""On the name of a stage that is gone through once more, because files of unfinished work were lost."""


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

    def __init__(self, title_id: str | None = None) -> None:
        super().__init__(
            "This title is being made already, from another master or with other codecs, sounds or subtitles. Wait for it, or "
            "cancel it first."
        )
        self.title_id = title_id


class FileChanged(Conflict):
    """Somebody wrote to a file while it was taken in."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} changed while it was read. Wait until it is written to its end, then try again.")


class WorkLost(MatineeError):
    """Files of work in progress vanished, twice."""

    def __init__(self) -> None:
        super().__init__(
            "Files of this film's unfinished work are gone. Nothing but this service may delete in its work folder; "
            "try again."
        )


class NotYetStopped(Conflict):
    """Work on the title goes on although it was canceled."""

    def __init__(self) -> None:
        super().__init__("Work on this title has not stopped yet. Try again in a moment.")


class SourceGoing(Conflict):
    """The same bytes are being deleted with another title."""

    def __init__(self) -> None:
        super().__init__("The same file is just being deleted with another title. Try again in a moment.")


class NothingInProduction(NotFound):
    def __init__(self) -> None:
        super().__init__("This title has never been in production.")


class NoReport(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such version of this title, or no such picture of it.")


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
class SidecarTrailer:
    file: str
    names: Mapping[str, str] = field(default_factory=dict)
    """By language. None: it is called as its film is."""


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
    scheme: Scheme = "cbcs"
    series: str | None = None
    """The maker's own name for the series that this is an episode of."""
    season: int | None = None
    episode: int | None = None
    codecs: tuple[VideoCodec, ...] = ()
    """Beside H.264, which every title has."""
    trailers: tuple[SidecarTrailer, ...] | None = None
    """All it has from now on. None: nothing is said of them, and those it has stay."""

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
        return tuple(dict.fromkeys((*named, *(t.file for t in self.trailers or ()))))


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
    sound_codecs: tuple[SoundCodec, ...] = SOUND_CODECS
    priority: int = 100
    """Lower goes first."""
    is_announced: bool = False
    """Members may read its name before it can be watched."""
    codecs: tuple[VideoCodec, ...] = ("h264",)
    """Of the full release, beside those the sidecar names. H.264 is always made, first, and is all of a fast one."""


@dataclass(frozen=True, slots=True)
class RungStatus:
    height: int
    kbps: float
    vmaf: float
    measured: bool
    """False: what the probes promise."""
    codec: VideoCodec = "h264"
    video_range: VideoRange = "SDR"


@dataclass(frozen=True, slots=True)
class FindingStatus:
    severity: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FailureStatus:
    """An attempt that came to nothing."""

    stage: str
    job: str
    attempt: int
    worker: str
    """The process that had it."""
    cause: str
    at: Instant


@dataclass(frozen=True, slots=True)
class JobsStatus:
    """How far the jobs of one kind are in one stage: the chunks of one rung's height, say."""

    stage: str
    work: str
    """What they are, from the general to the particular: `encode-chunk h264 medium 720p`."""
    jobs: int
    done: int


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
    """Until its release is made, with everything considered that goes before it; None while that is not known."""
    error: str | None
    """Why it failed, in a sentence."""
    waits_for: str | None
    """Why it stands still although it has not failed, in a sentence: a full disk, for one."""
    findings: tuple[FindingStatus, ...]
    ladder: tuple[RungStatus, ...]
    created_at: Instant
    updated_at: Instant
    priority: int = 100
    """Lower goes first."""
    failures: tuple[FailureStatus, ...] = ()
    """The newest attempts at one of its jobs that came to nothing, oldest first; most were made good by the next."""
    trouble: str | None = None
    """What went wrong once its release was out, in a sentence: with its preview, its season's markers, or the beginning of
    the next profile. The release is whole, and `resume` tries again."""
    belongs_to: str | None = None
    """The title that this is a trailer or the preview of."""
    jobs: tuple[JobsStatus, ...] = ()
    """Chunk by chunk, while it is under way."""
    edition: str = ""
    """Names the master with what came with it: equal for the versions of one."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job in a worker's hands."""

    title_id: str
    name: str
    profile: str
    stage: str
    job: str
    since: Instant


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A process that does jobs, or that advances journeys and has no places for jobs."""

    name: str
    places: int
    jobs: tuple[JobStatus, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """One frame of a film as a picture; `name` is its file among the version's pictures."""

    name: str
    frame: int


@dataclass(frozen=True, slots=True)
class FindingShown:
    severity: str
    code: str
    sentence: str
    start_s: float | None = None
    end_s: float | None = None
    frame: int | None = None
    frames: int | None = None
    stills: tuple[Still, ...] = ()


@dataclass(frozen=True, slots=True)
class CurvePoint:
    height: int
    kbps: float
    vmaf: float
    vmaf_sd: float = 0.0
    """How sure that is; 0 where it was measured."""
    vmaf_phone: float | None = None
    vmaf_4k: float | None = None
    """On other screens than a television of 1080 lines; None where nobody looked."""


@dataclass(frozen=True, slots=True)
class RungMeasured:
    kbps: float
    vmaf: float
    vmaf_first_percentile: float
    segment_vmaf: tuple[float | None, ...]
    """In the order of the segments; None where none of a segment's frames was scored."""
    scene_kbps: tuple[float, ...]
    """In the order of the scenes; empty where the encode was gone before anyone counted."""
    vmaf_phone: float | None = None
    vmaf_4k: float | None = None


@dataclass(frozen=True, slots=True)
class RungShown:
    id: str
    width: int
    height: int
    expected: CurvePoint
    measured: RungMeasured | None = None
    """None: not measured yet, or left out because another rung is as good for less."""


@dataclass(frozen=True, slots=True)
class FrameCompared:
    """One frame, of the master and of each rung."""

    frame: int
    source: str
    """The picture's name, as are the rungs'."""
    rungs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LadderShown:
    """In another codec, with the same segments and scenes."""

    codec: VideoCodec
    curves: tuple[tuple[CurvePoint, ...], ...]
    rungs: tuple[RungShown, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a person needs to judge a version: kept beside it as JSON, with its pictures. Frames count at the film's rate."""

    width: int
    height: int
    frames: int
    frames_per_second: float
    findings: tuple[FindingShown, ...] = ()
    curves: tuple[tuple[CurvePoint, ...], ...] = ()
    """Every quality at each height, best height first: what the rungs were chosen from."""
    fixed: tuple[CurvePoint, ...] = ()
    """The ladder that everybody gets elsewhere, for this film."""
    rungs: tuple[RungShown, ...] = ()
    segments: tuple[int, ...] = ()
    """The first frame of each."""
    scenes: tuple[int, ...] = ()
    """The first frame of each."""
    compared: tuple[FrameCompared, ...] = ()
    others: tuple[LadderShown, ...] = ()
    """Beside the H.264 that every device gets."""


@dataclass(frozen=True, slots=True)
class DecisionMade:
    decision: Decision
    by: str
    reason: str
    at: Instant


@dataclass(frozen=True, slots=True)
class VersionReport:
    status: VersionStatus
    evidence: Evidence | None
    """None until the ladder is planned."""
    decisions: tuple[DecisionMade, ...]
    """On this master and what came with it, newest first."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    status: VersionStatus
    why: ReviewReason


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


@dataclass(frozen=True, slots=True)
class CandidateCrop:
    """Where to cut a shape out of a candidate, in its pixels."""

    shape: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ArtworkCandidate:
    """A frame of the film that may become its artwork, and why: each quality is 0 … 1."""

    key: str
    """In the blobs store."""
    at_s: float
    score: float
    sharpness: float
    light: float
    color: float
    composition: float
    title_room: float
    faces: int | None
    """None: nobody counted."""
    crops: tuple[CandidateCrop, ...]


class TitleDesk(Protocol):
    """What production needs of the catalog. `app` wires it."""

    async def title_for(self, metadata: Metadata, *, belongs_to: str | None = None) -> str:
        """The title these words name, made where there is none; the same words find the same title.

        `belongs_to`: the title that it is a trailer or the preview of.
        """
        ...

    async def describe(self, title_id: str, metadata: Metadata) -> None:
        """The title is called what these words say now."""
        ...

    async def expect(self, title_id: str) -> None:
        """Refuse a title that does not exist, before anything is made for it."""
        ...

    async def hand_in(self, title_id: str, edition: str, releases: Sequence[str]) -> None:
        """From now on the title is to be this master with what came with it; these releases were made of it before.

        Viewers get the best of them again, whatever they get now, and what is still made of it as it comes.
        """
        ...

    async def note_artwork(self, title_id: str, release_id: str, artwork: Sequence[ArtworkMade]) -> None: ...

    async def note_markers(self, title_id: str, source_sha256: str, markers: Sequence[Marker]) -> None:
        """Found in this master. What its maker wrote goes before."""

    async def remove(self, title_id: str) -> None:
        """Nobody sees the title from now on, nor what belongs to it, nor ever again. Repeating it changes nothing."""
        ...


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

    @call(idempotent=True, priority=Priority.BATCH)
    async def forget_idle_uploads(self) -> None:
        """Those to which nobody added for two days, with the bytes that had arrived."""
        ...

    @call(idempotent=True, timeout=minutes(90), priority=Priority.BATCH)
    async def ingest(self, request: IngestRequest) -> VersionStatus:
        """Take a master in and begin its journey. The same master for the same title joins the journey under way.

        A title that is named by its id is described anew by names and what goes with them, and without names as it was.
        What failed before goes on where it stopped, the later profiles too. Viewers get what is made already of it again,
        if they had been given another master's since. A hundred gigabytes, read twice at 50 MB a second, take 70 minutes.
        """
        ...

    @call(idempotent=True)
    async def status(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Newest version first."""
        ...

    @call(idempotent=True)
    async def trailers(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Of each trailer of a title the newest version, oldest trailer first."""
        ...

    @call(idempotent=True)
    async def queue(self) -> tuple[VersionStatus, ...]:
        """Everything under way or waiting, most urgent first; then what failed, and what is out but in trouble, newest first.

        A failure stays until a version of its title succeeds, or it is canceled, or its title is withdrawn.
        """
        ...

    @call(idempotent=True)
    async def preparing(self) -> tuple[PreparingTitle, ...]:
        """First releases on their way, for the promise on the home page."""
        ...

    @call(idempotent=True)
    async def workers(self) -> tuple[WorkerStatus, ...]:
        """Who works for the studio at this moment, and at what."""
        ...

    @call(idempotent=True)
    async def prioritize(self, title_id: str, priority: int) -> tuple[VersionStatus, ...]:
        """Move a title forward or back in the queue: what is under way, and what comes after it. Lower goes first.

        Jobs in hand go on; the next ones are handed out in the new order.
        """
        ...

    @call(timeout=seconds(10))
    async def pause(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Hold the title's journeys. One whose release is out is held too, before it goes on with the next profile."""
        ...

    async def resume(self, title_id: str) -> tuple[VersionStatus, ...]:
        """Go on after a pause, a failure or trouble; what is finished stays finished. Of several masters, the newest goes on."""
        ...

    @call(timeout=seconds(10))
    async def cancel(self, title_id: str) -> tuple[VersionStatus, ...]:
        """End the title's journeys. What is out stays out, and nothing further is made."""
        ...

    @call(timeout=seconds(10))
    async def qc_decision(
        self, title_id: str, decision: Decision, *, by: str, reason: str = "", release_id: str | None = None
    ) -> None:
        """A person's word on a version (None: the newest) and its master: reject cancels what is under way.

        A release that is made already stays where the catalog has it; withdrawing and rolling back are the catalog's.
        """
        ...

    @call(idempotent=True)
    async def review(self) -> tuple[ReviewItem, ...]:
        """What a person should look at and nobody has decided on: first what has findings, then a sample of the clean.

        Each newest first, and of one master with what came beside it only the newest version.
        """
        ...

    @call(idempotent=True)
    async def report(self, title_id: str, release_id: str | None = None) -> VersionReport:
        """Everything there is to judge a version by (None: the newest)."""
        ...

    @call(idempotent=True)
    async def report_picture(self, title_id: str, release_id: str, name: str) -> bytes:
        """A JPEG that a report names."""
        ...

    @call(idempotent=True)
    async def artwork(self, title_id: str) -> tuple[ArtworkCandidate, ...]:
        """What could be the title's artwork, the best first. None where its maker supplied the artwork."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """What other domains said: the failures of a withdrawn title are nobody's work any more."""
        ...

    @call(idempotent=True, timeout=minutes(10), priority=Priority.BATCH)
    async def delete(self, title_id: str, *, by: str = "", reason: str = "") -> None:
        """Delete a title for good: its releases with their keys, sources that no other title uses, pictures, chunks, work in
        progress and records. Who did it, and why, stays. What was broken off is finished by asking again, or by itself.
        """
        ...

    @call(idempotent=True, timeout=minutes(10), priority=Priority.BATCH)
    async def forget_unused_sources(self) -> None:
        """Masters and what came beside them that no title has, of orders that were refused."""
        ...

    @call(idempotent=True, timeout=minutes(10), priority=Priority.BATCH)
    async def clear_leftovers(self) -> None:
        """What was being made when its journey was canceled or its worker was killed, and that nobody goes on with."""
        ...

    @call(idempotent=True, timeout=minutes(10), priority=Priority.BATCH)
    async def finish_deletions(self) -> None:
        """Those that were begun and broken off, by a crash or because work on the title had not stopped."""
        ...
