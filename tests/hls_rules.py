"""A strict reader of HLS playlists: what RFC 8216 requires, and what Apple's authoring rules add for films.

Each function answers the rules that are broken, in sentences. Strict both ways: a tag or an attribute that is not known here
is a mistake too, because nothing of ours writes it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|\Z)')
_INTEGER, _DECIMAL, _SIZE = r"\d{1,20}", r"\d+(\.\d+)?", r"[1-9]\d*x[1-9]\d*"
_QUOTED, _YES_NO, _HEX = r'"[^"]*"', "YES|NO", r"0x[0-9a-fA-F]+"
_RATES = {"BANDWIDTH": _INTEGER, "AVERAGE-BANDWIDTH": _INTEGER, "CODECS": _QUOTED, "RESOLUTION": _SIZE}
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "#EXT-X-STREAM-INF": {
        **_RATES,
        "FRAME-RATE": _DECIMAL,
        "AUDIO": _QUOTED,
        "SUBTITLES": _QUOTED,
        "VIDEO-RANGE": "SDR|HLG|PQ",
        "SCORE": _DECIMAL,
        "PATHWAY-ID": _QUOTED,
    },
    "#EXT-X-CONTENT-STEERING": {"SERVER-URI": _QUOTED, "PATHWAY-ID": _QUOTED},
    "#EXT-X-I-FRAME-STREAM-INF": {**_RATES, "URI": _QUOTED, "VIDEO-RANGE": "SDR|HLG|PQ"},
    "#EXT-X-IMAGE-STREAM-INF": {**_RATES, "URI": _QUOTED},
    "#EXT-X-MEDIA": {
        "TYPE": "AUDIO|SUBTITLES",
        "GROUP-ID": _QUOTED,
        "NAME": _QUOTED,
        "LANGUAGE": _QUOTED,
        "DEFAULT": _YES_NO,
        "AUTOSELECT": _YES_NO,
        "FORCED": _YES_NO,
        "CHANNELS": _QUOTED,
        "CHARACTERISTICS": _QUOTED,
        "URI": _QUOTED,
    },
    "#EXT-X-KEY": {
        "METHOD": "SAMPLE-AES|SAMPLE-AES-CTR",
        "URI": _QUOTED,
        "KEYFORMAT": _QUOTED,
        "KEYFORMATVERSIONS": _QUOTED,
        "KEYID": _HEX,
    },
    "#EXT-X-MAP": {"URI": _QUOTED},
    "#EXT-X-TILES": {"RESOLUTION": _SIZE, "LAYOUT": _SIZE, "DURATION": _DECIMAL},
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "#EXT-X-STREAM-INF": ("BANDWIDTH", "AVERAGE-BANDWIDTH", "CODECS", "RESOLUTION", "FRAME-RATE"),
    "#EXT-X-CONTENT-STEERING": ("SERVER-URI", "PATHWAY-ID"),
    "#EXT-X-I-FRAME-STREAM-INF": ("BANDWIDTH", "CODECS", "RESOLUTION", "URI"),
    "#EXT-X-IMAGE-STREAM-INF": ("BANDWIDTH", "CODECS", "RESOLUTION", "URI"),
    "#EXT-X-MEDIA": ("TYPE", "GROUP-ID", "NAME", "LANGUAGE", "DEFAULT", "AUTOSELECT", "URI"),
    "#EXT-X-KEY": ("METHOD", "URI", "KEYFORMAT"),
    "#EXT-X-MAP": ("URI",),
    "#EXT-X-TILES": ("RESOLUTION", "LAYOUT", "DURATION"),
}
_BOTH = ("#EXTM3U", "#EXT-X-VERSION", "#EXT-X-INDEPENDENT-SEGMENTS")
_STEERING = "#EXT-X-CONTENT-STEERING"
_LISTED = ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-IMAGE-STREAM-INF", "#EXT-X-MEDIA")
_OF_A_MASTER = (*_LISTED, _STEERING)
_OF_A_MEDIA_PLAYLIST = (
    "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PLAYLIST-TYPE", "#EXT-X-I-FRAMES-ONLY", "#EXT-X-IMAGES-ONLY",
    "#EXT-X-KEY", "#EXT-X-MAP", "#EXTINF", "#EXT-X-TILES", "#EXT-X-ENDLIST",
)  # fmt: skip
_REPEATED = (*_LISTED, "#EXT-X-KEY", "#EXTINF", "#EXT-X-TILES")
_CODEC = re.compile(
    r"(avc1\.[0-9a-fA-F]{6}|(hvc1|hev1)\..+|av01\..+|mp4a\.40\.\d+|ec-3|ac-3|[Oo]pus|wvtt|stpp.*|jpeg)\Z"
)
_OFF_S_MAX = 0.1


@dataclass(frozen=True)
class Line:
    """One line: a tag with its value, or an address under no tag."""

    tag: str
    value: str

    @property
    def attributes(self) -> dict[str, str]:
        return {name: value.strip('"') for name, value, _ in _ATTRIBUTE.findall(self.value)}


@dataclass(frozen=True)
class Segment:
    uri: str
    seconds: float


@dataclass(frozen=True)
class Presentation:
    """A master playlist with everything it names: playlists by their address, sizes of files by theirs."""

    master: str
    playlists: Mapping[str, str]
    sizes: Mapping[str, int] = field(default_factory=dict)


def broken_rules(presentation: Presentation) -> list[str]:
    """Of the master, of each playlist, and of all together."""
    found = [f"master: {rule}" for rule in of_a_master(presentation.master)]
    for name, text in presentation.playlists.items():
        found += [f"{name}: {rule}" for rule in of_a_media_playlist(text)]
    # Each looks further than the one before, and needs what that found to be right.
    found = found or [*_addresses(presentation)]
    return found or [*_alignment(presentation), *_bandwidths(presentation)]


def of_a_master(text: str) -> list[str]:
    lines = _lines(text)
    found = [
        *_form(text, lines, (*_BOTH, *_OF_A_MASTER)),
        *_versions(lines),
        *_variants(lines),
        *_renditions(lines),
        *_pathways(lines),
    ]
    for name in ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-IMAGE-STREAM-INF"):
        for line in _tagged(lines, name):
            found += _stream(line)
    return found


def of_a_media_playlist(text: str) -> list[str]:
    lines = _lines(text)
    tags = [line.tag for line in lines]
    found = [*_form(text, lines, (*_BOTH, *_OF_A_MEDIA_PLAYLIST)), *_versions(lines), *_order(tags), *_keys(lines)]
    for name in ("#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PLAYLIST-TYPE"):
        if not re.fullmatch("VOD" if name.endswith("TYPE") else r"\d+", _value(lines, name) or ""):
            found.append(f"{name} is missing or wrong.")
    segments = segments_of(text)
    if not segments:
        found.append("There are no segments.")
    if len({segment.uri for segment in segments}) != len(segments):
        found.append("A segment is named twice.")
    target = int(_value(lines, "#EXT-X-TARGETDURATION") or 0) if not found else 0
    for segment in segments if target else []:
        if floor(segment.seconds + 0.5) > target:
            found.append(f"{segment.uri} lasts longer than the target duration.")
        if segment.seconds <= 0:
            found.append(f"{segment.uri} has no length.")
    if target > max(1, floor(max((s.seconds for s in segments), default=0) + 0.5)):
        found.append("The target duration is longer than any segment.")
    return found


def segments_of(text: str) -> list[Segment]:
    """Addresses with the lengths told before them. One without a length has none."""
    found: list[Segment] = []
    seconds = 0.0
    for line in _lines(text):
        if line.tag == "#EXTINF":
            seconds = float(line.value.rstrip(",")) if re.fullmatch(_DECIMAL + ",", line.value) else 0.0
        elif not line.tag:
            found.append(Segment(line.value, seconds))
            seconds = 0.0
    return found


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    for line in text.removesuffix("\n").split("\n"):
        tag, _, value = line.partition(":") if line.startswith("#") else ("", "", line)
        found.append(Line(tag, value))
    return found


def _tagged(lines: Sequence[Line], tag: str) -> list[Line]:
    return [line for line in lines if line.tag == tag]


def _value(lines: Sequence[Line], tag: str) -> str | None:
    return next((line.value for line in lines if line.tag == tag), None)


def _form(text: str, lines: Sequence[Line], known: Sequence[str]) -> Iterator[str]:
    """What each line must look like by itself."""
    if not text.startswith("#EXTM3U\n"):
        yield "It does not begin with #EXTM3U."
    if not text.endswith("\n"):
        yield "Its last line has no end."
    if any(not c.isprintable() and c != "\n" for c in text):
        yield "It has characters that cannot be printed."
    for line in lines:
        if line.tag and line.tag not in known:
            yield f"{line.tag} is unknown, or does not belong into such a playlist."
        if not line.tag and not re.fullmatch(r"[^\s#][^\s]*", line.value):
            yield f"{line.value!r} is no address."
        if line.tag == "#EXTINF" and not re.fullmatch(_DECIMAL + ",", line.value):
            yield f"#EXTINF:{line.value} is not a length and a comma."
        yield from _attributes(line)
    tags = [line.tag for line in lines if line.tag]
    for tag in dict.fromkeys(tags):
        if tags.count(tag) > 1 and tag not in _REPEATED:
            yield f"{tag} is there twice."


def _attributes(line: Line) -> Iterator[str]:
    known = _ATTRIBUTES.get(line.tag)
    if known is None:
        return
    pairs = _ATTRIBUTE.findall(line.value)
    if "".join(f"{name}={value}{end}" for name, value, end in pairs) != line.value or not pairs or pairs[-1][2]:
        yield f"{line.tag} has something that is no attribute: {line.value}"
    names = [name for name, _, _ in pairs]
    if len(set(names)) != len(names):
        yield f"{line.tag} has an attribute twice."
    for name, value, _ in pairs:
        if name not in known:
            yield f"{line.tag} has an attribute {name}, which is unknown."
        elif not re.fullmatch(known[name], value):
            yield f"{name}={value} of {line.tag} is not what it must be."
    for name in _REQUIRED[line.tag]:
        if name not in names:
            yield f"{line.tag} has no {name}."


def _versions(lines: Sequence[Line]) -> Iterator[str]:
    """RFC 8216, 7: what each feature needs."""
    told = _value(lines, "#EXT-X-VERSION") or ""
    if not told.isdigit():
        yield "#EXT-X-VERSION is missing or no number."
        return
    tags = {line.tag for line in lines}
    is_i_frames = "#EXT-X-I-FRAMES-ONLY" in tags
    needed = {
        3: any("." in line.value for line in _tagged(lines, "#EXTINF")),
        4: is_i_frames,
        5: any("KEYFORMAT" in line.attributes for line in _tagged(lines, "#EXT-X-KEY")) or "#EXT-X-MAP" in tags,
        6: "#EXT-X-MAP" in tags and not is_i_frames,
    }
    least = max((version for version, is_used in needed.items() if is_used), default=1)
    if int(told) < least:
        yield f"It says version {told} and needs {least}."


def _variants(lines: Sequence[Line]) -> Iterator[str]:
    """Each is followed by its address; each is said once; at least one is there, and one to wind with."""
    if not _tagged(lines, "#EXT-X-STREAM-INF"):
        yield "There is no variant."
    for number, line in enumerate(lines):
        follows = number > 0 and lines[number - 1].tag == "#EXT-X-STREAM-INF"
        if follows and line.tag:
            yield "A variant has no address."
        if not line.tag and not follows:
            yield f"{line.value} stands under no variant."
    if lines and lines[-1].tag == "#EXT-X-STREAM-INF":
        yield "A variant has no address."
    # One picture may stand there several times, each with sound of another group.
    said = [
        (line.value, lines[number - 1].attributes.get("AUDIO"))
        for number, line in enumerate(lines)
        if number > 0 and not line.tag
    ]
    if len(set(said)) != len(said):
        yield "Two variants have one address."


def _pathways(lines: Sequence[Line]) -> Iterator[str]:
    """Where players are steered, each pathway has the same variants, and the first to take is one of them."""
    steering = _tagged(lines, _STEERING)
    offered: dict[str, list[tuple[str, ...]]] = {}
    for line in _tagged(lines, "#EXT-X-STREAM-INF"):
        told = line.attributes
        if ("PATHWAY-ID" in told) != bool(steering):
            yield "A variant is on a pathway and nobody steers, or the other way round."
        alike = tuple(told.get(name, "") for name in ("BANDWIDTH", "CODECS", "RESOLUTION", "VIDEO-RANGE"))
        offered.setdefault(told.get("PATHWAY-ID", ""), []).append(alike)
    if steering and steering[0].attributes.get("PATHWAY-ID") not in offered:
        yield "Players begin on a pathway that has no variant."
    if any(variants != next(iter(offered.values())) for variants in offered.values()):
        yield "Two pathways do not offer the same."


def _stream(line: Line) -> Iterator[str]:
    told = line.attributes
    peak, average = told.get("BANDWIDTH", "0"), told.get("AVERAGE-BANDWIDTH", "0")
    if peak.isdigit() and average.isdigit() and int(average) > int(peak):
        yield f"Its average of {average} is above its peak of {peak}."
    if peak == "0":
        yield "A stream needs no bits at all."
    codecs = told.get("CODECS", "").split(",")
    if wrong := [codec for codec in codecs if not _CODEC.match(codec)]:
        yield f"{', '.join(wrong)} is no codec."
    sounds = [codec for codec in codecs if codec.lower().startswith(("mp4a", "ec-3", "ac-3", "opus"))]
    if line.tag == "#EXT-X-STREAM-INF" and bool(sounds) != ("AUDIO" in told):
        yield "Its codecs and its group of sound do not agree."
    if line.tag == "#EXT-X-I-FRAME-STREAM-INF" and len(codecs) != 1:
        yield "Key frames have one codec."


def _renditions(lines: Sequence[Line]) -> Iterator[str]:
    """Groups exist and are used, their names differ, at most one member is the default."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for line in _tagged(lines, "#EXT-X-MEDIA"):
        told = line.attributes
        groups.setdefault((told.get("TYPE", ""), told.get("GROUP-ID", "")), []).append(told)
        if told.get("DEFAULT") == "YES" and told.get("AUTOSELECT") == "NO":
            yield f"{told.get('NAME')} is the default and must not be chosen."
        if told.get("TYPE") == "AUDIO" and not re.match(r"\d+", told.get("CHANNELS", "")):
            yield f"{told.get('NAME')} does not say its channels."
        if "FORCED" in told and told.get("TYPE") != "SUBTITLES":
            yield f"{told.get('NAME')} is forced and no subtitle."
        if told.get("TYPE") != "SUBTITLES" and told.get("NAME") == "":
            yield "A rendition has no name."
    for (_, group), members in groups.items():
        names = [member.get("NAME") for member in members]
        if len(set(names)) != len(names):
            yield f"Two members of {group} have one name."
        if sum(member.get("DEFAULT") == "YES" for member in members) > 1:
            yield f"{group} has two defaults."
    used = {
        (kind, line.attributes[kind])
        for line in _tagged(lines, "#EXT-X-STREAM-INF")
        for kind in ("AUDIO", "SUBTITLES")
        if kind in line.attributes
    }
    for kind, group in sorted(used - set(groups)):
        yield f"There is no group {group} of {kind}."
    for unused, group in sorted(set(groups) - used):
        yield f"No variant uses the group {group} of {unused}."


def _order(tags: Sequence[str]) -> Iterator[str]:
    """What concerns all segments stands before the first; each segment has its length; the end is the end."""
    first = next((n for n, tag in enumerate(tags) if tag in ("#EXTINF", "#EXT-X-TILES", "")), len(tags))
    for tag in (*_BOTH, *_OF_A_MEDIA_PLAYLIST[:7]):
        if tag in tags[first:]:
            yield f"{tag} stands behind a segment."
    if "#EXT-X-KEY" in tags and "#EXT-X-MAP" in tags and tags.index("#EXT-X-KEY") > tags.index("#EXT-X-MAP"):
        yield "The key stands behind the init segment that it opens."
    if tags[-1] != "#EXT-X-ENDLIST":
        yield "A film's playlist ends with #EXT-X-ENDLIST."
    has_tiles = "#EXT-X-IMAGES-ONLY" in tags
    unit = ["#EXTINF", "#EXT-X-TILES", ""] if has_tiles else ["#EXTINF", ""]
    body = [tag for tag in tags[first:] if tag != "#EXT-X-ENDLIST"]
    if body != unit * (len(body) // len(unit)):
        yield "A segment is not its length, what is on it, and its address."
    if "#EXT-X-I-FRAMES-ONLY" in tags and "#EXT-X-MAP" not in tags:
        yield "Key frames need their init segment."


def _keys(lines: Sequence[Line]) -> Iterator[str]:
    told = [line.attributes for line in _tagged(lines, "#EXT-X-KEY")]
    formats = [attributes.get("KEYFORMAT") for attributes in told]
    if len(set(formats)) != len(formats):
        yield "Two keys are of one format."
    if len({attributes.get("METHOD") for attributes in told}) > 1:
        yield "Segments cannot be locked in two ways at once."
    if told and not _tagged(lines, "#EXT-X-MAP"):
        yield "What is locked sample by sample has an init segment."
    if any(".m4s" in line.value for line in lines if not line.tag) and not _tagged(lines, "#EXT-X-MAP"):
        yield "Fragments of MP4 need their init segment."


def _addresses(presentation: Presentation) -> Iterator[str]:
    """What the master names is there, and what is there is named."""
    named = {address for address, _ in _named(presentation.master)}
    for missing in sorted(named - set(presentation.playlists)):
        yield f"The master names {missing}, which is not there."
    for unnamed in sorted(set(presentation.playlists) - named):
        yield f"{unnamed} is there, and no master names it."


def _named(master: str) -> list[tuple[str, Line]]:
    """Every playlist a master names, with the tag that does."""
    lines = _lines(master)
    found = [(line.attributes["URI"], line) for line in lines if "URI" in line.attributes]
    variants = _tagged(lines, "#EXT-X-STREAM-INF")
    return found + list(zip((line.value for line in lines if not line.tag), variants, strict=True))


def _alignment(presentation: Presentation) -> Iterator[str]:
    """All variants, and the key frames, are cut at the same instants, and sound lasts as long as they do."""
    cut: dict[str, list[float]] = {}
    for address, line in _named(presentation.master):
        if address in presentation.playlists:
            cut[address] = [segment.seconds for segment in segments_of(presentation.playlists[address])]
            is_i_frames = "#EXT-X-I-FRAMES-ONLY\n" in presentation.playlists[address]
            if is_i_frames != (line.tag == "#EXT-X-I-FRAME-STREAM-INF"):
                yield f"{address} is not what the master says of it."
            if ("#EXT-X-IMAGES-ONLY\n" in presentation.playlists[address]) != (line.tag == "#EXT-X-IMAGE-STREAM-INF"):
                yield f"{address} is not what the master says of it."
    pictures = [a for a, line in _named(presentation.master) if "FRAME-RATE" in line.attributes and a in cut]
    if not pictures:
        return
    model = cut[pictures[0]]
    for address, line in _named(presentation.master):
        seconds = cut.get(address, [])
        if line.tag in ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF") and (
            len(seconds) != len(model) or any(abs(a - b) > 0.001 for a, b in zip(seconds, model, strict=True))
        ):
            yield f"{address} is not cut where {pictures[0]} is."
        if seconds and abs(sum(seconds) - sum(model)) > max(_OFF_S_MAX, 0.01 * sum(model)):
            yield f"{address} does not last as long as {pictures[0]}."


def _bandwidths(presentation: Presentation) -> Iterator[str]:
    """What is announced is at least what is sent: a variant with the dearest sound it may be played with."""
    if not presentation.sizes:
        return
    peaks = {address: peak(text, presentation.sizes) for address, text in presentation.playlists.items()}
    named = _named(presentation.master)
    for address, line in named:
        if "BANDWIDTH" not in line.attributes or "#EXT-X-IMAGES-ONLY" in presentation.playlists[address]:
            continue
        group = line.attributes.get("AUDIO")
        sounds = [
            peaks[a] for a, m in named if m.attributes.get("TYPE") == "AUDIO" and m.attributes["GROUP-ID"] == group
        ]
        sent = peaks[address] + max(sounds, default=0)
        if int(line.attributes["BANDWIDTH"]) + 1 < sent:
            yield f"{address} sends {sent:.0f} bits a second at its peak, and announces {line.attributes['BANDWIDTH']}."


def peak(playlist: str, sizes: Mapping[str, int]) -> float:
    """RFC 8216, 4.3.4.2: the dearest neighbors that last between half and one and a half target durations."""
    segments = segments_of(playlist)
    target = int(_value(_lines(playlist), "#EXT-X-TARGETDURATION") or 1)
    dearest = 0.0
    for first in range(len(segments)):
        for end in range(first + 1, len(segments) + 1):
            seconds = sum(segment.seconds for segment in segments[first:end])
            if seconds > target * 1.5:
                break
            if seconds >= target * 0.5:
                dearest = max(dearest, sum(sizes[s.uri] for s in segments[first:end]) * 8 / seconds)
    return dearest
