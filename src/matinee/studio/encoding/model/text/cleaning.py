"""Cues made fit to be shown: in order, within the film, with words; and a sentence for each thing that was changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matinee.studio.encoding.model.text.cue import StyledCue


@dataclass(frozen=True, slots=True)
class Cleaned:
    cues: tuple[StyledCue, ...]
    notes: tuple[str, ...] = ()


def cleaned(cues: Sequence[StyledCue], film_ms: int | None) -> Cleaned:
    """Cues that overlap stay: two voices, or words above and below. Players show both. None: how long the film is, is not known."""
    film_ms = max([cue.end_ms for cue in cues], default=0) if film_ms is None else film_ms
    worded = [cue for cue in cues if cue.spans]
    within = [
        replace(cue, start_ms=max(0, cue.start_ms), end_ms=min(film_ms, cue.end_ms))
        for cue in worded
        if cue.start_ms < film_ms and cue.end_ms > 0
    ]
    cut = sum(cue.start_ms < 0 < cue.end_ms or cue.start_ms < film_ms < cue.end_ms for cue in worded)
    kept = [cue for cue in within if cue.end_ms > cue.start_ms]
    backwards = len(within) - len(kept)
    once = list(dict.fromkeys(sorted(kept, key=lambda cue: (cue.start_ms, cue.end_ms))))
    told = (
        (len(cues) - len(worded), "left out, without words"),
        (len(worded) - len(within), "left out, outside the film"),
        (cut, "cut to the film"),
        (backwards, "left out, ending before it begins"),
        (len(kept) - len(once), "left out, there twice"),
    )
    return Cleaned(tuple(once), tuple(f"{count} {_cues(count)} {what}." for count, what in told if count))


def _cues(count: int) -> str:
    return "cue was" if count == 1 else "cues were"
