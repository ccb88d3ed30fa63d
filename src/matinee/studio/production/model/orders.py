"""What a journey is ordered to make: which edition this is, and which tracks the title gets."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from matinee.kernel.errors import InvalidInput
from matinee.studio.encoding.api import Inspection, Sound, Text
from matinee.studio.packaging.api import SOUND_LATE_MAX_S
from matinee.studio.production.api import SOUND_CODECS, BadSidecar, Metadata
from matinee.studio.production.model.trailers import check_trailers
from matinee.wire.encoding import to_json
from matinee.wire.languages import is_tag
from matinee.wire.releases import Marker, SoundCodec, VideoCodec

UNKNOWN_LANGUAGE = "und"
_PRIORITY_MAX = 10_000
_SERIES_MAX, _NUMBER_MAX = 200, 100_000
_YEAR_MAX = 9999
_MARKER_MS_MAX = 7 * 24 * 3600 * 1000
"""A week: longer than any film."""

_SOUND_ROLES = ("main", "alternate", "dub", "commentary", "description")
_TEXT_ROLES = {
    "subtitles": "subtitle",
    "captions": "caption",
    "forced": "forced-subtitle",
    "commentary": "commentary",
    "description": "description",
}
"""As DASH calls them (ISO 23009-1, role scheme)."""
_SURROUND = 6


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
    sound_codecs: tuple[SoundCodec, ...] = SOUND_CODECS
    priority: int = 100
    is_announced: bool = False
    codecs: tuple[VideoCodec, ...] = ("h264",)
    """H.264 first."""
    belongs_to: str | None = None
    """The title that this is a trailer of."""
    called: str | None = None
    """In the queue, where its own name would say too little."""

    @property
    def edition(self) -> str:
        """The same for every profile."""
        return edition_of(
            self.source_sha256, self.metadata, self.files, codecs=self.codecs, sound_codecs=self.sound_codecs
        )


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """One sound track the title will have: a stream of the master, or a file beside it, in one codec."""

    track: str
    language: str
    label: str
    role: str
    stream: int | None
    file: str | None
    codec: SoundCodec = "aac"
    channels: int = 2
    is_copy: bool = False
    rendition_of: str | None = None
    """The track that has the same sound in AAC, which every title has and every player plays."""


@dataclass(frozen=True, slots=True)
class TextChoice:
    track: str
    language: str
    label: str
    role: str
    stream: int | None
    file: str | None


def edition_of(
    source_sha256: str,
    metadata: Metadata,
    files: Mapping[str, str],
    *,
    codecs: Sequence[VideoCodec] = ("h264",),
    sound_codecs: Sequence[SoundCodec] = SOUND_CODECS,
) -> str:
    """Equal when master, sidecar, codecs and everything beside it are equal: publishing again makes nothing new."""
    beside = (metadata.audio, metadata.subtitles, metadata.artwork, metadata.markers, sorted(files.items()))
    # What every film had before there was a choice is left out: its edition stays what it was.
    more = (codecs,) if len(codecs) > 1 else ()
    locked = () if metadata.scheme == "cbcs" else (metadata.scheme,)
    asked = () if set(sound_codecs) == set(SOUND_CODECS) else (sorted(sound_codecs),)
    return hashlib.sha256(to_json((source_sha256, beside, *more, *locked, *asked))).hexdigest()


def codecs_for(wanted: Sequence[VideoCodec]) -> tuple[VideoCodec, ...]:
    """Each once and always in the same order: H.264 first, which every device decodes."""
    return ("h264", *(codec for codec in get_args(VideoCodec) if codec in wanted and codec != "h264"))


def codecs_of(order: JourneyOrder) -> tuple[VideoCodec, ...]:
    """A first release is there soon and for all devices; what saves bytes comes with the full one."""
    return ("h264",) if order.profile == "fast" else order.codecs


def asks_otherwise(one: JourneyOrder, other: JourneyOrder) -> bool:
    """Of orders for one edition: whether another release would come of it. Sound that names no language is in the original's."""
    asked = [(order.metadata.settled().original, order.then) for order in (one, other)]
    return asked[0] != asked[1]


def check_priority(priority: int) -> None:
    if not 0 <= priority <= _PRIORITY_MAX:
        raise InvalidInput(
            f"A priority is a number from 0 to {_PRIORITY_MAX}, and lower goes first; {priority} is none.",
            field="priority",
        )


def check_sidecar(metadata: Metadata, files: Mapping[str, object]) -> None:
    if metadata.original is not None and metadata.original not in metadata.names:
        raise BadSidecar(f"The original's language is {metadata.original!r}, but there is no name in that language.")
    if metadata.year is not None and not 1 <= metadata.year <= _YEAR_MAX:
        raise BadSidecar(f"The year is {metadata.year}; it is a number from 1 to {_YEAR_MAX}.")
    _check_place(metadata)
    for name in metadata.file_names():
        if name not in files:
            raise BadSidecar(f"The sidecar names {name!r}, but no such file came with the master.", file=name)
    for where, language in _languages_in(metadata):
        if not is_tag(language):
            raise BadSidecar(
                f"The language of {where} is {language!r}, which is no tag of a language such as en or pt-BR.",
                language=language,
            )
    _check_kinds(metadata)
    check_trailers(metadata)
    _check_markers(metadata)


def check_words(metadata: Metadata) -> None:
    """Of a title that is named by its id: it is described anew or not at all, for half a description would undo the rest."""
    plain, words = Metadata(), ("type", "year", "rating", "synopsis", "genres", "cast")
    said = [word for word in words if getattr(metadata, word) != getattr(plain, word)]
    if said and not metadata.names:
        raise BadSidecar(f"To say the {said[0]} of this title anew, say its names, too, and all else that is to stay.")


def _check_markers(metadata: Metadata) -> None:
    begun: set[tuple[str, int]] = set()
    for marker in metadata.markers:
        if not 0 <= marker.start_ms < marker.end_ms:
            raise BadSidecar(f"The marker {marker.kind} ends before it begins.")
        if marker.end_ms > _MARKER_MS_MAX:
            raise BadSidecar(
                f"The marker {marker.kind} ends at {marker.end_ms} ms; no film is longer than {_MARKER_MS_MAX} ms."
            )
        if (marker.kind, marker.start_ms) in begun:
            raise BadSidecar(f"Two markers {marker.kind} begin at {marker.start_ms} ms. Leave one of them out.")
        begun.add((marker.kind, marker.start_ms))


def _languages_in(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for what, words in (("the name", metadata.names), ("the synopsis", metadata.synopsis)):
        yield from ((f"{what} {text[:50]!r}", language) for language, text in words.items())
    yield from ((repr(sound.file), sound.language) for sound in metadata.audio)
    yield from ((repr(text.file), text.language) for text in metadata.subtitles)
    for trailer in metadata.trailers or ():
        yield from ((f"the trailer's name {text[:50]!r}", language) for language, text in trailer.names.items())


def _check_place(metadata: Metadata) -> None:
    """An episode has a place in a series, or none at all."""
    if metadata.series is None:
        if metadata.season is not None or metadata.episode is not None:
            raise BadSidecar("The sidecar has a season or an episode but names no series.")
        return
    if not 1 <= len(metadata.series.strip()) <= _SERIES_MAX:
        raise BadSidecar(f"The series needs a name of at most {_SERIES_MAX} characters.")
    if metadata.episode is None or metadata.season is None:
        raise BadSidecar("An episode of a series needs its season and its number: season and episode.")
    for name, number in (("season", metadata.season), ("episode", metadata.episode)):
        if not 0 <= number <= _NUMBER_MAX:
            raise BadSidecar(f"The {name} is {number}; it counts from 0 to {_NUMBER_MAX}.")


def sounds_for(
    found: Sequence[Sound],
    metadata: Metadata,
    *,
    beside: Mapping[str, Sound] | None = None,
    codecs: Sequence[SoundCodec] = SOUND_CODECS,
    profile: str = "full",
) -> list[SoundChoice]:
    """The master's own sound first; a file beside it in the same language and role takes its place.

    Each in AAC stereo, and for the full profile in what else its channels deserve.
    """
    original = metadata.settled().original or UNKNOWN_LANGUAGE
    replaced = {(item.language, item.role) for item in metadata.audio}
    chosen: list[SoundChoice] = []

    def choose(sound: Sound | None, language: str, label: str, role: str, stream: int | None, file: str | None) -> None:
        number = sum(choice.rendition_of is None for choice in chosen)
        choice = SoundChoice(f"audio-{number}", language, label, role, stream, file)
        chosen.append(choice)
        if profile == "full" and sound is not None:
            chosen.extend(_renditions(choice, sound, codecs))

    for sound in found:
        language = sound.language or original
        if (language, sound.role) not in replaced:
            choose(sound, language, sound.label or language, sound.role, sound.stream, None)
    for item in metadata.audio:
        choose((beside or {}).get(item.file), item.language, item.label, item.role, None, item.file)
    return chosen


def _renditions(choice: SoundChoice, sound: Sound, codecs: Sequence[SoundCodec]) -> Iterator[SoundChoice]:
    if "eac3" in codecs and sound.channels >= _SURROUND:
        # Objects cannot be made here, so they are passed through; a copy cannot be moved, so it must begin in time.
        if sound.has_objects and abs(sound.late_s) <= SOUND_LATE_MAX_S:
            yield replace(
                choice,
                track=f"{choice.track}-atmos",
                codec="eac3",
                channels=sound.channels,
                is_copy=True,
                rendition_of=choice.track,
            )
        else:
            track = f"{choice.track}-eac3"
            yield replace(choice, track=track, codec="eac3", channels=_SURROUND, rendition_of=choice.track)
    if "opus" in codecs:
        yield replace(choice, track=f"{choice.track}-opus", codec="opus", rendition_of=choice.track)


def texts_for(found: Sequence[Text], metadata: Metadata) -> list[TextChoice]:
    replaced = {(item.language, _TEXT_ROLES.get(item.kind, "subtitle")) for item in metadata.subtitles}
    chosen: list[TextChoice] = []
    for text in found:
        language = text.language or UNKNOWN_LANGUAGE
        if (language, text.role) not in replaced:
            label = text.label or language
            chosen.append(TextChoice(f"text-{len(chosen)}", language, label, text.role, text.stream, None))
    for item in metadata.subtitles:
        role = _TEXT_ROLES.get(item.kind, "subtitle")
        chosen.append(TextChoice(f"text-{len(chosen)}", item.language, item.label, role, None, item.file))
    return chosen


def _check_kinds(metadata: Metadata) -> None:
    for sound in metadata.audio:
        if sound.role not in _SOUND_ROLES:
            known = ", ".join(_SOUND_ROLES)
            raise BadSidecar(f"{sound.role!r} is no role of sound. Say one of: {known}.", file=sound.file)
    for text in metadata.subtitles:
        if text.kind not in _TEXT_ROLES:
            known = ", ".join(_TEXT_ROLES)
            raise BadSidecar(f"{text.kind!r} is no kind of subtitles. Say one of: {known}.", file=text.file)


def markers_of(metadata: Metadata, inspection: Inspection) -> tuple[Marker, ...]:
    """What the maker wrote. Chapters in the master itself count as written, unless the sidecar has its own."""
    written = metadata.markers
    own = () if any(marker.kind == "chapter" for marker in written) else inspection.chapters
    return markers_within((*written, *own), round(inspection.duration_s * 1000))


def markers_within(markers: Sequence[Marker], duration_ms: int) -> tuple[Marker, ...]:
    """Markers of a film that turned out shorter are cut to it, or dropped."""
    return tuple(
        Marker(m.kind, m.start_ms, min(m.end_ms, duration_ms), m.label) for m in markers if m.start_ms < duration_ms
    )


def notes_of(inspection: Inspection) -> tuple[str, ...]:
    return tuple(finding.sentence for finding in inspection.findings if finding.severity == "note")
