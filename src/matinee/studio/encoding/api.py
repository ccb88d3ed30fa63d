"""The inside door of encoding. Paths are text, because these values travel through the journal as JSON."""

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from matinee.kernel.errors import MatineeError, Unsupported
from matinee.wire.releases import TRANSPARENT_VMAF, Marker, SoundCodec, VideoCodec, VideoRange

Profile = Literal["fast", "full"]
Told = Callable[[float], Awaitable[None]]
"""Hears how far something is, from 0 to 1."""
"""`fast`: a first honest release soon. `full`: the whole ladder, for as long as the film is watched."""

Severity = Literal["note", "warning", "error"]
"""A note is what was changed or is worth knowing; a warning is for a person to look at; an error is damage that shows."""

NO_SOUND = "no-sound"
"""The finding of a film without a sound track of its own."""


class SourceRefused(Unsupported):
    """The master cannot become a title; the sentence says why and what to bring instead."""


class NoPicture(MatineeError):
    """A frame cannot be shown: it is damaged, or its decoder gave up. A full disk is not this."""


class GateFailed(MatineeError):
    """An encode did not pass the gate twice. Nothing of it is published."""

    status = 422


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen in a master, and where, if it has a place."""

    severity: Severity
    code: str
    sentence: str
    start_s: float | None = None
    end_s: float | None = None
    frame: int | None = None
    """The first, counted from 0 at the film's rate. Only of what is seen."""
    frames: int | None = None
    stream: int | None = None


def frames_shown(finding: Finding, frames: int) -> tuple[int, ...]:
    """Which of a film's frames show a finding: the one before it, its first, and one in its middle."""
    if finding.frame is None:
        return ()
    middle = finding.frame + (finding.frames or 1) // 2
    return tuple(sorted({at for at in (finding.frame - 1, finding.frame, middle) if 0 <= at < frames}))


@dataclass(frozen=True, slots=True)
class Raster:
    """The frames a master gives: upright, square pixels, even, one rate."""

    width: int
    height: int
    rate: tuple[int, int]
    deinterlace: bool = False
    tone_map: bool = False
    video_range: VideoRange = "SDR"
    """Of these frames: the master's own range of light, or SDR, whatever the master has."""
    by_field: bool = False
    """Deinterlaced so that each field becomes a frame: the rate is that of fields."""
    key_gap_s: float = 0.0
    """How long the master goes without a key frame, where only reading it through tells: no frame looks otherwise for it."""

    @property
    def frames_per_second(self) -> float:
        return self.rate[0] / self.rate[1]


@dataclass(frozen=True, slots=True)
class Sound:
    stream: int
    language: str | None
    label: str | None
    channels: int
    role: str = "main"
    """In DASH's words: main, dub, commentary, description."""
    has_objects: bool = False
    """Dolby Atmos, which only a copy keeps."""
    late_s: float = 0.0
    """How long after the picture it begins. A copy cannot be moved."""


@dataclass(frozen=True, slots=True)
class Text:
    stream: int
    language: str | None
    label: str | None
    role: str = "subtitle"


StretchKind = Literal[
    "black",
    "lettering",
    "frozen",
    "repeated",
    "cadence",
    "jump",
    "missing",
    "stray",
    "flat",
    "bars",
    "blocks",
    "bands",
    "woven",
    "silence",
    "dropout",
    "clipped",
    "out-of-phase",
]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something measured over a time, before it is judged. What `strength` counts depends on the kind."""

    kind: StretchKind
    start_s: float
    end_s: float
    strength: float = 0.0
    is_abrupt: bool = False
    stream: int | None = None
    channel: int | None = None
    sides: tuple[float, ...] = ()
    """Black bars: top, bottom, left, right, as shares of the picture."""

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a master is, before anyone judges it: the engine's facts in this domain's words."""

    duration_s: float
    width: int
    height: int
    """As coded."""
    rotation: int
    sample_aspect: tuple[int, int]
    rate: tuple[int, int]
    rate_nominal: tuple[int, int]
    bit_depth: int
    interlaced: bool
    full_range: bool
    sound: tuple[Sound, ...]
    text: tuple[Text, ...]
    pictures_of_text: int = 0
    """Subtitle streams that are pictures, which cannot become text."""
    video_range: VideoRange = "SDR"


@dataclass(frozen=True, slots=True)
class PictureTrack:
    """The picture as its container and its stream describe it, and its course in time, a value a second."""

    codec: str
    pixel_format: str
    width: int
    height: int
    sample_aspect: tuple[int, int]
    rotation: int
    rate: tuple[int, int]
    rate_nominal: tuple[int, int]
    marked_interlaced: bool
    primaries: str | None
    transfer: str | None
    matrix: str | None
    range: str | None
    has_mastering_display: bool
    has_light_level: bool
    start_s: float
    duration_s: float | None
    light: tuple[float, ...] = ()
    change: tuple[float, ...] = ()
    woven_share: float = 0.0
    """Of the frames that move: those that hold two moments, one in each field."""
    is_steady: bool = True


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """A sound track as described, and as EBU R128 measures it; no loudness where it is silent."""

    stream: int
    codec: str
    language: str | None
    channels: int
    layout: str | None
    sample_rate: int
    start_s: float
    duration_s: float | None
    loudness_lufs: float | None = None
    range_lu: float | None = None
    peak_dbtp: float | None = None
    channels_dbfs: tuple[float, ...] = ()
    correlation: float | None = None
    course_dbfs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundBeside:
    """A file of sound that came beside the master: its first track, and what is wrong with it."""

    sound: Sound
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TextTrack:
    name: str
    """A stream of the master, or a file beside it."""
    cues: tuple[Cue, ...]
    language: str | None = None
    """As it is declared."""
    unread_lines: tuple[int, ...] = ()
    """Where times were meant to stand that nobody can read."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a film goes: what markers, previews and artwork are found by. A value a second, but for the cuts."""

    cuts_s: tuple[float, ...] = ()
    light: tuple[float, ...] = ()
    change: tuple[float, ...] = ()
    loudness_dbfs: tuple[float, ...] = ()
    """Of the first sound track."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What must be known of a film to find what it shares with others of its season."""

    duration_s: float
    sound: bytes = b""
    """The fingerprint of its first sound track: 32 bits every 50 ms, little-endian."""
    edges_s: tuple[float, ...] = ()
    """Where something may begin or end: cuts, and the ends of what is black or silent."""
    lettering: tuple[tuple[float, float], ...] = ()
    """Stretches that show letters on a dark ground, and nothing else."""
    pauses_s: tuple[float, ...] = ()
    """Where the picture or the sound is back after it was gone."""


@dataclass(frozen=True, slots=True)
class Inspection:
    raster: Raster
    frames: int
    sound: tuple[Sound, ...]
    text: tuple[Text, ...]
    stretches: tuple[Stretch, ...]
    findings: tuple[Finding, ...]
    sound_beside: Mapping[str, Sound] = field(default_factory=dict)
    """The first sound track of each file that came beside the master, by the file's name."""
    course: Course = field(default_factory=Course)
    chapters: tuple[Marker, ...] = ()
    """Those the master names itself."""
    video_range: VideoRange = "SDR"
    """Of the master. The raster's frames are SDR all the same: every device shows those."""

    @property
    def duration_s(self) -> float:
        return self.frames / self.raster.frames_per_second


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything a technician wants to know of a master: what `matinee inspect` shows."""

    container: str
    size_bytes: int
    picture: PictureTrack
    sounds: tuple[SoundTrack, ...]
    cues: tuple[tuple[str, int], ...]
    """How many, by text track."""
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class RatePoint:
    """What an encode gives: measured on one, or inferred from others."""

    height: int
    crf: float
    kbps: float
    vmaf: float
    vmaf_sd: float = 0.0
    """How sure the VMAF is: one standard deviation. 0 where it was measured."""
    vmaf_phone: float | None = None
    vmaf_4k: float | None = None
    """On screens that are no television of 1080 lines. None where nobody looked."""


@dataclass(frozen=True, slots=True)
class Rung:
    id: str
    width: int
    height: int
    tier: str
    crf: float
    kbps_expected: float
    kbps_max: int
    vmaf_expected: float
    vmaf_sd: float = 0.0
    """How far off that is expected to be."""
    codec: VideoCodec = "h264"
    """Its `crf` is on this codec's scale."""
    video_range: VideoRange = "SDR"
    vmaf_phone_expected: float | None = None
    vmaf_4k_expected: float | None = None
    """Of rungs that were chosen by it: those above 1080 lines."""


@dataclass(frozen=True, slots=True)
class Chunk:
    start_frame: int
    frames: int


@dataclass(frozen=True, slots=True)
class LadderPlan:
    profile: Profile
    raster: Raster
    frames: int
    groups: tuple[int, ...]
    """The first frame of each segment: a closed group of pictures, the same in every rung."""
    preset: str
    score_every: int
    rungs: tuple[Rung, ...]
    chunks: tuple[Chunk, ...]
    points: tuple[RatePoint, ...]
    """What the probes measured."""
    scenes: tuple[int, ...] = (0,)
    """The first frame of each."""
    shifts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """What each scene's CRF is moved by, for each rung where scenes differ."""
    trials: tuple[RatePoint, ...] = ()
    """What was measured on chunks of chosen rungs, made as they are for viewers."""
    hashes: tuple[str, ...] = ()
    """Of each chunk's frames as they enter the encoder; none where they are not known."""
    kept_as: str = ""
    """The name under which chunks of the title's last version are found, and this one's will be."""
    codec: VideoCodec = "h264"
    """One: a film in two codecs has two plans, with the same groups and chunks."""
    grain: int = 0
    """How strongly grain is taken out for the player to draw anew; 0 where it stays. VMAF is then of the picture beneath."""

    @property
    def segment_s(self) -> float:
        """On average: what sound is cut to, which needs no key frames."""
        return self.frames / self.raster.frames_per_second / len(self.groups)

    @property
    def enough_for_a_phone(self) -> Rung | None:
        """The cheapest rung from which on a phone shows no difference; None where not even the best is as good."""
        enough = [rung for rung in self.rungs if (rung.vmaf_phone_expected or 0.0) >= TRANSPARENT_VMAF]
        return min(enough, key=lambda rung: rung.kbps_expected, default=None)


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """One job: a chunk of a rung. The same task always makes the same file, so a finished one is never redone."""

    source: str
    source_sha256: str
    raster: Raster
    preset: str
    rung: Rung
    chunk: Chunk
    keys: tuple[int, ...]
    """Frames of the chunk that begin a group, 0 among them."""
    shifts: tuple[tuple[int, float], ...] = ()
    """Frames of the chunk from which its CRF is moved, and by how much."""
    frames_sha256: str = ""
    """Of its frames, where it is known: then the chunk is the same wherever it stands, and in whichever master."""
    kept_as: str = ""
    grain: int = 0
    is_alone: bool = False
    """The whole film in one."""


def chunk_tasks(source: str, source_sha256: str, plan: LadderPlan, rung: Rung) -> list[ChunkTask]:
    """A rung's jobs. They carry what they need of the plan and not the plan, of which a long film has thousands."""
    shifts = plan.shifts.get(rung.id, ())
    return [
        ChunkTask(
            source,
            source_sha256,
            plan.raster,
            plan.preset,
            rung,
            chunk,
            _keys_within(plan.groups, chunk),
            _shifts_within(plan.scenes, shifts, chunk, plan.codec),
            frames_sha256,
            plan.kept_as,
            plan.grain,
            len(plan.chunks) == 1,
        )
        for chunk, frames_sha256 in zip(plan.chunks, plan.hashes or ("",) * len(plan.chunks), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Curves:
    """What a plan was chosen from."""

    heights: tuple[tuple[RatePoint, ...], ...]
    """Every quality at each height, best height first."""
    fixed: tuple[RatePoint, ...]
    """How the film would look in the ladder that everybody gets elsewhere."""


def _keys_within(groups: Sequence[int], chunk: Chunk) -> tuple[int, ...]:
    first, last = (bisect_left(groups, frame) for frame in (chunk.start_frame, chunk.start_frame + chunk.frames))
    return tuple(group - chunk.start_frame for group in groups[first:last])


def _shifts_within(
    scenes: Sequence[int], shifts: Sequence[float], chunk: Chunk, codec: VideoCodec
) -> tuple[tuple[int, float], ...]:
    if not shifts:
        return ()
    first = bisect_right(scenes, chunk.start_frame) - 1
    last = bisect_left(scenes, chunk.start_frame + chunk.frames)
    found = tuple((max(0, scenes[n] - chunk.start_frame), shifts[n]) for n in range(first, last))
    return found if codec == "h264" else ((0, _on_average(found, chunk.frames)),)


def _on_average(shifts: Sequence[tuple[int, float]], frames: int) -> float:
    """What a whole chunk is moved by: x264 alone can change its mind in the middle."""
    ends = [*(frame for frame, _ in shifts[1:]), frames]
    moved = sum(shift * (end - frame) for (frame, shift), end in zip(shifts, ends, strict=True))
    return float(round(moved / frames))


@dataclass(frozen=True, slots=True)
class RungTask:
    """Put a rung's chunks together and measure the whole."""

    source: str
    source_sha256: str
    plan: LadderPlan
    rung: Rung
    target: str


@dataclass(frozen=True, slots=True)
class GateVerdict:
    passed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RungResult:
    rung: Rung
    path: str
    frames: int
    size_bytes: int
    kbps: float
    vmaf: float
    vmaf_first_percentile: float
    segment_vmaf: tuple[float | None, ...]
    verdict: GateVerdict
    vmaf_phone: float | None = None
    vmaf_4k: float | None = None
    """Of rungs above 1080 lines."""


@dataclass(frozen=True, slots=True)
class SoundTask:
    source: str
    stream: int
    target: str
    duration_s: float
    codec: SoundCodec = "aac"
    channels: int = 2
    is_copy: bool = False
    """The stream as it is: what cannot be made here, Atmos, is passed through."""


@dataclass(frozen=True, slots=True)
class SoundMade:
    """How loud it came out (EBU R128), where it was encoded and is not silent."""

    path: str
    loudness_lufs: float | None = None
    range_lu: float | None = None
    peak_dbtp: float | None = None
    notes: tuple[str, ...] = ()
    """Where it is not as loud as it should be."""


@dataclass(frozen=True, slots=True)
class TextTask:
    source: str
    stream: int | None
    """None: the source is a subtitle file itself."""
    target: str
    """Of WebVTT; IMSC lies beside it, and its name ends in `.ttml`."""
    language: str | None = None
    duration_s: float | None = None
    """The film's. None in journeys from before it was asked."""


@dataclass(frozen=True, slots=True)
class TextMade:
    cues: int
    notes: tuple[str, ...] = ()
    """What had to be changed."""


@dataclass(frozen=True, slots=True)
class SheetsTask:
    source: str
    raster: Raster
    duration_s: float
    folder: str


@dataclass(frozen=True, slots=True)
class Sheets:
    paths: tuple[str, ...]
    columns: int
    rows: int
    width: int
    height: int
    interval_ms: int
    count: int


Shape = Literal["16:9", "4:3", "1:1", "2:3"]


@dataclass(frozen=True, slots=True)
class Crop:
    """A window of a picture, in its pixels."""

    shape: Shape
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Looks:
    """How good a frame is, 0 … 1 in each."""

    sharpness: float
    light: float
    color: float
    composition: float
    title_room: float
    """Whether one side is empty enough to write on."""
    faces: int | None = None
    """None: nobody counted."""


@dataclass(frozen=True, slots=True)
class Still:
    """A frame that may become artwork."""

    path: str
    at_s: float
    score: float
    looks: Looks
    crops: tuple[Crop, ...]


class Encoding(Protocol):
    async def inspect(self, source: str, source_sha256: str | None = None, *, is_urgent: bool = True) -> Inspection:
        """What is in a master and what will be made of it. With its hash, a plan will know its frames again. What is not
        urgent leaves a place to what is. Raises `SourceRefused`.
        """
        ...

    async def examine(self, source: str, subtitles: Sequence[str] = ()) -> Examination:
        """The same with all that was measured. `subtitles` are files that came beside it. Raises `SourceRefused`."""
        ...

    async def examine_text(self, file: str, name: str, language: str, duration_s: float) -> tuple[Finding, ...]:
        """What is wrong with subtitles in a file beside a film of this length, in sentences that call it `name`.

        What cannot be read at all is refused when a track is to be made of it.
        """
        ...

    async def examine_sound(self, file: str, name: str, duration_s: float) -> SoundBeside:
        """The same of sound in a file beside a film of this length. Raises `SourceRefused` where it has none."""
        ...

    async def size(self, source: str) -> float:
        """Megapixels of the whole master, as its headers say: enough to guess what it will cost. 0 where they do not."""
        ...

    async def sound_of(self, source: str) -> list[Sound]:
        """The sound tracks of a file that came beside the master. Raises `SourceRefused` where it has none."""
        ...

    async def plan(
        self,
        source: str,
        source_sha256: str,
        inspection: Inspection,
        profile: Profile,
        *,
        codec: VideoCodec = "h264",
        beside: LadderPlan | None = None,
        title_id: str | None = None,
        told: Told | None = None,
    ) -> LadderPlan:
        """The ladder for this very film in this codec, from probe encodes. `beside` another codec's it has its groups.
        `told` hears how far that is.

        Where the title's last version was mostly the same film, that one's ladder, with every chunk that is unchanged.
        HEVC and AV1 keep the range of light of a master that has more than SDR.
        """
        ...

    def curves(self, plan: LadderPlan) -> Curves:
        """Inferred again from what the plan measured."""
        ...

    async def encode_chunk(self, task: ChunkTask) -> str:
        """Path of the finished chunk; at once where it is there already."""
        ...

    def second_try(self, rung: Rung) -> Rung:
        """The same rung with more bits, for the one repetition the gate allows."""
        ...

    def held_together(self, results: Sequence[RungResult]) -> list[RungResult]:
        """With what shows only beside a title's other rungs."""
        ...

    def worth_offering(self, results: Sequence[RungResult]) -> list[RungResult]:
        """Those a player gains by switching to, cheapest first, codec by codec."""
        ...

    async def finish_rung(self, task: RungTask) -> RungResult: ...

    async def encode_sound(self, task: SoundTask) -> SoundMade:
        """Encode it, or pass it through."""
        ...

    async def convert_text(self, task: TextTask) -> TextMade:
        """WebVTT and IMSC from SRT, ASS, WebVTT or TTML. Raises `SourceRefused`."""
        ...

    async def draw_sheets(self, task: SheetsTask) -> Sheets: ...

    async def stills(self, source: str, inspection: Inspection, folder: str) -> list[Still]:
        """A few full-size pictures for artwork nobody supplied, the best first and none like another."""
        ...

    async def preview(self, source: str, inspection: Inspection, target: str) -> float | None:
        """The liveliest half minute of what may be shown beforehand, as a small film; its seconds. None: there is none."""
        ...

    async def pictures(self, source: str, raster: Raster, frames: Sequence[int], folder: str) -> list[str]:
        """Each of these frames as a JPEG of the raster's size. `source` is a master, or what was made of one.

        Raises `NoPicture`.
        """
        ...

    async def scene_bytes(self, encoded: str, plan: LadderPlan) -> tuple[int, ...]:
        """What each scene weighs in a rung that was put together."""

    async def outline(self, source: str, inspection: Inspection) -> Outline:
        """Listen to a master's first sound track, and put down what else finds its markers."""
        ...

    async def season_markers(self, outlines: Sequence[Outline]) -> list[tuple[Marker, ...]]:
        """Intro, recap and credits of a season's episodes, in their order. A film is a season of one."""
        ...

    async def forget_source(self, source_sha256: str) -> None:
        """Drop whatever was made of a master, also by a plan that was never settled."""
        ...

    async def remains(self) -> set[str]:
        """How the hashes of those masters begin of which something was made and not dropped, finished or not. What was put
        by for next versions does not count. `forget_source` takes such a beginning too."""
        ...

    async def keep(self, plan: LadderPlan, source_sha256: str, rungs: Sequence[Rung]) -> None:
        """Put the chunks of these rungs by for the title's next version, as far as there is room."""
        ...

    async def forget(self, plan: LadderPlan, source_sha256: str, rungs: tuple[Rung, ...]) -> None:
        """Drop the chunks of rungs that are packaged."""
        ...

    async def forget_title(self, title_id: str) -> None:
        """Drop whatever was put by for its next version."""
        ...
