"""Pure decisions of production: which edition this is, which tracks a title gets, how far a journey is."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matinee.studio.encoding.api import Inspection, Sound, Text
from matinee.studio.production.api import ANEW, BadSidecar, Metadata
from matinee.wire.encoding import to_json
from matinee.wire.releases import Marker

UNKNOWN_LANGUAGE = "und"

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_STAGES = {
    "inspect": 0.12,
    "plan": 0.2,
    "encode": 0.38,
    "measure": 0.15,
    "encode-again": 0.0,
    "measure-again": 0.0,
    "artwork": 0.05,
    "package": 0.08,
    "announce": 0.01,
    "tidy": 0.01,
    "continue": 0.0,
}
"""Shares of the time a journey takes, in order; measured on a 30 s film, and an estimate for every other."""
_TEXT_ROLES = {"subtitles": "subtitle", "captions": "caption", "forced": "forced-subtitle"}
_ESTIMATE_FROM = 0.05


@dataclass(frozen=True, slots=True)
class JourneyOrder:
    """What a journey's workflow is started with."""

    title_id: str
    release_id: str
    profile: str
    source_sha256: str
    created_at_ms: int
    metadata: Metadata
    files: Mapping[str, str]
    """The sidecar's file names, each with the hash it is stored under."""
    makes_artwork: bool = True
    """The first profile's journey does; the others find it done."""
    then: tuple[str, ...] = ()
    """Profiles to go on with."""
    priority: int = 100
    is_announced: bool = False


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """One sound track the title will have: a stream of the master, or a file beside it."""

    track: str
    language: str
    label: str
    role: str
    stream: int | None
    file: str | None


@dataclass(frozen=True, slots=True)
class TextChoice:
    track: str
    language: str
    label: str
    role: str
    stream: int | None
    file: str | None


def edition_of(source_sha256: str, metadata: Metadata, files: Mapping[str, str]) -> str:
    """Equal when master, sidecar and everything beside it are equal: publishing again makes nothing new."""
    beside = (metadata.audio, metadata.subtitles, metadata.artwork, metadata.markers, sorted(files.items()))
    return hashlib.sha256(to_json((source_sha256, beside))).hexdigest()


def check_sidecar(metadata: Metadata, files: Mapping[str, object]) -> None:
    if metadata.original is not None and metadata.original not in metadata.names:
        raise BadSidecar(f"The original's language is {metadata.original!r}, but there is no name in that language.")
    spoken = [(item.file, item.language) for item in metadata.audio]
    spoken += [(item.file, item.language) for item in metadata.subtitles]
    for name in [*(file for file, _ in spoken), *(item.file for item in metadata.artwork)]:
        if name not in files:
            raise BadSidecar(f"The sidecar names {name!r}, but no such file came with the master.", file=name)
    for name, language in spoken:
        if not _LANGUAGE.match(language):
            raise BadSidecar(f"{language!r} is not a language tag such as en or pt-BR.", file=name)
    begun: set[tuple[str, int]] = set()
    for marker in metadata.markers:
        if not 0 <= marker.start_ms < marker.end_ms:
            raise BadSidecar(f"The marker {marker.kind} ends before it begins.")
        if (marker.kind, marker.start_ms) in begun:
            raise BadSidecar(f"Two markers {marker.kind} begin at {marker.start_ms} ms. Leave one of them out.")
        begun.add((marker.kind, marker.start_ms))


def sounds_for(found: Sequence[Sound], metadata: Metadata) -> list[SoundChoice]:
    """The master's own sound first; a file beside it in the same language takes its place."""
    original = metadata.settled().original or UNKNOWN_LANGUAGE
    replaced = {item.language for item in metadata.audio}
    chosen: list[SoundChoice] = []
    for sound in found:
        language = sound.language or original
        if language not in replaced:
            label = sound.label or language
            chosen.append(SoundChoice(f"audio-{len(chosen)}", language, label, "main", sound.stream, None))
    for item in metadata.audio:
        chosen.append(SoundChoice(f"audio-{len(chosen)}", item.language, item.label, item.role, None, item.file))
    return chosen


def texts_for(found: Sequence[Text], metadata: Metadata) -> list[TextChoice]:
    replaced = {item.language for item in metadata.subtitles}
    chosen: list[TextChoice] = []
    for text in found:
        language = text.language or UNKNOWN_LANGUAGE
        if language not in replaced:
            label = text.label or language
            chosen.append(TextChoice(f"text-{len(chosen)}", language, label, "subtitle", text.stream, None))
    for item in metadata.subtitles:
        role = _TEXT_ROLES.get(item.kind, "subtitle")
        chosen.append(TextChoice(f"text-{len(chosen)}", item.language, item.label, role, None, item.file))
    return chosen


def markers_within(markers: Sequence[Marker], duration_ms: int) -> tuple[Marker, ...]:
    """Markers of a film that turned out shorter are cut to it, or dropped."""
    return tuple(
        Marker(m.kind, m.start_ms, min(m.end_ms, duration_ms), m.label) for m in markers if m.start_ms < duration_ms
    )


def notes_of(inspection: Inspection) -> tuple[str, ...]:
    return tuple(finding.sentence for finding in inspection.findings if finding.severity == "note")


def whole_progress(stage: str, within: float) -> float:
    """0 … 1 over the journey, from its stage and how far that is."""
    stage = stage.removesuffix(ANEW)
    if stage not in _STAGES:
        return 0.0
    names = list(_STAGES)
    before = sum(_STAGES[name] for name in names[: names.index(stage)])
    return min(1.0, before + _STAGES[stage] * min(1.0, max(0.0, within)))


def remaining_s(progress: float, elapsed_s: float) -> float | None:
    """What is left at the pace so far; None while that says nothing yet."""
    if progress < _ESTIMATE_FROM:
        return None
    return round(elapsed_s * (1 - progress) / progress, 1)
