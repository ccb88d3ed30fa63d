"""Where a film's credits begin: by letters on a dark ground until the end, or by the music that episodes end with."""

from matinee.studio.encoding.api import Outline

_LEAST_S = 8.0
_SHORT_FILM_S = 60.0
"""Shorter films have a card at the end, and nothing to skip."""
_LATEST_SHARE = 0.5
_GAP_S = 4.0
"""Between stretches of letters: one screen goes dark before the next one comes."""
_TO_THE_END_S = 20.0
"""What may follow: a studio's sign, or darkness."""
_TOGETHER_S = 30.0
"""Letters and music that begin within this are one thing, and it begins where the letters do."""


def credits_of(outline: Outline, music_s: float | None) -> tuple[float, float] | None:
    """From where to where. `music_s`: where the sound begins that this episode's end shares with others."""
    letters_s = _letters(outline)
    starts = [start_s for start_s in (letters_s, music_s) if start_s is not None]
    if not starts:
        return None
    start_s = starts[0] if len(starts) == 1 or abs(starts[0] - starts[1]) <= _TOGETHER_S else min(starts)
    return (start_s, outline.duration_s) if outline.duration_s - start_s >= _LEAST_S else None


def _letters(outline: Outline) -> float | None:
    """The start of the last stretches of letters, if they go on to the end."""
    if outline.duration_s < _SHORT_FILM_S:
        return None
    start_s, reached_s = outline.duration_s, outline.duration_s - _TO_THE_END_S
    shown_s = 0.0
    for first_s, last_s in sorted(outline.lettering, reverse=True):
        if last_s < reached_s or first_s < _LATEST_SHARE * outline.duration_s:
            break
        start_s, reached_s = first_s, first_s - _GAP_S
        shown_s += last_s - first_s
    return start_s if shown_s >= _LEAST_S else None
