"""What the studio may expect of an encoder.

Inputs are local files that were checked to be plain media; an implementation must not let a file make it open others
(playlists, concat lists) nor reach the network. Every call is bounded in time, memory and output size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from matinee.kernel.errors import MatineeError, Unsupported
from matinee.wire.releases import SoundCodec, VideoCodec, VideoRange

Progress = Callable[[float], None]
"""Called with 0 … 1."""
PRINT_BYTES = 8
"""Of a frame's fingerprint: two frames that differ share one once in 2^64 times."""


class NotMedia(Unsupported):
    """The file is not something that can be played; the sentence says what it looks like instead."""


class Stalled(MatineeError):
    """The decoder waits for itself: some damage does that to its threads."""


class EncoderFailed(MatineeError):
    """The encoder gave up for a reason that is neither the file's nor the disk's; its last words are in the sentence."""


NO_PICTURE = (NotMedia, EncoderFailed, Stalled)
"""What becomes of asking for a frame of a film that is damaged there."""


@dataclass(frozen=True, slots=True)
class VideoStream:
    index: int
    codec: str
    width: int
    height: int
    """As coded."""
    rotation: int
    """Degrees clockwise to show it upright: 0, 90, 180, 270."""
    sample_aspect: tuple[int, int]
    pixel_format: str
    bit_depth: int
    frame_rate: tuple[int, int]
    """Average."""
    frame_rate_nominal: tuple[int, int]
    """Differs from the average where the rate varies."""
    frames: int | None
    duration_s: float | None
    interlaced: bool
    color_primaries: str | None
    color_transfer: str | None
    color_space: str | None
    color_range: str | None
    start_s: float = 0.0
    """When its first frame is shown, on the container's clock."""
    has_mastering_display: bool = False
    has_light_level: bool = False
    """What HDR10 says of the screen a film was mastered on, and of its brightest frame."""


@dataclass(frozen=True, slots=True)
class AudioStream:
    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str | None
    title: str | None
    duration_s: float | None
    start_s: float = 0.0
    layout: str | None = None
    has_objects: bool = False
    """Dolby Atmos in E-AC-3: sounds with a place of their own beside the channels. Only a copy keeps them."""
    role: str = "main"
    """In DASH's words, from what the container says it is for."""


@dataclass(frozen=True, slots=True)
class TextStream:
    index: int
    codec: str
    language: str | None
    title: str | None
    role: str = "subtitle"


@dataclass(frozen=True, slots=True)
class Chapter:
    start_s: float
    end_s: float
    title: str | None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    container: str
    size_bytes: int
    duration_s: float
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    text: tuple[TextStream, ...]
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """How a master becomes frames: upright, square pixels, one rate, 4:2:0, limited range.

    SDR is BT.709 in 8 bits. PQ and HLG are BT.2020 in 10 bits, for masters that are so themselves: what these say of the
    screen they were made on stays with them.
    """

    width: int
    height: int
    frame_rate: tuple[int, int]
    deinterlace: bool = False
    tone_map: bool = False
    """HDR to SDR. A picture whose `video_range` is not SDR has nothing to map."""
    video_range: VideoRange = "SDR"
    by_field: bool = False
    """Deinterlaced so that each field becomes a frame, and `frame_rate` is that of fields."""
    key_gap_s: float = 0.0
    """Of its master, as `key_gap` finds it."""


@dataclass(frozen=True, slots=True)
class VideoEncode:
    """One encode of a source, or of a part of it, with a closed GOP at each of `key_frames` and nowhere else.

    The same job makes the same bytes. `preset` is one of x264's or `hurried`, which is quicker than x264's `veryfast` at
    nearly its size; each codec has its own for these words. `crf` is on the codec's own scale. `bitrate_max_kbps` holds
    within `buffer_kbits` for H.264 and HEVC and nearly so for AV1. VP9 has none: what its CRF costs is what it costs, and
    the peak that players are told is measured on its segments.
    """

    source: Path
    target: Path
    picture: Picture
    crf: float
    preset: str
    key_frames: tuple[int, ...]
    """Counted from `start_frame`, 0 among them."""
    bitrate_max_kbps: int
    buffer_kbits: int
    start_frame: int = 0
    frames: int | None = None
    threads: int = 2
    shifts: tuple[tuple[int, float], ...] = ()
    """(frame counted from `start_frame`, what is added to the CRF from there on). H.264 alone."""
    codec: VideoCodec = "h264"
    grain: int = 0
    """AV1 alone: how strongly the source is freed of grain that the player draws anew, 1 to 50; 0 leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A few stretches of a source as `picture`, one after the other, so that trials need not go back to the source."""

    source: Path
    target: Path
    picture: Picture
    stretches: tuple[tuple[int, int], ...]
    """(first frame, frames) of each."""


@dataclass(frozen=True, slots=True)
class AudioEncode:
    """One stream of a file, encoded; `stream_index` None makes silence of `duration_s`.

    `loudness_lufs` is reached by one gain for the whole film; None leaves the loudness as it is.
    """

    source: Path | None
    target: Path
    stream_index: int | None
    bitrate_kbps: int
    duration_s: float
    channels: int = 2
    """1, 2 or 6: whatever the source has is folded to that."""
    loudness_lufs: float | None = -23.0
    codec: SoundCodec = "aac"


@dataclass(frozen=True, slots=True)
class AudioCopy:
    """One stream as it is, in MP4, no longer than `duration_s`."""

    source: Path
    target: Path
    stream_index: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class Loudness:
    """As EBU R128 measures it."""

    integrated_lufs: float
    range_lu: float
    peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Clip:
    """A small film of its own from a part of a source: H.264 and stereo AAC, for any player."""

    source: Path
    target: Path
    picture: Picture
    start_frame: int
    frames: int
    stream_index: int | None
    """The sound; None: without."""


@dataclass(frozen=True, slots=True)
class Encoded:
    path: Path
    frames: int
    size_bytes: int
    seconds: float
    loudness: Loudness | None = None
    """Of sound that is not silent, measured on what was made."""
    aimed_lufs: float | None = None
    """How loud its gain was to make it: less than was asked for where its peaks allow no more. What was made is within a
    few LU of that."""


SpanKind = Literal[
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
"""Lettering: letters on a dark ground and nothing else. Frozen: one picture for long. Repeated: for a few frames, in motion. Cadence: the same, in a rhythm. Jump: as if frames between were gone. Missing: no
frame where one is due. Stray: one frame of something else. Flat: one color, or memory nobody wrote. Woven: two moments in
one frame. Dropout: one channel falls silent while others sound."""


@dataclass(frozen=True, slots=True)
class SpanFound:
    """Something measured, and not yet judged."""

    kind: SpanKind
    start_s: float
    end_s: float
    strength: float = 0.0
    """Blocks: levels of 255. Bands: share, 0 … 1. Frozen, repeated: motion around it, levels. Jump: times the motion around
    it. Flat: share of the picture that was never decoded. Woven: the order of its lines in time, as a share of the motion.
    Clipped: share of the samples at the top. Silence: dB it falls by."""
    is_abrupt: bool = False
    """From one frame to the next; else faded, or at the film's edge."""
    stream: int | None = None
    """Of sound."""
    channel: int | None = None
    sides: tuple[float, ...] = ()
    """Bars: top, bottom, left, right, as shares of the picture."""


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """What is true of the whole picture track, and its course, a value a second."""

    frames: int
    """Decoded; the film's grid may have more or fewer."""
    light: tuple[float, ...]
    """Mean luma, 0 … 255."""
    change: tuple[float, ...]
    woven_share: float
    """Of the frames that move."""
    blocks: float
    still_share: float
    is_steady: bool
    """Whether frames come at equal times."""
    cuts_s: tuple[float, ...] = ()
    """Where one frame has nothing of the one before."""


@dataclass(frozen=True, slots=True)
class SoundHeard:
    """A sound track as EBU R128 measures it; None where it is silent."""

    stream: int
    seconds: float
    loudness_lufs: float | None
    range_lu: float | None
    peak_dbtp: float | None
    channels_dbfs: tuple[float, ...]
    """The RMS of each channel; -120 is silence."""
    correlation: float | None
    """Of left and right: 1 is mono, -1 is mono with one side turned around."""
    course_dbfs: tuple[float, ...]
    """RMS of all channels, a value a second."""


@dataclass(frozen=True, slots=True)
class Examined:
    frames: int
    """On the grid of the picture that was asked for."""
    spans: tuple[SpanFound, ...]
    picture: PictureSeen | None = None
    sounds: tuple[SoundHeard, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundExamined:
    """One sound track, wherever it lies, and what in it may be wrong."""

    heard: SoundHeard
    spans: tuple[SpanFound, ...]


class Encoder(Protocol):
    async def probe(self, path: Path) -> MediaInfo:
        """What is in the file. Raises `NotMedia`."""
        ...

    async def count_frames(self, path: Path, picture: Picture | None = None) -> int:
        """Decode it all. Raises `NotMedia` where decoding breaks off before the end."""
        ...

    async def examine(
        self, path: Path, picture: Picture, progress: Progress | None = None, *, prints: Path | None = None
    ) -> Examined:
        """Decode it all once: how many frames it gives, and whatever in it may be wrong.

        `prints` is a file that is made: `PRINT_BYTES` for each frame that an encode would be given, equal where such
        frames are equal, wherever in whichever film they stand. Raises `NotMedia` as `count_frames` does.
        """
        ...

    async def hear(self, path: Path, *, stream_index: int) -> SoundExamined:
        """Decode one sound track once, as `examine` does those of a master: for sound that comes in a file of its own."""
        ...

    async def shots(self, path: Path, picture: Picture) -> list[int]:
        """Frame numbers (after `picture`'s rate) where a new shot begins, 0 among them."""
        ...

    async def encode_video(self, job: VideoEncode, progress: Progress | None = None) -> Encoded: ...

    async def excerpt(self, job: Excerpt) -> Encoded:
        """Without loss: the frames an encode of the source would be given."""
        ...

    async def noise(self, path: Path) -> float:
        """The grain over the flat parts of a film: its standard deviation in levels of 255."""
        ...

    async def key_gap(self, path: Path) -> float:
        """How many seconds a master goes without a key frame, where its container does not tell the places of those; 0 where it
        does. Decoding has to begin that much earlier."""
        ...

    async def frame_sizes(self, path: Path) -> list[int]:
        """The bytes of each frame of an encode, as they are shown."""
        ...

    async def key_frames(self, path: Path) -> list[int]:
        """Those of an encode at which a player can begin, counted as they are shown."""
        ...

    async def encode_audio(self, job: AudioEncode) -> Encoded: ...

    async def copy_audio(self, job: AudioCopy) -> Encoded: ...
    async def clip(self, job: Clip) -> Encoded:
        """Faded in and out in its sound, and ready to play before all of it has arrived."""
        ...

    async def mono(self, path: Path, *, stream_index: int, rate_hz: int, take: Callable[[bytes], None]) -> None:
        """A sound track mixed to one channel, as 16-bit samples on the film's clock, in pieces of any size."""
        ...

    async def join(self, parts: Sequence[Path], target: Path) -> Encoded:
        """Chunks of one rung, one after the other, without touching a frame."""
        ...

    async def subtitles(self, source: Path, target: Path, *, stream_index: int) -> None:
        """A stream of text as it was written, as SubRip, WebVTT or ASS. Raises `NotMedia` where it is no text."""
        ...

    async def pictures(
        self, source: Path, target: Path, *, picture: Picture, every_s: float, columns: int, rows: int, width: int
    ) -> list[Path]:
        """Thumbnail sheets (`target` has a %d)."""
        ...

    async def still(self, source: Path, target: Path, *, at_s: float, picture: Picture) -> Path: ...
