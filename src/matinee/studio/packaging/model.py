"""From packaged files to `release.json`: what a player has to know of each track."""

from collections.abc import Sequence

from matinee.studio.packaging.api import SheetsInput, SoundInput, TextInput, VideoInput
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, Segment, StoredFile, Thumbnails, Track

TEXT_FILE = "subtitles.vtt"
SHEETS_TRACK = "thumbnails"
_MS = 1000


def tiers_of(video: Sequence[VideoInput], sound: Sequence[SoundInput]) -> tuple[str, ...]:
    """The tiers that need a key, in a stable order."""
    return (*sorted({item.tier for item in video}), *((AUDIO_TIER,) if sound else ()))


def video_track(
    item: VideoInput,
    *,
    codecs: str,
    timescale: int,
    init: StoredFile,
    segments: Sequence[Segment],
    key_id: str | None,
) -> Track:
    peak, average = bandwidths(segments, timescale)
    return Track(
        id=item.track,
        kind="video",
        tier=item.tier,
        mime="video/mp4",
        codecs=codecs,
        timescale=timescale,
        bandwidth=peak,
        bandwidth_average=average,
        init=init,
        segments=tuple(segments),
        key_id=key_id,
        width=item.width,
        height=item.height,
        frame_rate=f"{item.rate[0]}/{item.rate[1]}" if item.rate[1] != 1 else str(item.rate[0]),
        vmaf=item.vmaf,
    )


def sound_track(
    item: SoundInput,
    *,
    codecs: str,
    timescale: int,
    init: StoredFile,
    segments: Sequence[Segment],
    key_id: str | None,
) -> Track:
    peak, average = bandwidths(segments, timescale)
    return Track(
        id=item.track,
        kind="audio",
        tier=AUDIO_TIER,
        mime="audio/mp4",
        codecs=codecs,
        timescale=timescale,
        bandwidth=peak,
        bandwidth_average=average,
        init=init,
        segments=tuple(segments),
        key_id=key_id,
        language=item.language,
        label=item.label,
        role=item.role,
        channels=item.channels,
        sample_rate=item.sample_rate,
    )


def text_track(item: TextInput, stored: StoredFile, duration_ms: int) -> Track:
    """One WebVTT file for the whole film: small, and every player reads it."""
    segment = Segment(stored.file, 0, duration_ms, stored.size, stored.sha256)
    peak, average = bandwidths([segment], _MS)
    return Track(
        id=item.track,
        kind="text",
        tier=CLEAR_TIER,
        mime="text/vtt",
        codecs="wvtt",
        timescale=_MS,
        bandwidth=peak,
        bandwidth_average=average,
        init=None,
        segments=(segment,),
        language=item.language,
        label=item.label,
        role=item.role,
    )


def sheets_track(item: SheetsInput, stored: Sequence[StoredFile], duration_ms: int) -> tuple[Track, Thumbnails]:
    """Each sheet is a segment as long as the pictures on it."""
    span = item.interval_ms * item.columns * item.rows
    segments = tuple(
        Segment(file.file, number * span, max(1, min(span, duration_ms - number * span)), file.size, file.sha256)
        for number, file in enumerate(stored)
    )
    peak, average = bandwidths(segments, _MS)
    track = Track(
        id=SHEETS_TRACK,
        kind="image",
        tier=CLEAR_TIER,
        mime="image/jpeg",
        codecs="jpeg",
        timescale=_MS,
        bandwidth=peak,
        bandwidth_average=average,
        init=None,
        segments=segments,
        width=item.width * item.columns,
        height=item.height * item.rows,
    )
    thumbnails = Thumbnails(
        SHEETS_TRACK, item.columns, item.rows, item.width, item.height, item.interval_ms, item.count
    )
    return track, thumbnails


def bandwidths(segments: Sequence[Segment], timescale: int) -> tuple[int, int]:
    """(peak over any segment, average), bits a second. A last sliver of a segment does not set the peak."""
    longest = max(segment.duration for segment in segments)
    counted = [s for s in segments if s.duration * 2 >= longest] or list(segments)
    peak = max(s.size * 8 * timescale / max(1, s.duration) for s in counted)
    total = sum(s.duration for s in segments)
    average = sum(s.size for s in segments) * 8 * timescale / max(1, total)
    return max(1, round(max(peak, average))), max(1, round(average))
