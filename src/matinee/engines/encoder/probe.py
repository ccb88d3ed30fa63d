"""What ffprobe's JSON says, as values; and what a file that is no media looks like."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from matinee.engines.encoder.port import AudioStream, Chapter, MediaInfo, NotMedia, TextStream, VideoStream
from matinee.wire.languages import is_tag, tag_of

Fields = Mapping[str, Any]  # ffprobe's JSON has no schema; everything is read through the functions below

_TAG_LENGTH = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)$")
_TAG_OVER_MAX_S = 0.5
"""By how much a track may outlast its container before its tag is taken for one that was copied from a longer file."""
_TAG_MAX = 200
"""Characters of what a file says in words. A title can be a novel."""
_LOOKS_LIKE = (
    (b"#EXTM3U", "an HLS playlist, which only points at other files"),
    (b"ffconcat", "a concat script, which only points at other files"),
    (b"<?xml", "an XML document (a manifest or playlist), not the film itself"),
    (b"<MPD", "a DASH manifest, which only points at other files"),
    (b"\x89PNG", "a still picture"),
    (b"\xff\xd8\xff", "a still picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"<!DOC", "a web page"),
    (b"<html", "a web page"),
)
_AUDIO_ROLES = {
    "visual_impaired": "description",
    "descriptions": "description",
    "comment": "commentary",
    "dub": "dub",
}
_TEXT_ROLES = {
    "forced": "forced-subtitle",
    "hearing_impaired": "caption",
    "captions": "caption",
    "comment": "commentary",
}


def looks_like(head: bytes) -> str | None:
    """What a file's first bytes say it is, where that is known not to be media."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, what in _LOOKS_LIKE:
        if start.startswith(mark):
            return what
    if not head.strip(b"\0"):
        return "empty" if not head else "nothing but zero bytes"
    if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head[:512]):
        return "plain text"
    return None


def parse(output: bytes) -> MediaInfo:
    """ffprobe's answer as values. Raises `NotMedia` when there is nothing to play in it."""
    document: Fields = json.loads(output)
    container: Fields = document.get("format", {})
    streams: list[Fields] = document.get("streams", [])
    video = tuple(_video(s, container) for s in streams if s.get("codec_type") == "video" and not _is_picture(s))
    audio = tuple(_audio(s, container) for s in streams if s.get("codec_type") == "audio" and s.get("codec_name"))
    text = tuple(_text(s) for s in streams if s.get("codec_type") == "subtitle")
    lengths = [s.duration_s or 0.0 for s in video] + [s.duration_s or 0.0 for s in audio]
    if not video and not audio:
        raise NotMedia("The file holds neither video nor audio.")
    return MediaInfo(
        container=str(container.get("format_name", "")),
        size_bytes=int(container.get("size", 0)),
        duration_s=_duration(container) or max(lengths, default=0.0),
        video=video,
        audio=audio,
        text=text,
        chapters=tuple(_chapters(document.get("chapters", []))),
    )


def _chapters(found: Sequence[Fields]) -> Iterator[Chapter]:
    for fields in found:
        start_s, end_s = (_seconds(fields.get(name)) for name in ("start_time", "end_time"))
        if start_s is not None and end_s is not None and 0 <= start_s < end_s:
            title = fields.get("tags", {}).get("title")
            yield Chapter(start_s, end_s, str(title) if title else None)


def _seconds(text: object) -> float | None:
    try:
        found = float(str(text))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _is_picture(stream: Fields) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _video(stream: Fields, container: Fields) -> VideoStream:
    pixel_format = str(stream.get("pix_fmt") or "")
    frames = stream.get("nb_frames")
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        width=int(stream.get("width", 0)),
        height=int(stream.get("height", 0)),
        rotation=_rotation(stream),
        sample_aspect=_ratio(stream.get("sample_aspect_ratio"), ":", (1, 1)),
        pixel_format=pixel_format,
        bit_depth=_bit_depth(stream, pixel_format),
        frame_rate=_ratio(stream.get("avg_frame_rate"), "/", (0, 1)),
        frame_rate_nominal=_ratio(stream.get("r_frame_rate"), "/", (0, 1)),
        frames=int(frames) if frames else None,
        duration_s=_duration(stream) or _tagged_duration(stream, container),
        interlaced=stream.get("field_order") in ("tt", "bb", "tb", "bt"),
        color_primaries=_tag(stream, "color_primaries"),
        color_transfer=_tag(stream, "color_transfer"),
        color_space=_tag(stream, "color_space"),
        color_range=_tag(stream, "color_range"),
        start_s=_start(stream),
        has_mastering_display=_has(stream, "Mastering display metadata"),
        has_light_level=_has(stream, "Content light level metadata"),
    )


def _audio(stream: Fields, container: Fields) -> AudioStream:
    tags: Fields = stream.get("tags", {})
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        channels=int(stream.get("channels", 0)),
        sample_rate=int(stream.get("sample_rate", 0)),
        language=_language(tags),
        title=_title(tags),
        duration_s=_duration(stream) or _tagged_duration(stream, container),
        start_s=_start(stream),
        layout=_tag(stream, "channel_layout"),
        has_objects=stream.get("codec_name") == "eac3" and "Atmos" in str(stream.get("profile", "")),
        role=_role(stream, _AUDIO_ROLES, "main"),
    )


def _text(stream: Fields) -> TextStream:
    tags: Fields = stream.get("tags", {})
    return TextStream(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        language=_language(tags),
        title=_title(tags),
        role=_role(stream, _TEXT_ROLES, "subtitle"),
    )


def _role(stream: Fields, roles: Mapping[str, str], otherwise: str) -> str:
    """From the flags a container sets on a stream; the most telling one where there are several."""
    flags: Fields = stream.get("disposition", {})
    return next((role for flag, role in roles.items() if flags.get(flag)), otherwise)


def _rotation(stream: Fields) -> int:
    """ffprobe counts counter-clockwise; we count the turn that makes the picture upright."""
    for data in stream.get("side_data_list", []):
        if "rotation" in data:
            return round(-float(data["rotation"]) / 90) * 90 % 360
    return 0


def _bit_depth(stream: Fields, pixel_format: str) -> int:
    if stream.get("bits_per_raw_sample", "").isdigit() and int(stream["bits_per_raw_sample"]) > 0:
        return int(stream["bits_per_raw_sample"])
    return next((depth for depth in (16, 14, 12, 10, 9) if f"p{depth}" in pixel_format), 8)


def _ratio(text: str | None, mark: str, default: tuple[int, int]) -> tuple[int, int]:
    try:
        top, bottom = (text or "").split(mark)
        ratio = Fraction(int(top), int(bottom))
    except (ValueError, ZeroDivisionError):
        return default
    return (ratio.numerator, ratio.denominator) if ratio > 0 else default


def _duration(fields: Fields) -> float | None:
    try:
        found = float(fields["duration"])
    except (KeyError, ValueError):
        return None
    return found if 0 < found < math.inf else None


def _tagged_duration(stream: Fields, container: Fields) -> float | None:
    """Matroska has no field for a track's length, so what writes it puts a tag there.

    FFmpeg writes where the track ends and copies nothing under that name; mkvmerge writes how long it lasts, also with a
    language behind the name. A container is as long as its longest track: what is longer was true of another file.
    """
    tags: Fields = stream.get("tags", {})
    is_end = str(container.get("tags", {}).get("ENCODER", "")).startswith("Lavf")
    names = ["DURATION"] if is_end else ["DURATION", *(name for name in tags if name.startswith("DURATION-"))]
    found = next((match for name in names if (match := _TAG_LENGTH.match(str(tags.get(name))))), None)
    container_s = _duration(container)
    if found is None or container_s is None:
        return None
    said_s = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
    if said_s > container_s + _TAG_OVER_MAX_S:
        return None
    length_s = said_s - _start(stream) if is_end else said_s
    return length_s if length_s > 0 else None


def _start(stream: Fields) -> float:
    try:
        return float(stream["start_time"])
    except (KeyError, ValueError):
        return 0.0


def _has(stream: Fields, side_data: str) -> bool:
    return any(data.get("side_data_type") == side_data for data in stream.get("side_data_list", []))


def _tag(stream: Fields, name: str) -> str | None:
    value = stream.get(name)
    return str(value) if value and value not in ("unknown", "reserved") else None


def _language(tags: Fields) -> str | None:
    """What is no language is not said to be one: neither players nor the packager know it."""
    language = tag_of(str(tags.get("language", "und"))[:_TAG_MAX])
    return language if language != "und" and is_tag(language) else None


def _title(tags: Fields) -> str | None:
    title = tags.get("title")
    return str(title)[:_TAG_MAX] if title else None
