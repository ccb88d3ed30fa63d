"""ASS's nine places, counted as on a number pad: 1 is at the lower left, 8 in the middle of the top."""

from dataclasses import replace

from matinee.studio.encoding.model.text.cue import Align, StyledCue

_ALIGNS: tuple[Align, Align, Align] = ("left", "center", "right")
_LINES = (None, 45.0, 5.0)


def placed_by(place: int, cue: StyledCue) -> StyledCue:
    """Anything but 1 … 9 leaves it where it is."""
    if not 1 <= place <= 9:
        return cue
    row, column = divmod(place - 1, 3)
    return replace(cue, align=_ALIGNS[column], line=_LINES[row])
