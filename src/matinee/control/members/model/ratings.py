"""What a profile may choose to see at most, and what words of members may look like to others."""

import unicodedata

from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.members.api import ADULT, KID
from matinee.kernel.errors import InvalidInput

# Arabic, Devanagari and Vietnamese put up to four on a letter; a stack of forty covers the lines around it.
_MARKS_MAX = 6
# Joiners make letters of Persian and Hindi, and faces of several signs. Other invisible ones hide or turn what is written.
_JOINERS = ("\u200c", "\u200d")


def rating_of(wanted: int | None, *, kids: bool) -> int:
    """The age up to which a profile sees titles."""
    if wanted is None:
        return KID if kids else ADULT
    levels = RatingSystem().levels
    if wanted not in levels:
        raise InvalidInput(f"A profile's rating is one of {', '.join(map(str, levels))}.", field="maturity")
    return min(wanted, KID) if kids else wanted


def plain(text: str) -> str:
    """One line of visible characters: no controls, no reversed directions, no towers of accents, no space around."""
    kept: list[str] = []
    marks = 0
    for sign in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Zs", "Zl", "Zp", "Cc"):
            kept.append(" ")
        elif (kind[0] != "C" or sign in _JOINERS) and marks <= _MARKS_MAX:
            kept.append(sign)
    return " ".join(word for word in "".join(kept).split(" ") if word)


def device_name(text: str) -> str:
    """What a device says it is, as it stands in lists and letters."""
    return plain(text[:400])[:200].rstrip() or "unknown device"
