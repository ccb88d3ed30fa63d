"""From packaged files to `release.json`: what a player has to know of each track."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matinee.studio.packaging.api import SheetsInput, SoundInput, TextInput, VideoInput, WholeFile
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, Segment, StoredFile, Thumbnails, Track

SHEETS_TRACK = "thumbnails"
TRICK_TRACK = "trick"
WHOLE_TRACK = "whole"
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
        video_range=item.video_range,
        vmaf_phone=item.vmaf_phone,
        vmaf_4k=item.vmaf_4k,
    )


def trick_source(video: Sequence[VideoInput]) -> VideoInput:
    """Whose key frames are shown while winding: the smallest H.264 picture's, which everyone can decode and has the key for."""
    return min(video, key=lambda item: (item.codec != "h264", item.height, item.width, item.vmaf, item.track))


def trick_track(
    item: VideoInput,
    *,
    codecs: str,
    timescale: int,
    init: StoredFile,
    segments: Sequence[Segment],
    key_id: str | None,
) -> Track:
    """The key frames of `item` alone, one a segment."""
    made = video_track(item, codecs=codecs, timescale=timescale, init=init, segments=segments, key_id=key_id)
    return replace(made, id=TRICK_TRACK, kind="trick", vmaf=None, vmaf_phone=None, vmaf_4k=None)


def sound_track(
    item: SoundInput,
    *,
    codecs: str,
    timescale: int,
    init: StoredFile,
    segments: Sequence[Segment],
    key_id: str | None,
    joc_complexity: int | None = None,
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
        rendition_of=item.rendition_of,
        joc_complexity=joc_complexity,
    )


@dataclass(frozen=True, slots=True)
class TextForm:
    """How words are written, and as what players know it."""

    suffix: str
    file: str
    mime: str
    codecs: str


WEBVTT = TextForm("", "subtitles.vtt", "text/vtt", "wvtt")
IMSC = TextForm("-imsc", "subtitles.ttml", "application/ttml+xml", "im1t")
"""`im1t` is IMSC's text profile in the registry of TTML's profiles."""


def text_track(item: TextInput, form: TextForm, stored: StoredFile, duration_ms: int) -> Track:
    """One file for the whole film: small, and every player reads it."""
    segment = Segment(stored.file, 0, duration_ms, stored.size, stored.sha256)
    peak, average = bandwidths([segment], _MS)
    return Track(
        id=item.track + form.suffix,
        kind="text",
        tier=CLEAR_TIER,
        mime=form.mime,
        codecs=form.codecs,
        timescale=_MS,
        bandwidth=peak,
        bandwidth_average=average,
        init=None,
        segments=(segment,),
        language=item.language,
        label=item.label,
        role=item.role,
        rendition_of=item.track if form.suffix else None,
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


def whole_track(file: StoredFile, order: WholeFile) -> Track:
    """One segment that is the file: nothing to make a manifest of."""
    segments = (Segment(file.file, 0, max(1, order.duration_ms), file.size, file.sha256),)
    peak, average = bandwidths(segments, _MS)
    return Track(
        id=WHOLE_TRACK,
        kind="video",
        tier=CLEAR_TIER,
        mime="video/mp4",
        codecs="avc1,mp4a",
        timescale=_MS,
        bandwidth=peak,
        bandwidth_average=average,
        init=None,
        segments=segments,
    )


def bandwidths(segments: Sequence[Segment], timescale: int) -> tuple[int, int]:
    """(peak, average), bits a second.

    The peak is HLS's (RFC 8216, 4.3.4.2): over neighbors that last between half the target duration and half as long again,
    so that a last sliver does not set it, and a row of short segments does.
    """
    total = sum(s.duration for s in segments)
    average = sum(s.size for s in segments) * 8 * timescale / max(1, total)
    target = timescale * max(1, int(max(s.duration for s in segments) / timescale + 0.5))
    peak = 0.0
    for first in range(len(segments)):
        size = duration = 0
        for segment in segments[first:]:
            size, duration = size + segment.size, duration + segment.duration
            if duration * 2 > target * 3:
                break
            if duration * 2 >= target:
                peak = max(peak, size * 8 * timescale / duration)
    return max(1, round(max(peak, average))), max(1, round(average))
