"""What the studio may expect of an encoder.

Inputs are local files that were checked to be plain media; an implementation must not let a file make it open others
(playlists, concat lists) nor reach the network. Every call is bounded in time, memory and output size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from matinee.kernel.errors import Unsupported

Progress = Callable[[float], None]
"""Called with 0 … 1."""


class NotMedia(Unsupported):
    """The file is not something that can be played; the sentence says what it looks like instead."""


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


@dataclass(frozen=True, slots=True)
class TextStream:
    index: int
    codec: str
    language: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    container: str
    size_bytes: int
    duration_s: float
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    text: tuple[TextStream, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """How a master becomes frames: upright, square pixels, one rate, 8-bit 4:2:0, BT.709 limited range."""

    width: int
    height: int
    frame_rate: tuple[int, int]
    deinterlace: bool = False
    tone_map: bool = False


@dataclass(frozen=True, slots=True)
class VideoEncode:
    """One H.264 encode of a source, or of a part of it, with a closed GOP at each of `key_frames` and nowhere else.

    `preset` is one of x264's or `hurried`, which is quicker than x264's `veryfast` at nearly its size.
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
    """(frame counted from `start_frame`, what is added to the CRF from there on)."""


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
    """AAC from one stream of a file; `stream_index` None makes silence of `duration_s`."""

    source: Path | None
    target: Path
    stream_index: int | None
    bitrate_kbps: int
    duration_s: float
    channels: int = 2
    loudness_lufs: float | None = -23.0


@dataclass(frozen=True, slots=True)
class Encoded:
    path: Path
    frames: int
    size_bytes: int
    seconds: float


SpanKind = Literal[
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
"""Frozen: one picture for long. Repeated: for a few frames, in motion. Cadence: the same, in a rhythm. Jump: as if frames between were gone. Missing: no
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


class Encoder(Protocol):
    async def probe(self, path: Path) -> MediaInfo:
        """What is in the file. Raises `NotMedia`."""
        ...

    async def count_frames(self, path: Path, picture: Picture | None = None) -> int:
        """Decode it all. Raises `NotMedia` where decoding breaks off before the end."""
        ...

    async def examine(self, path: Path, picture: Picture, progress: Progress | None = None) -> Examined:
        """Decode it all once: how many frames it gives, and whatever in it may be wrong.

        Raises `NotMedia` as `count_frames` does.
        """
        ...

    async def shots(self, path: Path, picture: Picture) -> list[int]:
        """Frame numbers (after `picture`'s rate) where a new shot begins, 0 among them."""
        ...

    async def encode_video(self, job: VideoEncode, progress: Progress | None = None) -> Encoded: ...

    async def excerpt(self, job: Excerpt) -> Encoded:
        """Without loss: the frames an encode of the source would be given."""
        ...

    async def frame_sizes(self, path: Path) -> list[int]:
        """The bytes of each frame of an encode, as they are shown."""
        ...

    async def encode_audio(self, job: AudioEncode) -> Encoded: ...

    async def join(self, parts: Sequence[Path], target: Path) -> Encoded:
        """Chunks of one rung, one after the other, without touching a frame."""
        ...

    async def subtitles(self, source: Path, target: Path, *, stream_index: int | None = None) -> int:
        """SRT, ASS or WebVTT (a file, or a stream of one) to WebVTT; answers the number of cues."""
        ...

    async def pictures(
        self, source: Path, target: Path, *, picture: Picture, every_s: float, columns: int, rows: int, width: int
    ) -> list[Path]:
        """Thumbnail sheets (`target` has a %d)."""
        ...

    async def still(self, source: Path, target: Path, *, at_s: float, picture: Picture) -> Path: ...
