"""How many channels a sound track has, as DASH and HLS write it."""

from xml.etree.ElementTree import Element  # writing only: nothing untrusted is parsed

from matinee.wire.releases import Track

_MPEG = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
_DOLBY = "tag:dolby.com,2014:dash:audio_channel_configuration:2011"
_DOLBY_MASKS = {1: "4000", 2: "A000", 6: "F801", 8: "FA01"}
"""A bit a speaker (ETSI TS 102 366, table E.1.4): mono, stereo, 5.1, 7.1."""
_EXTENSION = "tag:dolby.com,2018:dash:EC3_ExtensionType:2018"
_COMPLEXITY = "tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018"


def is_dolby(track: Track) -> bool:
    return track.codecs.lower().startswith("ec-3")


def channel_elements(track: Track) -> list[Element]:
    """What stands first in a Representation of sound."""
    found: list[Element] = []
    if track.channels:
        mask = _DOLBY_MASKS.get(track.channels) if is_dolby(track) else None
        scheme, value = (_DOLBY, mask) if mask else (_MPEG, str(track.channels))
        found.append(Element("AudioChannelConfiguration", {"schemeIdUri": scheme, "value": value}))
    if track.joc_complexity:
        found.append(Element("SupplementalProperty", {"schemeIdUri": _EXTENSION, "value": "JOC"}))
        found.append(Element("SupplementalProperty", {"schemeIdUri": _COMPLEXITY, "value": str(track.joc_complexity)}))
    return found


def hls_channels(track: Track) -> str | None:
    """RFC 8216bis: with objects, their number and the mark JOC."""
    if track.joc_complexity:
        return f"{track.joc_complexity}/JOC"
    return str(track.channels) if track.channels else None
