"""The encoder's facts in this domain's words."""

from matinee.engines.encoder.port import MediaInfo, Picture, SpanFound
from matinee.studio.encoding.api import Raster, Sound, SourceFacts, SourceRefused, Stretch, Text

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
    return Stretch(span.kind, round(span.start_s, 3), round(span.end_s, 3))
