"""The encoder's facts in this domain's words."""

from matinee.engines.encoder.port import Examined, MediaInfo, Picture, SpanFound
from matinee.studio.encoding.api import (
    PictureTrack,
    Raster,
    Sound,
    SoundTrack,
    SourceFacts,
    SourceRefused,
    Stretch,
    Text,
)

_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
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
        hdr=video.color_transfer in _HDR_TRANSFERS,
        full_range=video.color_range == "pc" or video.pixel_format.startswith("yuvj"),
        sound=sounds_of(info),
        text=tuple(Text(t.index, t.language, t.title) for t in info.text if t.codec in _TEXT_CODECS),
        pictures_of_text=sum(t.codec not in _TEXT_CODECS for t in info.text),
    )


def sounds_of(info: MediaInfo) -> tuple[Sound, ...]:
    return tuple(Sound(s.index, s.language, s.title, s.channels) for s in info.audio if s.channels > 0)


def picture_of(raster: Raster, *, width: int | None = None, height: int | None = None) -> Picture:
    return Picture(width or raster.width, height or raster.height, raster.rate, raster.deinterlace, raster.tone_map)


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


def sound_tracks_of(info: MediaInfo, found: Examined) -> tuple[SoundTrack, ...]:
    heard = {sound.stream: sound for sound in found.sounds}
    tracks = []
    for stream in info.audio:
        measured = heard.get(stream.index)
        tracks.append(
            SoundTrack(
                stream=stream.index,
                codec=stream.codec,
                language=stream.language,
                channels=stream.channels,
                layout=stream.layout,
                sample_rate=stream.sample_rate,
                start_s=stream.start_s,
                duration_s=stream.duration_s,
                loudness_lufs=measured.loudness_lufs if measured else None,
                range_lu=measured.range_lu if measured else None,
                peak_dbtp=measured.peak_dbtp if measured else None,
                channels_dbfs=measured.channels_dbfs if measured else (),
                correlation=measured.correlation if measured else None,
                course_dbfs=measured.course_dbfs if measured else (),
            )
        )
    return tuple(tracks)
