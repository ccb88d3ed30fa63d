"""What belongs to a film: its trailers, what is said of each and what is refused; and its preview."""

from dataclasses import replace
from math import ceil

from matinee.studio.encoding.api import SourceRefused
from matinee.studio.production.api import BadSidecar, Metadata, SidecarTrailer

TRAILERS_MAX = 20
TRAILER_S_MAX = 600
"""A trailer plays without a plan, before its film may be seen and on any number of screens, so no film may pass for one.
Trailers last two or three minutes, featurettes seldom ten; hardly any film is as short.
"""
PREVIEW = "preview"
"""The profile of a preview's release, and the type of its title."""


def trailer_metadata(film: Metadata, film_id: str, trailer: SidecarTrailer, sha256: str) -> Metadata:
    """A trailer is known by its film and its content: whatever it is called, the same one is made once."""
    names = trailer.names or film.names
    return Metadata(
        names=names,
        original=film.original if film.original in names else None,
        id=f"trailer:{film_id}:{sha256}",
        type="trailer",
        year=film.year,
        rating=film.rating,
        scheme=film.scheme,
    ).settled()


def called(film: Metadata, trailer: Metadata) -> str:
    """In the studio, where its own name does not say whose it is, and its film's not that it is a trailer."""
    return f"{film.name}: {'trailer' if trailer.name == film.name else trailer.name}"


def preview_metadata(film: Metadata, film_id: str) -> Metadata:
    """A film has one preview. Nobody reads its name, but every title has one."""
    return Metadata(
        film.names or {"en": PREVIEW}, film.original, id=f"{PREVIEW}:{film_id}", type=PREVIEW, rating=film.rating
    ).settled()


def without_trailers(film: Metadata) -> Metadata:
    """What its own journey is about: another trailer makes no other film."""
    return replace(film, trailers=None)


def check_length(seconds: float) -> None:
    """Of a trailer, once it has been looked at."""
    if seconds > TRAILER_S_MAX:
        minutes, rest = divmod(ceil(seconds), 60)
        raise SourceRefused(
            f"A trailer lasts at most {TRAILER_S_MAX // 60} minutes, and this one lasts {minutes}:{rest:02}. "
            "Bring a shorter cut, or publish it as a film of its own."
        )


def check_trailers(film: Metadata) -> None:
    trailers = film.trailers or ()
    if len(trailers) > TRAILERS_MAX:
        raise BadSidecar(f"A film has at most {TRAILERS_MAX} trailers; the sidecar names {len(trailers)}.")
    others = set(without_trailers(film).file_names())
    seen: dict[tuple[str, str], str] = {}
    for trailer in trailers:
        if trailer.file in others:
            raise BadSidecar(f"{trailer.file!r} is named twice. A trailer needs a file of its own.", file=trailer.file)
        others.add(trailer.file)
        names = trailer.names or film.names
        if not names:
            raise BadSidecar(
                f"The trailer {trailer.file!r} needs a name, for its film has none here.", file=trailer.file
            )
        for language, name in names.items():
            if not name.strip():
                raise BadSidecar(f"The trailer {trailer.file!r} has no name in {language!r}.", file=trailer.file)
            other = seen.setdefault((language, name.strip()), trailer.file)
            if other != trailer.file:
                raise BadSidecar(
                    f"The trailers {other!r} and {trailer.file!r} are both called {name!r}. "
                    'Give each its own name in the sidecar: "names".',
                    file=trailer.file,
                )
