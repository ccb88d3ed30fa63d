"""What a journey's jobs cost: their weight, the pace that is learned from them, and the places they take of a worker.

Weights are megapixels: those of all frames that a job makes or looks at. Pixels decide what a frame costs; how much a
pixel costs is the pace, which differs by what is done and is measured, title by title.
"""

_PLACE_PIXELS = 1920 * 1080
"""A job of this many pixels a frame fills one place of a worker; a 4K encode has the memory and the threads of four."""


def megapixels(width: int, height: int, frames: float) -> float:
    return width * height * frames / 1e6


def places_of(width: int, height: int) -> int:
    return max(1, round(width * height / _PLACE_PIXELS))


def pace_of(kind: str, *words: object) -> str:
    """From the general to the particular: what is not known of `encode medium 720p` is guessed from `encode medium`."""
    return " ".join(map(str, (kind, *words)))
