"""The encoder's facts in this domain's words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matinee.engines.encoder.port import AudioStream, Examined, MediaInfo, Picture, SoundHeard, SpanFound
from matinee.engines.quality.port import Screen
from matinee.studio.encoding.api import (
    Course,
    PictureTrack,
    Raster,
    Sound,
    SoundTrack,
    SourceFacts,
    SourceRefused,
    Stretch,
    Text,
)
from matinee.studio.encoding.model.ladder import is_above_tv
from matinee.wire.releases import Marker, VideoRange

_RANGES: Mapping[str | None, VideoRange] = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
_TEXT_CODECS = ("subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text")


def facts_of(info: MediaInfo) -> SourceFacts:
    if not info.video:
        raise SourceRefused("The file has sound, but no picture. Upload the film itself.")
    video = info.video[0]
    return SourceFacts(
        duration_s=video.duration_s or info.duration_s,
        width=video.width,
        height=video.height,
        rotation=video.rotation,
        sample_aspect=video.sample_aspect,
        rate=video.frame_rate,
        rate_nominal=video.frame_rate_nominal,
        bit_depth=video.bit_depth,
        interlaced=video.interlaced,
        full_range=video.color_range == "pc" or video.pixel_format.startswith("yuvj"),
        sound=sounds_of(info),
        text=tuple(Text(t.index, t.language, t.title, t.role) for t in info.text if t.codec in _TEXT_CODECS),
        pictures_of_text=sum(t.codec not in _TEXT_CODECS for t in info.text),
        video_range=_RANGES.get(video.color_transfer, "SDR"),
    )


def sounds_of(info: MediaInfo) -> tuple[Sound, ...]:
    picture_s = info.video[0].start_s if info.video else 0.0
    return tuple(
        Sound(s.index, s.language, s.title, s.channels, s.role, s.has_objects, round(s.start_s - picture_s, 4))
        for s in info.audio
        if s.channels > 0
    )


def picture_of(raster: Raster, *, width: int | None = None, height: int | None = None) -> Picture:
    return Picture(
        width or raster.width,
        height or raster.height,
        raster.rate,
        raster.deinterlace,
        raster.tone_map,
        raster.video_range,
        raster.by_field,
        raster.key_gap_s,
    )


def screens_for(raster: Raster, height: int) -> tuple[Screen, ...]:
    """Where an encode of this height is looked at, beside a television."""
    return ("phone", "4k") if is_above_tv(raster, height) else ("phone",)


def stretch_of(span: SpanFound) -> Stretch:
    return Stretch(
        span.kind,
        round(span.start_s, 3),
        round(span.end_s, 3),
        round(span.strength, 3),
        span.is_abrupt,
        span.stream,
        span.channel,
        tuple(round(side, 4) for side in span.sides),
    )


def course_of(found: Examined) -> Course:
    seen = found.picture
    heard = found.sounds[0].course_dbfs if found.sounds else ()
    return Course(seen.cuts_s, seen.light, seen.change, heard) if seen else Course(loudness_dbfs=heard)


def chapters_of(info: MediaInfo) -> tuple[Marker, ...]:
    """Chapters that begin at the same moment are one: a marker is known by where it begins."""
    found = {round(c.start_s * 1000): c for c in info.chapters if round(c.start_s * 1000) < round(c.end_s * 1000)}
    return tuple(Marker("chapter", at, round(c.end_s * 1000), c.title) for at, c in sorted(found.items()))


def picture_track_of(info: MediaInfo, found: Examined) -> PictureTrack:
    video, seen = info.video[0], found.picture
    return PictureTrack(
        codec=video.codec,
        pixel_format=video.pixel_format,
        width=video.width,
        height=video.height,
        sample_aspect=video.sample_aspect,
        rotation=video.rotation,
        rate=video.frame_rate,
        rate_nominal=video.frame_rate_nominal,
        marked_interlaced=video.interlaced,
        primaries=video.color_primaries,
        transfer=video.color_transfer,
        matrix=video.color_space,
        range=video.color_range,
        has_mastering_display=video.has_mastering_display,
        has_light_level=video.has_light_level,
        start_s=video.start_s,
        duration_s=video.duration_s,
        light=seen.light if seen else (),
        change=seen.change if seen else (),
        woven_share=round(seen.woven_share, 3) if seen else 0.0,
        is_steady=seen.is_steady if seen else True,
    )


def sound_tracks_of(info: MediaInfo, sounds: Sequence[SoundHeard]) -> tuple[SoundTrack, ...]:
    heard = {sound.stream: sound for sound in sounds}
    # What is heard is on the film's clock, which begins with its first track.
    begins_s = min([*(video.start_s for video in info.video), *(sound.start_s for sound in info.audio)], default=0.0)
    return tuple(_sound_track(stream, heard.get(stream.index), begins_s) for stream in info.audio)


def sound_track_beside(info: MediaInfo, heard: SoundHeard) -> SoundTrack:
    """Of a file of its own: it begins with the film, and lasts for as long as there is something to hear."""
    stream = next(stream for stream in info.audio if stream.index == heard.stream)
    return replace(_sound_track(stream, heard, stream.start_s), start_s=0.0, duration_s=heard.seconds)


def _sound_track(stream: AudioStream, measured: SoundHeard | None, begins_s: float) -> SoundTrack:
    duration_s = stream.duration_s
    if duration_s is None and measured is not None:
        duration_s = round(measured.seconds - (stream.start_s - begins_s), 3)
    return SoundTrack(
        stream=stream.index,
        codec=stream.codec,
        language=stream.language,
        channels=stream.channels,
        layout=stream.layout,
        sample_rate=stream.sample_rate,
        start_s=stream.start_s,
        duration_s=duration_s,
        loudness_lufs=measured.loudness_lufs if measured else None,
        range_lu=measured.range_lu if measured else None,
        peak_dbtp=measured.peak_dbtp if measured else None,
        channels_dbfs=measured.channels_dbfs if measured else (),
        correlation=measured.correlation if measured else None,
        course_dbfs=measured.course_dbfs if measured else (),
    )
