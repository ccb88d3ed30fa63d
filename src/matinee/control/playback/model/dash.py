"""A DASH manifest (ISO 23009-1, live profile, static) for one session, from tracks of one release."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # writing only: nothing untrusted is parsed

from matinee.control.playback.model.addresses import Base, numbered, segment_path
from matinee.wire.releases import ContentKey, Release, Thumbnails, Track

_MPD = "urn:mpeg:dash:schema:mpd:2011"
_PROTECTION = "urn:mpeg:dash:mp4protection:2011"
_COMMON_PSSH = "urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"
_CLEARKEY = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e"
_ROLE = "urn:mpeg:dash:role:2011"
_SWITCHING = "urn:mpeg:dash:adaptation-set-switching:2016"
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BUFFER_MIN_SECONDS = 2


def manifest(release: Release, tracks: Sequence[Track], bases: Sequence[Base]) -> str:
    """The same inputs give the same bytes: nothing here depends on a clock or an order of dictionaries."""
    mpd = Element(
        "MPD",
        {
            "xmlns": _MPD,
            "xmlns:cenc": "urn:mpeg:cenc:2013",
            "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
            "type": "static",
            "mediaPresentationDuration": _duration(release.duration_ms / 1000),
            "minBufferTime": f"PT{_BUFFER_MIN_SECONDS}S",
        },
    )
    for base in bases:
        SubElement(mpd, "BaseURL", {"serviceLocation": base.pathway}).text = base.url
    period = SubElement(mpd, "Period", {"id": "0", "start": "PT0S"})
    keys = {k.key_id: k for k in release.keys}
    _add_video(period, [t for t in tracks if t.kind == "video"], release, keys)
    for track in tracks:
        if track.kind == "audio":
            _add_audio(period, track, release, keys)
        elif track.kind == "text":
            _add_text(period, track)
        elif track.kind == "image" and release.thumbnails is not None and release.thumbnails.track == track.id:
            _add_thumbnails(period, track, release.thumbnails)
    _number_sets(period)
    indent(mpd)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(mpd, encoding="unicode") + "\n"


def _add_video(period: Element, tracks: Sequence[Track], release: Release, keys: Mapping[str, ContentKey]) -> None:
    """One set a tier, since each has its own key; players may switch between the sets."""
    ordered = sorted(tracks, key=lambda t: (t.height or 0, t.bandwidth))
    groups = [list(group) for _, group in groupby(ordered, key=lambda t: (t.tier, t.key_id))]
    for place, group in enumerate(groups):
        adaptation = SubElement(
            period,
            "AdaptationSet",
            {
                "contentType": "video",
                "mimeType": group[0].mime,
                "segmentAlignment": "true",
                "startWithSAP": "1",
                "maxWidth": str(max(t.width or 0 for t in group)),
                "maxHeight": str(max(t.height or 0 for t in group)),
            },
        )
        _protect(adaptation, group[0], release, keys)
        if len(groups) > 1:
            others = ",".join(str(n) for n in range(len(groups)) if n != place)
            SubElement(adaptation, "SupplementalProperty", {"schemeIdUri": _SWITCHING, "value": others})
        for track in group:
            attributes = {"width": str(track.width), "height": str(track.height), "sar": "1:1"}
            if track.frame_rate:
                attributes["frameRate"] = track.frame_rate
            _add_representation(adaptation, track, attributes)


def _add_audio(period: Element, track: Track, release: Release, keys: Mapping[str, ContentKey]) -> None:
    attributes = {"contentType": "audio", "mimeType": track.mime, "segmentAlignment": "true", "startWithSAP": "1"}
    adaptation = SubElement(period, "AdaptationSet", attributes | {"lang": track.language or "und"})
    _protect(adaptation, track, release, keys)
    _label(adaptation, track)
    SubElement(adaptation, "Role", {"schemeIdUri": _ROLE, "value": track.role})
    rate = {"audioSamplingRate": str(track.sample_rate)} if track.sample_rate else {}
    representation = _add_representation(adaptation, track, rate)
    if track.channels:
        scheme = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
        channels = Element("AudioChannelConfiguration", {"schemeIdUri": scheme, "value": str(track.channels)})
        representation.insert(0, channels)


def _add_text(period: Element, track: Track) -> None:
    """Plain WebVTT, one file for the whole film: every player reads it, and none needs a key."""
    attributes = {"contentType": "text", "mimeType": "text/vtt", "lang": track.language or "und"}
    adaptation = SubElement(period, "AdaptationSet", attributes)
    role = "caption" if track.role == "captions" else "forced-subtitle" if track.role == "forced" else "subtitle"
    _label(adaptation, track)
    SubElement(adaptation, "Role", {"schemeIdUri": _ROLE, "value": role})
    representation = SubElement(
        adaptation, "Representation", {"id": track.id, "bandwidth": str(max(1, track.bandwidth))}
    )
    SubElement(representation, "BaseURL").text = segment_path(track, track.segments[0].file)


def _add_thumbnails(period: Element, track: Track, thumbnails: Thumbnails) -> None:
    adaptation = SubElement(period, "AdaptationSet", {"contentType": "image", "mimeType": track.mime})
    sheet_ms = thumbnails.interval_ms * thumbnails.columns * thumbnails.rows
    template = numbered(track.segments)
    if template is not None:
        media, start = template
        SubElement(
            adaptation,
            "SegmentTemplate",
            {
                "media": segment_path(track, media),
                "duration": str(sheet_ms),
                "timescale": "1000",
                "startNumber": str(start),
            },
        )
    size = {
        "width": str(thumbnails.width * thumbnails.columns),
        "height": str(thumbnails.height * thumbnails.rows),
    }
    representation = SubElement(
        adaptation, "Representation", {"id": track.id, "bandwidth": str(max(1, track.bandwidth))} | size
    )
    tiles = f"{thumbnails.columns}x{thumbnails.rows}"
    SubElement(
        representation,
        "EssentialProperty",
        {"schemeIdUri": "http://dashif.org/guidelines/thumbnail_tile", "value": tiles},
    )


def _protect(adaptation: Element, track: Track, release: Release, keys: Mapping[str, ContentKey]) -> None:
    """Announce the key by its id. No license address: the player was given one, and an address here would override it."""
    if track.key_id is None:
        return
    kid = track.key_id
    dashed = "-".join((kid[:8], kid[8:12], kid[12:16], kid[16:20], kid[20:]))
    SubElement(
        adaptation,
        "ContentProtection",
        {"schemeIdUri": _PROTECTION, "value": release.scheme, "cenc:default_KID": dashed},
    )
    pssh = keys[kid].pssh.get("common") if kid in keys else None
    SubElement(adaptation, "ContentProtection", {"schemeIdUri": _CLEARKEY, "value": "ClearKey1.0"})
    if pssh:
        common = SubElement(adaptation, "ContentProtection", {"schemeIdUri": _COMMON_PSSH})
        SubElement(common, "cenc:pssh").text = pssh


def _add_representation(adaptation: Element, track: Track, attributes: Mapping[str, str]) -> Element:
    representation = SubElement(
        adaptation,
        "Representation",
        {"id": track.id, "bandwidth": str(track.bandwidth), "codecs": track.codecs, **attributes},
    )
    template = numbered(track.segments)
    if template is None:
        raise ValueError(f"the segments of track {track.id} are not numbered")
    media, start = template
    described = {"timescale": str(track.timescale), "media": segment_path(track, media), "startNumber": str(start)}
    if track.init is not None:
        described["initialization"] = segment_path(track, track.init.file)
    timeline = SubElement(SubElement(representation, "SegmentTemplate", described), "SegmentTimeline")
    for duration, run in groupby(track.segments, key=lambda s: s.duration):
        members = list(run)
        entry = {"t": str(members[0].start), "d": str(duration)}
        if len(members) > 1:
            entry["r"] = str(len(members) - 1)
        SubElement(timeline, "S", entry)
    return representation


def _label(adaptation: Element, track: Track) -> None:
    """Before the role, as the schema orders them. Labels come from masters, which may hold what XML cannot."""
    if track.label:
        SubElement(adaptation, "Label").text = _NOT_IN_XML.sub(" ", track.label)


def _number_sets(period: Element) -> None:
    for number, adaptation in enumerate(period):
        adaptation.set("id", str(number))


def _duration(total_seconds: float) -> str:
    return f"PT{total_seconds:.3f}S"
