"""Reading the packager's own MPD back: codecs, segment times and protection boxes. It is never served."""

import xml.etree.ElementTree as ET
from pathlib import Path

from matinee.engines.packager.port import PackagedSegment, PackagedTrack

_DASH = "{urn:mpeg:dash:schema:mpd:2011}"
_PSSH = "{urn:mpeg:cenc:2013}pssh"
_JOC_COMPLEXITY = "tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018"
_SYSTEMS = {
    "urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b": "common",
    "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": "widevine",
    "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95": "playready",
}


def tracks_of(document: bytes, folder: Path) -> list[PackagedTrack]:
    """What was packaged into this folder."""
    root = ET.fromstring(document)  # noqa: S314 - as above
    found: list[PackagedTrack] = []
    for adaptation in root.iter(f"{_DASH}AdaptationSet"):
        for representation in adaptation.iter(f"{_DASH}Representation"):
            template = representation.find(f"{_DASH}SegmentTemplate")
            assert template is not None, "live-profile manifests have templates"
            init = Path(template.attrib["initialization"])
            found.append(
                PackagedTrack(
                    track=init.parts[-2],
                    codecs=representation.get("codecs") or adaptation.attrib["codecs"],
                    timescale=int(template.attrib["timescale"]),
                    init=folder / init,
                    segments=_segments(template, folder),
                    pssh=_boxes(adaptation),
                    joc_complexity=_joc_complexity(representation),
                )
            )
    return found


def _segments(template: ET.Element, folder: Path) -> tuple[PackagedSegment, ...]:
    segments: list[PackagedSegment] = []
    number, at = int(template.get("startNumber", "1")), 0
    for entry in template.iter(f"{_DASH}S"):
        at = int(entry.get("t", at))
        for _ in range(int(entry.get("r", "0")) + 1):
            duration = int(entry.attrib["d"])
            path = folder / template.attrib["media"].replace("$Number$", str(number))
            segments.append(PackagedSegment(path, at, duration))
            number, at = number + 1, at + duration
    return tuple(segments)


def _boxes(adaptation: ET.Element) -> dict[str, str]:
    boxes: dict[str, str] = {}
    for protection in adaptation.iter(f"{_DASH}ContentProtection"):
        system, box = _SYSTEMS.get(protection.get("schemeIdUri", "").lower()), protection.find(_PSSH)
        if system and box is not None and box.text:
            boxes[system] = box.text.strip()
    return boxes


def _joc_complexity(representation: ET.Element) -> int | None:
    found = (
        item.get("value", "")
        for item in representation.iter(f"{_DASH}SupplementalProperty")
        if item.get("schemeIdUri") == _JOC_COMPLEXITY
    )
    value = next(found, "")
    return int(value) if value.isdigit() else None
