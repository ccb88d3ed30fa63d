"""How much may be asked of us by a file: what it says of itself, and no more.

A file may lie about what is in it, but not about what it says: a film that says it lasts a second is given the time and the
length of a second, with room for an honest mistake.
"""

from matinee.engines.encoder.port import MediaInfo, NotMedia
from matinee.kernel.quantities import Span, minutes, seconds

_STREAMS_MAX = 256
_CHANNELS_MAX = 64
_SAMPLE_RATE_MAX_HZ = 768_000
_CHANNEL_HOURS_MAX = 96
"""Twelve hours of 7.1. What is heard is kept until its end: 5 MB an hour and channel, 9 where all of it is clipped."""
_FRAMES_A_SECOND_MAX = 300
"""Phones record 240 for slow motion; what is above is a broken tag, or work without end in a small file."""
_PATIENCE = minutes(2)
"""Some damage makes FFmpeg wait for itself: nothing but the clock ends that."""
_SECONDS_A_FRAME, _SECONDS_A_MEGAPIXEL = 0.1, 0.5
"""Twenty times what a slow machine needs that does something else besides."""
_OVERTIME_S, _OVERTIME_SHARE = 30.0, 0.5


def check(info: MediaInfo) -> MediaInfo:
    """The same, when it is something that a film can be. Raises `NotMedia`."""
    if (streams := len(info.video) + len(info.audio) + len(info.text)) > _STREAMS_MAX:
        raise NotMedia(f"The file holds {streams} streams; at most {_STREAMS_MAX} are taken.")
    for video in info.video[:1]:
        rate = video.frame_rate[0] / video.frame_rate[1]
        if rate > _FRAMES_A_SECOND_MAX:
            raise NotMedia(
                f"The film has {rate:.0f} frames a second; at most {_FRAMES_A_SECOND_MAX} are taken. "
                "Convert it to the rate it is meant to be seen at."
            )
    for sound in info.audio:
        if sound.channels > _CHANNELS_MAX or sound.sample_rate > _SAMPLE_RATE_MAX_HZ:
            raise NotMedia(
                f"The sound of stream {sound.index} has {sound.channels} channels at {sound.sample_rate} Hz; "
                f"at most {_CHANNELS_MAX} at {_SAMPLE_RATE_MAX_HZ} Hz are taken."
            )
        if (hours := _said_s(info) / 3600) * sound.channels > _CHANNEL_HOURS_MAX:
            raise NotMedia(
                f"The sound of stream {sound.index} has {sound.channels} channels for {hours:.1f} hours; with so many, "
                f"at most {_CHANNEL_HOURS_MAX / sound.channels:.1f} hours are taken. Fold it to fewer channels."
            )
    return info


def overtime_s(info: MediaInfo) -> float:
    """Where looking ends, if the film does not: well after it said that it would."""
    return _said_s(info) * (1 + _OVERTIME_SHARE) + _OVERTIME_S


def patience(info: MediaInfo) -> Span:
    """How long decoding all of it may take."""
    video = info.video[0] if info.video else None
    megapixels = video.width * video.height / 1e6 if video else 0.0
    rate = max(24.0, video.frame_rate[0] / video.frame_rate[1]) if video else 24.0
    work_s = overtime_s(info) * rate * (_SECONDS_A_FRAME + _SECONDS_A_MEGAPIXEL * megapixels)
    return _PATIENCE + seconds(work_s)


def _said_s(info: MediaInfo) -> float:
    return max([info.duration_s, *(stream.duration_s or 0.0 for stream in info.video)])
