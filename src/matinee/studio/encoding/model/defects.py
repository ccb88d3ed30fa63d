"""Which of the stretches that were measured are defects, how bad, and in which words.

Most of what a detector sees is meant: films fade to black, pause, and hold a title. What tells a mistake from a choice is
mostly how it begins: a choice is cut or faded to, a mistake happens between two frames of something that goes on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from matinee.studio.encoding.api import Finding, Severity, Stretch, StretchKind

_BLACK_LONG_S = 3.0
_STILL_LONG_S = 10.0
"""A title is held for five seconds and a shot of nothing for as long; what stands still for longer is asked about."""
_STILL_LONG_SHARE = 0.9
_SILENCE_LONG_S = 10.0
_DROPOUT_S = 0.08
"""Four pictures at 50 a second. Pauses between words are shorter or do not begin at once."""
_SILENCE_FALL_DB = 30.0
_JUMP_TIMES = 2.0
_BLOCK_LEVELS = 2.5
"""Edges of blocks that stand this far out of everything around them, over the whole picture. What sets in at once, and
ends so, shows sooner: it need only be more than what coding always leaves."""
_BAND_SHARE = 0.5
"""The same of levels: drawings have few of them too."""
_CLIPPED_MIN_S = 0.04
_CLIPPED_SHARE = 0.04
_PHASE_MIN_S = 0.4
_WOVEN_FRAMES_MIN = 5
_MISSING_ERROR_S = 0.5
_SAME_FINDING_MAX = 25
"""Of one kind. What happens more often is one fault with one cause, and nobody reads the hundredth."""
_ALL_OF_IT = 0.95

_SIDES = ("at the top", "at the bottom", "on the left", "on the right")

Judge = Callable[[Stretch, "Film"], tuple[Severity, str, str] | None]
"""Severity, code, sentence; or nothing to say."""


class Film:
    """What a stretch is judged against."""

    def __init__(
        self,
        duration_s: float,
        frames_per_second: float,
        *,
        is_interlaced: bool = False,
        sound_file: str | None = None,
    ) -> None:
        self.duration_s = duration_s
        self.frames_per_second = frames_per_second
        self.is_interlaced = is_interlaced
        """As its stream is marked, so that it was deinterlaced."""
        self.sound_file = sound_file
        """Where it is all in a file beside the master: that has streams of its own."""

    def is_all(self, stretch: Stretch) -> bool:
        return stretch.length_s >= _ALL_OF_IT * self.duration_s

    def track(self, stretch: Stretch) -> str:
        return self.sound_file or f"stream {stretch.stream}"

    def frames(self, stretch: Stretch) -> int:
        return max(1, round(stretch.length_s * self.frames_per_second))


def defects_of(stretches: Sequence[Stretch], film: Film) -> tuple[Finding, ...]:
    judged = [(s, said) for s in stretches if s.kind in _JUDGES and (said := _JUDGES[s.kind](s, film)) is not None]
    counts: dict[str, int] = {}
    found: list[Finding] = []
    for stretch, said in judged:
        if any(_hides(other, stretch) for other, _ in judged):
            continue
        counts[said[1]] = counts.get(said[1], 0) + 1
        if counts[said[1]] <= _SAME_FINDING_MAX:
            found.append(_placed(said, stretch, film))
    return (*found, *_more(counts))


def _placed(judged: tuple[Severity, str, str], stretch: Stretch, film: Film) -> Finding:
    severity, code, sentence = judged
    is_seen = stretch.stream is None
    return Finding(
        severity,
        code,
        sentence,
        start_s=round(stretch.start_s, 3),
        end_s=round(stretch.end_s, 3),
        frame=round(stretch.start_s * film.frames_per_second) if is_seen else None,
        frames=film.frames(stretch) if is_seen else None,
        stream=stretch.stream if film.sound_file is None else None,
    )


def _more(said: Mapping[str, int]) -> Iterator[Finding]:
    for code, count in said.items():
        if count > _SAME_FINDING_MAX:
            yield Finding("warning", code, f"{count - _SAME_FINDING_MAX} more findings of this kind ({code}) follow.")


_HIDDEN_BY: Mapping[StretchKind, tuple[StretchKind, ...]] = {
    "repeated": ("missing", "flat", "black"),
    "frozen": ("missing", "flat", "black"),
    "jump": ("missing", "flat", "black", "stray", "frozen", "repeated", "blocks", "bands", "woven", "bars"),
    "stray": ("flat", "black"),
    "dropout": ("silence",),
    "blocks": ("flat", "black", "bars"),
    "bands": ("flat", "black", "blocks"),
}
"""One fault, one finding: a frame that is missing stands still, and blocks have few levels."""


def _hides(other: Stretch, stretch: Stretch) -> bool:
    slack_s = 0.1
    if other.kind not in _HIDDEN_BY.get(stretch.kind, ()) or other.stream != stretch.stream:
        return False
    return stretch.start_s < other.end_s + slack_s and other.start_s < stretch.end_s + slack_s


def _black(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if film.is_all(stretch):
        return "warning", "black", "The picture is black all the time."
    if stretch.is_abrupt:
        return "warning", "black", f"The picture turns black at once and comes back, {_span(stretch)}."
    if stretch.length_s >= _BLACK_LONG_S:
        return "warning", "black", f"The picture is black {_span(stretch)}."
    return None


def _flat(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if not stretch.is_abrupt:
        return None
    if stretch.strength > 0:
        share = f"{stretch.strength:.0%}"
        return "error", "undecoded", f"{share} of the picture is the green of memory nobody wrote, {_span(stretch)}."
    return "warning", "flat-picture", f"The picture is one color and then goes on, {_span(stretch)}."


def _frozen(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if stretch.is_abrupt:
        return "warning", "frozen", f"The picture stops in motion and stands still {_span(stretch)}."
    if stretch.length_s >= _STILL_LONG_S or stretch.length_s >= _STILL_LONG_SHARE * film.duration_s:
        return "warning", "frozen", f"The picture stands still {_span(stretch)}."
    return None


def _repeated(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    times = film.frames(stretch)
    what = "A frame is shown again" if times == 1 else f"A frame is shown {times} times again"
    return "warning", "repeated-frames", f"{what} while the picture moves, at {_at(stretch)}."


def _cadence(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    every = f"every {stretch.strength:.2f} s"
    return "note", "cadence", f"A frame is shown twice {every}: the film was converted from a lower frame rate."


def _jump(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if stretch.strength < _JUMP_TIMES:
        return None
    return "warning", "dropped-frames", f"The picture jumps as if frames were missing, at {_at(stretch)}."


def _missing(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    count = film.frames(stretch)
    severity: Severity = "error" if stretch.length_s >= _MISSING_ERROR_S else "warning"
    words = f"{count} {'frame is' if count == 1 else 'frames are'} missing or damaged {_span(stretch)}."
    return severity, "missing-frames", words


def _stray(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    return "warning", "stray-frame", f"One frame shows something else, at {_at(stretch)}."


def _bars(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    top, bottom, left, right = stretch.sides
    where = [f"{share:.1%} {side}" for share, side in zip((top, bottom, left, right), _SIDES, strict=True) if share]
    what = f"The picture has black bars: {', '.join(where)}"
    if film.is_all(stretch):
        return "note", "letterbox" if top >= left else "pillarbox", f"{what}."
    return "warning", "bars-change", f"{what}, only {_span(stretch)}."


def _blocks(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if not stretch.is_abrupt and stretch.strength < _BLOCK_LEVELS:
        return None
    return "warning", "blocking", f"The picture falls into blocks {_span(stretch)}."


def _bands(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if not stretch.is_abrupt and stretch.strength < _BAND_SHARE:
        return None
    return "warning", "banding", f"Smooth areas fall into bands {_span(stretch)}."


def _woven(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if film.is_interlaced or film.frames(stretch) < _WOVEN_FRAMES_MIN:
        return None
    return "warning", "combing", f"Frames hold two moments in their lines (interlacing) {_span(stretch)}."


def _silence(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if film.is_all(stretch):
        return "warning", "silence", f"There is no sound in {film.track(stretch)}."
    if stretch.is_abrupt and stretch.length_s >= _DROPOUT_S and stretch.strength >= _SILENCE_FALL_DB:
        return "warning", "silence", f"The sound breaks off and comes back {_span(stretch)} ({film.track(stretch)})."
    if stretch.length_s >= _SILENCE_LONG_S:
        return "warning", "silence", f"There is no sound {_span(stretch)} ({film.track(stretch)})."
    return None


def _dropout(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    assert stretch.channel is not None
    channel = f"channel {stretch.channel + 1} of {film.track(stretch)}"
    if film.is_all(stretch):
        return "note", "dead-channel", f"There is nothing in {channel}."
    if stretch.is_abrupt and stretch.length_s >= _DROPOUT_S:
        return "warning", "channel-dropout", f"There is nothing in {channel} {_span(stretch)}, while others sound."
    return None


def _clipped(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if stretch.length_s < _CLIPPED_MIN_S or stretch.strength < _CLIPPED_SHARE:
        return None
    return "warning", "clipping", f"The sound is clipped {_span(stretch)} ({film.track(stretch)})."


def _opposed(stretch: Stretch, film: Film) -> tuple[Severity, str, str] | None:
    if stretch.length_s < _PHASE_MIN_S:
        return None
    where = f"{_span(stretch)} ({film.track(stretch)})"
    return "warning", "out-of-phase", f"Left and right are turned against each other {where}: in mono they vanish."


_JUDGES: dict[StretchKind, Judge] = {
    "black": _black,
    "flat": _flat,
    "frozen": _frozen,
    "repeated": _repeated,
    "cadence": _cadence,
    "jump": _jump,
    "missing": _missing,
    "stray": _stray,
    "bars": _bars,
    "blocks": _blocks,
    "bands": _bands,
    "woven": _woven,
    "silence": _silence,
    "dropout": _dropout,
    "clipped": _clipped,
    "out-of-phase": _opposed,
}


def _span(stretch: Stretch) -> str:
    return f"from {stretch.start_s:.2f} s to {stretch.end_s:.2f} s"


def _at(stretch: Stretch) -> str:
    return f"{stretch.start_s:.2f} s"
