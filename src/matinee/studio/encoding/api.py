"""The inside door of encoding. Paths are text, because these values travel through the journal as JSON."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from matinee.kernel.errors import MatineeError, Unsupported

Profile = Literal["fast", "full"]
"""`fast`: a first honest release soon. `full`: the whole ladder, for as long as the film is watched."""

Severity = Literal["note", "warning", "error"]
"""A note is what was changed or is worth knowing; a warning is for a person to look at; an error is damage that shows."""

NO_SOUND = "no-sound"
"""The finding of a film without a sound track of its own."""


class SourceRefused(Unsupported):
    """The master cannot become a title; the sentence says why and what to bring instead."""


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


@dataclass(frozen=True, slots=True)
class Raster:
    """The frames a master gives: upright, square pixels, even, one rate."""

    width: int
    height: int
    rate: tuple[int, int]
    deinterlace: bool = False
    tone_map: bool = False

    @property
    def frames_per_second(self) -> float:
        return self.rate[0] / self.rate[1]


@dataclass(frozen=True, slots=True)
class Sound:
    stream: int
    language: str | None
    label: str | None
    channels: int


@dataclass(frozen=True, slots=True)
class Text:
    stream: int
    language: str | None
    label: str | None


StretchKind = Literal[
    "black",
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
    hdr: bool
    full_range: bool
    sound: tuple[Sound, ...]
    text: tuple[Text, ...]
    pictures_of_text: int = 0
    """Subtitle streams that are pictures, which cannot become text."""


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
class Cue:
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TextTrack:
    name: str
    """A stream of the master, or a file beside it."""
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    raster: Raster
    frames: int
    sound: tuple[Sound, ...]
    text: tuple[Text, ...]
    stretches: tuple[Stretch, ...]
    findings: tuple[Finding, ...]

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

    @property
    def segment_s(self) -> float:
        """On average: what sound is cut to, which needs no key frames."""
        return self.frames / self.raster.frames_per_second / len(self.groups)


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
            _shifts_within(plan.scenes, shifts, chunk),
        )
        for chunk in plan.chunks
    ]


@dataclass(frozen=True, slots=True)
class Curves:
    """What a plan was chosen from."""

    heights: tuple[tuple[RatePoint, ...], ...]
    """Every quality at each height, best height first."""
    fixed: tuple[RatePoint, ...]
    """How the film would look in the ladder that everybody gets elsewhere."""


_TRIED_S, _TRIED_SHARE = 24.0, 0.1
"""Of a rung that is tried out: the whole of a short film, and a tenth of a long one."""


def trial_tasks(source: str, source_sha256: str, plan: LadderPlan, rung: Rung) -> list[ChunkTask]:
    """Those of a rung's jobs that are done before the ladder is settled, spread over the film."""
    tasks = chunk_tasks(source, source_sha256, plan, rung)
    wanted = max(_TRIED_SHARE * plan.frames, _TRIED_S * plan.raster.frames_per_second)
    count = max(1, math.ceil(len(tasks) * min(1.0, wanted / plan.frames)))
    return [tasks[(2 * number + 1) * len(tasks) // (2 * count)] for number in range(count)]


def _keys_within(groups: Sequence[int], chunk: Chunk) -> tuple[int, ...]:
    first, last = (bisect_left(groups, frame) for frame in (chunk.start_frame, chunk.start_frame + chunk.frames))
    return tuple(group - chunk.start_frame for group in groups[first:last])


def _shifts_within(scenes: Sequence[int], shifts: Sequence[float], chunk: Chunk) -> tuple[tuple[int, float], ...]:
    if not shifts:
        return ()
    first = bisect_right(scenes, chunk.start_frame) - 1
    last = bisect_left(scenes, chunk.start_frame + chunk.frames)
    return tuple((max(0, scenes[n] - chunk.start_frame), shifts[n]) for n in range(first, last))


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


@dataclass(frozen=True, slots=True)
class SoundTask:
    source: str
    stream: int
    target: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class TextTask:
    source: str
    stream: int | None
    """None: the source is a subtitle file itself."""
    target: str


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


class Encoding(Protocol):
    async def inspect(self, source: str) -> Inspection:
        """What is in a master and what will be made of it. Raises `SourceRefused`."""
        ...

    async def examine(self, source: str, subtitles: Sequence[str] = ()) -> Examination:
        """The same with all that was measured. `subtitles` are files that came beside it. Raises `SourceRefused`."""
        ...

    async def sound_of(self, source: str) -> list[Sound]:
        """The sound tracks of a file that came beside the master. Raises `SourceRefused` where it has none."""
        ...

    async def plan(self, source: str, source_sha256: str, inspection: Inspection, profile: Profile) -> LadderPlan:
        """The ladder for this very film, from probe encodes."""
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

    def worth_offering(self, results: Sequence[RungResult]) -> list[RungResult]:
        """Those a player gains by switching to, cheapest first."""
        ...

    async def finish_rung(self, task: RungTask) -> RungResult: ...

    async def encode_sound(self, task: SoundTask) -> str: ...

    async def convert_text(self, task: TextTask) -> int:
        """Number of cues."""
        ...

    async def draw_sheets(self, task: SheetsTask) -> Sheets: ...

    async def stills(self, source: str, inspection: Inspection, folder: str) -> list[str]:
        """A few full-size pictures from lively places, for artwork nobody supplied."""
        ...

    async def forget(self, plan: LadderPlan, source_sha256: str, rungs: tuple[Rung, ...]) -> None:
        """Drop the chunks of rungs that are packaged."""
        ...
