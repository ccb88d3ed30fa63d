"""What the tracks say of themselves, held against each other and against what was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from matinee.studio.encoding.api import Finding, PictureTrack, SoundTrack

_OFFSET_MAX_S = 0.1
"""EBU R37 wants 40 ms one way and 60 the other. Containers differ by up to two frames in how they count B-frames and
priming, which players make up for; what is more is heard."""
_LENGTH_MAX_S = 0.5
_QUIET_LUFS, _LOUD_LUFS = -45.0, -8.0
"""EBU R128 asks for -23. Encoding brings everything there; what is this far off was
mixed, or recorded, wrongly: a whisper in the woods has -40, the loudest records -8."""
_RANGE_MAX_LU = 25.0
_WOVEN_SHARE = 0.3
_HDR10 = "smpte2084"
_DEAD_DBFS, _NOTHING_DBFS = -80.0, -90.0
"""Nothing is less than the last bit of sixteen."""
_TELLING_DBFS = -50.0


def track_findings(
    picture: PictureTrack, sounds: Sequence[SoundTrack], seconds: float, *, said_s: float = 0.0, text_s: float = 0.0
) -> tuple[Finding, ...]:
    """`seconds`: how much of the picture could be decoded; `said_s`: the container's length; `text_s`: the last cue's end."""
    # Frames and samples are counted from where the first track begins.
    begins_s = min([picture.start_s, *(sound.start_s for sound in sounds)])
    found = [*_of_picture(picture, seconds)]
    if picture.duration_s is None:
        found += _unreached(sounds, seconds, max(begins_s + seconds, text_s), said_s)
    lasts_s = picture.duration_s or seconds - (picture.start_s - begins_s)
    for sound in sounds:
        told = _of_sound(sound, f"stream {sound.stream}", picture.start_s, lasts_s)
        found += [replace(finding, stream=sound.stream) for finding in told]
    return tuple(found)


def sound_findings(sound: SoundTrack, file: str, seconds: float) -> tuple[Finding, ...]:
    """Of a file beside a picture that lasts so long: its streams are none of the master's, so it goes by its name."""
    return tuple(_of_sound(sound, file, 0.0, seconds))


def _of_picture(picture: PictureTrack, seconds: float) -> Iterator[Finding]:
    if picture.transfer == _HDR10 and not picture.has_mastering_display:
        words = "The picture is HDR10, but does not say on which screen it was mastered (SMPTE ST 2086)."
        yield Finding("warning", "hdr-metadata", words)
    if picture.transfer == _HDR10 and picture.primaries not in (None, "bt2020"):
        words = f"The picture is HDR10, but its primaries are said to be {picture.primaries}."
        yield Finding("warning", "color-tags", words)
    if picture.marked_interlaced and picture.change and picture.woven_share == 0:
        yield Finding("note", "not-interlaced", "The picture is marked as interlaced, but no frame holds two moments.")
    if picture.duration_s and abs(picture.duration_s - seconds) > _LENGTH_MAX_S:
        words = f"The container says the picture lasts {picture.duration_s:.2f} s; {seconds:.2f} s were decoded."
        yield Finding("warning", "picture-length", words)


def _unreached(sounds: Sequence[SoundTrack], seconds: float, ends_s: float, said_s: float) -> Iterator[Finding]:
    """A container is as long as its longest track: a picture may end before it, unless nothing else reaches its end."""
    reached_s = max([ends_s, *(sound.start_s + (sound.duration_s or 0.0) for sound in sounds)])
    if said_s - reached_s > _LENGTH_MAX_S:
        words = f"The container says it lasts {said_s:.2f} s; {seconds:.2f} s of picture were decoded, and no track goes on."
        yield Finding("warning", "picture-length", words)


def _of_sound(sound: SoundTrack, name: str, begins_s: float, lasts_s: float) -> Iterator[Finding]:
    """`begins_s`, `lasts_s`: the picture."""
    yield from _in_time(sound, name, begins_s, lasts_s)
    yield from _level(sound, name)
    yield from _channels(sound, name)


def _in_time(sound: SoundTrack, name: str, begins_s: float, lasts_s: float) -> Iterator[Finding]:
    late_s = sound.start_s - begins_s
    if abs(late_s) > _OFFSET_MAX_S:
        order = "after" if late_s > 0 else "before"
        words = f"The sound of {name} begins {abs(late_s):.3f} s {order} the picture."
        yield Finding("warning", "sound-offset", words)
    if sound.duration_s is None:
        return
    over_s = late_s + sound.duration_s - lasts_s
    if abs(over_s) > _LENGTH_MAX_S:
        order = "longer" if over_s > 0 else "shorter"
        words = f"The sound of {name} is {abs(over_s):.2f} s {order} than the picture."
        yield Finding("warning", "sound-length", words)


def _level(sound: SoundTrack, name: str) -> Iterator[Finding]:
    lufs = sound.loudness_lufs
    if lufs is None:
        loudest = max(sound.channels_dbfs, default=_NOTHING_DBFS)
        if loudest > _NOTHING_DBFS:
            words = f"The sound of {name} is too quiet to be heard: {loudest:.0f} dBFS."
            yield Finding("warning", "loudness", words)
        return
    if not _QUIET_LUFS <= lufs <= _LOUD_LUFS:
        how = "quiet" if lufs < _QUIET_LUFS else "loud"
        words = f"The sound of {name} is too {how}: {lufs:.1f} LUFS, where EBU R128 asks for -23."
        yield Finding("warning", "loudness", words)
    if sound.range_lu is not None and sound.range_lu > _RANGE_MAX_LU:
        words = f"The loudness of {name} ranges over {sound.range_lu:.1f} LU: much is lost at home."
        yield Finding("note", "loudness-range", words)


def _channels(sound: SoundTrack, name: str) -> Iterator[Finding]:
    """A dead side of a stereo track is a fault; a channel of a surround mix may be empty on purpose (the engine's note)."""
    if sound.channels == 2 and len(sound.channels_dbfs) == 2:
        quiet, loud = sorted(sound.channels_dbfs)
        if quiet < _DEAD_DBFS and loud > _TELLING_DBFS:
            side = "left" if sound.channels_dbfs[0] == quiet else "right"
            words = f"The {side} side of {name} is silent; the other is not."
            yield Finding("warning", "dead-channel", words)
