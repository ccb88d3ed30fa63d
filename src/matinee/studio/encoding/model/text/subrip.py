"""SubRip, which nobody ever wrote down: times, words, a few tags of HTML, and ASS's mark for a place."""

import re
from collections.abc import Iterator

from matinee.studio.encoding.model.text.cue import StyledCue, cue_of
from matinee.studio.encoding.model.text.markup import spans_of
from matinee.studio.encoding.model.text.numpad import placed_by
from matinee.studio.encoding.model.text.webvtt import TIMES, is_meant_as_times, times_of

_PLACE = re.compile(r"\{\\an?([0-9]{1,2})\}")
_BRACES = re.compile(r"\{\\[^{}]*\}")
_NUMBER = re.compile(r"\s*\d+\s*\Z")


def read(text: str) -> Iterator[StyledCue]:
    """A cue ends where the next begins: some files have empty lines within the words."""
    body: list[str] = []
    times: tuple[int, int] | None = None
    for line in text.split("\n"):
        if found := TIMES.match(line):
            yield from _cue(times, body, is_followed=True)
            times, body = times_of(found), []
        elif is_meant_as_times(line):  # whose words nobody knows when to show
            yield from _cue(times, body, is_followed=True)
            times, body = None, []
        else:
            body.append(line)
    yield from _cue(times, body, is_followed=False)


def _cue(times: tuple[int, int] | None, body: list[str], *, is_followed: bool) -> list[StyledCue]:
    if times is None:
        return []
    if is_followed and body and _NUMBER.match(body[-1]):  # the number of the next
        body = body[:-1]
    words = "\n".join(line.strip() for line in body)
    place = _PLACE.search(words)
    cue = cue_of(*times, spans_of(_BRACES.sub("", words), {}, keeps_unknown=True))
    return [placed_by(int(place[1]), cue)] if place else [cue]
