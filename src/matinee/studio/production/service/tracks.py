"""The sound and text tracks of a journey: what is asked of encoding for each, and what of it goes into the package."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matinee.engines.workflows.port import Json
from matinee.studio.encoding.api import SoundMade, SoundTask, TextMade, TextTask
from matinee.studio.packaging.api import SoundInput, TextInput
from matinee.studio.production.model.orders import JourneyOrder, SoundChoice, TextChoice
from matinee.studio.production.service.kept import parsed


def sound_task(order: JourneyOrder, sound: SoundChoice, duration_s: float, work: Path) -> SoundTask:
    """Stream 0 of a file beside the master stands for its first sound; the job's handler looks it up."""
    return SoundTask(
        source_of(order, sound.file),
        sound.stream or 0,
        str(work / f"{sound.track}.mp4"),
        duration_s,
        sound.codec,
        sound.channels,
        sound.is_copy,
    )


def text_task(order: JourneyOrder, text: TextChoice, duration_s: float, work: Path) -> TextTask:
    stream = text.stream if text.file is None else None
    return TextTask(source_of(order, text.file), stream, str(work / f"{text.track}.vtt"), text.language, duration_s)


def source_of(order: JourneyOrder, file: str | None) -> str:
    """Jobs name sources by hash, so that any worker finds them where it keeps its own."""
    return order.source_sha256 if file is None else order.files[file]


def sound_input(sound: SoundChoice, work: Path) -> SoundInput:
    return SoundInput(
        sound.track,
        str(work / f"{sound.track}.mp4"),
        sound.language,
        sound.label,
        sound.role,
        sound.channels,
        rendition_of=sound.rendition_of,
        is_copy=sound.is_copy,
    )


def text_input(text: TextChoice, made: Json, work: Path) -> TextInput:
    imsc = str(work / f"{text.track}.ttml") if _says_more(made) else None
    return TextInput(text.track, str(work / f"{text.track}.vtt"), text.language, text.label, text.role, imsc)


def changes(
    sounds: Sequence[SoundChoice], texts: Sequence[TextChoice], made: Mapping[str, Json], anew: str
) -> list[str]:
    """What had to be changed in a track, or could not be as it should: for the release's notes."""
    told: list[str] = []
    for sound in sounds:
        if _says_more(result := made[sound.track + anew]):
            heard = parsed(result, SoundMade)
            told += [f"Sound {sound.label} ({sound.codec}): {note}" for note in heard.notes]
    for text in texts:
        if _says_more(result := made[text.track + anew]):
            read = parsed(result, TextMade)
            told += [f"Subtitles {text.label}: {note}" for note in read.notes]
    return told


def _says_more(made: Json) -> bool:
    """Journals from before tracks said more hold a path, or a number of cues, and no IMSC was written."""
    return isinstance(made, Mapping)
