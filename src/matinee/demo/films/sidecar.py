"""What film.json says: the facts of a film as plain data, trimmed to the frames that were rendered."""

from matinee.demo.films.story import FRAMES_PER_SECOND, Film, Still
from matinee.demo.films.subtitles import Cue

ART = {"poster": "poster.jpg", "backdrop": "backdrop.jpg"}
SUBTITLES = (("en", "English"), ("ar", "العربية"), ("ja", "日本語"))


def describe(film: Film, frames: int) -> dict[str, object]:
    return {
        "id": film.id,
        "type": "movie",
        "names": dict(film.names),
        "synopsis": dict(film.synopsis),
        "year": 2026,
        "rating": film.rating,
        "genres": list(film.genres),
        "cast": list(film.cast),
        "audio": [{"file": f"audio.{v.language}.wav", "language": v.language, "label": v.label} for v in film.voices],
        "subtitles": [
            {"file": f"subtitles.{code}.srt", "language": code, "label": label, "kind": "subtitles"}
            for code, label in SUBTITLES
        ],
        "artwork": [
            {"file": ART["poster"], "kind": "poster", "shows": film.poster_shows},
            *({"file": file, "kind": still.kind, "shows": still.shows} for file, still in stills_named(film)),
        ],
        "markers": markers(film, frames),
    }


def stills_named(film: Film) -> list[tuple[str, Still]]:
    named, n = [], 0
    for still in film.stills:
        if still.kind == "still":
            n += 1
        named.append((ART["backdrop"] if still.kind == "backdrop" else f"art-{n}.jpg", still))
    return named


def markers(film: Film, frames: int) -> list[dict[str, object]]:
    """Where the title card and the end card are, as far as they were rendered."""
    kinds = {"title": "intro", "end": "credits"}
    found: list[dict[str, object]] = []
    at = 0
    for shot in film.shots:
        end = min(frames, at + shot.frames)
        if shot.kind in kinds and at < end:
            found.append({"kind": kinds[shot.kind], "start_ms": _ms(at), "end_ms": _ms(end)})
        at += shot.frames
    return found


def subtitle_cues(film: Film, language: str, frames: int) -> tuple[Cue, ...]:
    last = _ms(frames)
    cues = [
        Cue(
            round(line.start_seconds * 1000),
            min(last, round(line.end_seconds * 1000)),
            line.written[language],
        )
        for line in film.lines
    ]
    return tuple(cue for cue in cues if cue.start_ms < last)


def _ms(frames: int) -> int:
    return round(frames * 1000 / FRAMES_PER_SECOND)
