"""A DASH manifest (ISO 23009-1, live profile, static) for one session, from tracks of one release."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # writing only: nothing untrusted is parsed

from matinee.control.playback.api import CLEARKEY
from matinee.control.playback.model.addresses import Base, numbered, segment_path
from matinee.control.playback.model.channels import channel_elements
from matinee.control.playback.model.protection import (
    CLEARKEY_DASH,
    COMMON,
    PLAYREADY,
    System,
    announced,
    key_of,
    playready_object,
)
from matinee.control.playback.model.renditions import IMSC_MIME, text_role, texts_for_dash
from matinee.wire.releases import Release, Thumbnails, Track, codec_family

_MPD = "urn:mpeg:dash:schema:mpd:2011"
_PROTECTION = "urn:mpeg:dash:mp4protection:2011"
_ROLE = "urn:mpeg:dash:role:2011"
_TRICK_MODE = "http://dashif.org/guidelines/trickmode"
_AUDIO_PURPOSE = "urn:tva:metadata:cs:AudioPurposeCS:2007"
_FOR_THE_BLIND, _FOR_THE_DEAF = "1", "2"
_SWITCHING = "urn:mpeg:dash:adaptation-set-switching:2016"
_PLAINEST = ("avc1", "SDR")
"""First, for players that take the first set they see."""
_CICP = "urn:mpeg:mpegB:cicp"
_BT2020, _MATRIX = "9", ("MatrixCoefficients", "9")
_TRANSFERS = {"PQ": "16", "HLG": "18"}
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BUFFER_MIN_SECONDS = 2


def manifest(
    release: Release,
    tracks: Sequence[Track],
    bases: Sequence[Base],
    *,
    systems: Sequence[str] = (CLEARKEY,),
    steering: str | None = None,
) -> str:
    """`systems` are the device's key systems; `steering` answers which of the bases to fetch from by now. The same inputs give the same bytes: nothing here depends on a clock or an order of dictionaries."""
    announcing = announced(tuple(systems))
    mpd = Element(
        "MPD",
        {
            "xmlns": _MPD,
            "xmlns:cenc": "urn:mpeg:cenc:2013",
            **({"xmlns:mspr": "urn:microsoft:playready"} if PLAYREADY in announcing else {}),
            "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
            "type": "static",
            "mediaPresentationDuration": _duration(release.duration_ms / 1000),
            "minBufferTime": f"PT{_BUFFER_MIN_SECONDS}S",
        },
    )
    for base in bases:
        SubElement(mpd, "BaseURL", {"serviceLocation": base.pathway}).text = base.url
    if steering is not None:
        # No default location: Shaka would take it for the only one, until it is steered and whenever all have failed.
        SubElement(mpd, "ContentSteering", {"queryBeforeStart": "false"}).text = steering
    period = SubElement(mpd, "Period", {"id": "0", "start": "PT0S"})
    _add_video(period, [t for t in tracks if t.kind == "video"], release, announcing)
    texts = {track.id for track in texts_for_dash(tracks)}
    for track in tracks:
        if track.kind == "trick":
            _add_trick(period, track, release, announcing)
    for track in tracks:
        if track.kind == "audio":
            _add_audio(period, track, release, announcing)
        elif track.kind == "text" and track.id in texts:
            _add_text(period, track)
        elif track.kind == "image" and release.thumbnails is not None and release.thumbnails.track == track.id:
            _add_thumbnails(period, track, release.thumbnails)
    _number_sets(period)
    indent(mpd)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(mpd, encoding="unicode") + "\n"


def _add_video(period: Element, tracks: Sequence[Track], release: Release, systems: tuple[System, ...]) -> None:
    """One set a tier, since each has its own key; players may switch between the sets of one codec and range of light."""
    ordered = sorted(tracks, key=lambda t: (_family(t) != _PLAINEST, _family(t), t.height or 0, t.bandwidth))
    groups = [list(group) for _, group in groupby(ordered, key=lambda t: (_family(t), t.tier, t.key_id))]
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
        _protect(adaptation, group[0], release, systems)
        _tell_light(adaptation, group[0])
        alike = [n for n, other in enumerate(groups) if n != place and _family(other[0]) == _family(group[0])]
        if alike:
            others = ",".join(str(n) for n in alike)
            SubElement(adaptation, "SupplementalProperty", {"schemeIdUri": _SWITCHING, "value": others})
        for track in group:
            attributes = {"width": str(track.width), "height": str(track.height), "sar": "1:1"}
            if track.frame_rate:
                attributes["frameRate"] = track.frame_rate
            _add_representation(adaptation, track, attributes)


def _add_trick(period: Element, track: Track, release: Release, systems: tuple[System, ...]) -> None:
    """Key frames alone, for winding through any of the pictures so far. Before sets are numbered: by their places."""
    pictures = [str(n) for n, adaptation in enumerate(period) if _is_picture_in(adaptation, codec_family(track))]
    attributes = {"contentType": "video", "mimeType": track.mime, "segmentAlignment": "true", "startWithSAP": "1"}
    adaptation = SubElement(period, "AdaptationSet", attributes)
    _protect(adaptation, track, release, systems)
    SubElement(adaptation, "EssentialProperty", {"schemeIdUri": _TRICK_MODE, "value": " ".join(pictures)})
    described = {"width": str(track.width), "height": str(track.height), "sar": "1:1", "codingDependency": "false"}
    if track.frame_rate:
        described["maxPlayoutRate"] = str(_fastest(track))
    _add_representation(adaptation, track, described)


def _is_picture_in(adaptation: Element, family: str) -> bool:
    """A decoder that shows its pictures shows the key frames too."""
    first = adaptation.find("Representation")
    return adaptation.get("contentType") == "video" and first is not None and first.get("codecs", "").startswith(family)


def _fastest(track: Track) -> int:
    """How many times faster it can be shown with no more pictures a second than the film has."""
    above, _, below = (track.frame_rate or "1").partition("/")
    seconds = sum(s.duration for s in track.segments) / track.timescale
    return max(1, int(int(above) / int(below or 1) * seconds / len(track.segments)))


def _family(track: Track) -> tuple[str, str]:
    """What a player can switch within: a decoder and a screen stay as they are."""
    return codec_family(track), track.video_range or "SDR"


def _tell_light(adaptation: Element, track: Track) -> None:
    """By the code points of ISO/IEC 23091-2 (DASH-IF IOP). SDR is what nobody says anything of."""
    if transfer := _TRANSFERS.get(track.video_range or "SDR"):
        # Essential: whoever does not know this transfer would show a gray film.
        for name, value in (("ColourPrimaries", _BT2020), ("TransferCharacteristics", transfer), _MATRIX):
            SubElement(adaptation, "EssentialProperty", {"schemeIdUri": f"{_CICP}:{name}", "value": value})


def _add_audio(period: Element, track: Track, release: Release, systems: tuple[System, ...]) -> None:
    attributes = {"contentType": "audio", "mimeType": track.mime, "segmentAlignment": "true", "startWithSAP": "1"}
    adaptation = SubElement(period, "AdaptationSet", attributes | {"lang": track.language or "und"})
    _protect(adaptation, track, release, systems)
    _label(adaptation, track)
    if track.role == "description":
        SubElement(adaptation, "Accessibility", {"schemeIdUri": _AUDIO_PURPOSE, "value": _FOR_THE_BLIND})
    SubElement(adaptation, "Role", {"schemeIdUri": _ROLE, "value": track.role})
    rate = {"audioSamplingRate": str(track.sample_rate)} if track.sample_rate else {}
    representation = _add_representation(adaptation, track, rate)
    for place, described in enumerate(channel_elements(track)):
        representation.insert(place, described)


def _add_text(period: Element, track: Track) -> None:
    """One file for the whole film, of WebVTT or IMSC: players read the one or the other, and none needs a key."""
    attributes = {"contentType": "text", "mimeType": track.mime, "lang": track.language or "und"}
    if track.mime == IMSC_MIME:
        attributes["codecs"] = track.codecs
    adaptation = SubElement(period, "AdaptationSet", attributes)
    role = text_role(track)
    _label(adaptation, track)
    if role == "caption":
        SubElement(adaptation, "Accessibility", {"schemeIdUri": _AUDIO_PURPOSE, "value": _FOR_THE_DEAF})
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


def _protect(adaptation: Element, track: Track, release: Release, systems: tuple[System, ...]) -> None:
    """Announce the key by its id. No license address: the player was given one, and an address here would override it."""
    if track.key_id is None:
        return
    kid = track.key_id
    dashed = "-".join((kid[:8], kid[8:12], kid[12:16], kid[16:20], kid[20:]))
    attributes = {"schemeIdUri": _PROTECTION, "value": release.scheme, "cenc:default_KID": dashed}
    SubElement(adaptation, "ContentProtection", attributes)
    key = key_of(release, track)
    boxes = key.pssh if key is not None else {}
    for system in (*systems, COMMON):
        box = boxes.get(system.box)
        if box is None and system is not CLEARKEY_DASH:
            continue
        label = {"value": system.label} if system.label else {}
        element = SubElement(adaptation, "ContentProtection", {"schemeIdUri": f"urn:uuid:{system.uuid}"} | label)
        if box is not None:
            SubElement(element, "cenc:pssh").text = box
        if box is not None and system is PLAYREADY:
            SubElement(element, "mspr:pro").text = playready_object(box)


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
