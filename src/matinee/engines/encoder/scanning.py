"""Reading what FFmpeg's detectors print, a line at a time, into stretches."""

import re
from typing import Literal

from matinee.engines.encoder.port import SpanFound

_VALUE = re.compile(
    r"lavfi\.(?P<what>black|freezedetect\.freeze|silence)_(?P<edge>start|end)(?:\.\d+)?=(?P<at>[-\d.]+)"
)
_KINDS: dict[str, Literal["black", "frozen", "silence"]] = {
    "black": "black",
    "freezedetect.freeze": "frozen",
    "silence": "silence",
}


class SpanReader:
    """Pairs starts with ends. A stretch that lasts to the end of the film is never closed by FFmpeg; `finish` does it."""

    def __init__(self) -> None:
        self._open: dict[str, float] = {}
        self._found: list[SpanFound] = []

    def read(self, line: str) -> None:
        found = _VALUE.match(line)
        if not found:
            return
        what, at = found["what"], max(0.0, float(found["at"]))
        if found["edge"] == "start":
            self._open.setdefault(what, at)
        elif what in self._open:
            self._found.append(SpanFound(_KINDS[what], self._open.pop(what), at))

    def finish(self, duration_s: float) -> list[SpanFound]:
        for what, start in self._open.items():
            if duration_s - start > 0.05:
                self._found.append(SpanFound(_KINDS[what], start, duration_s))
        self._open.clear()
        # A black stretch is also a frozen one; it is named once, as what the viewer sees.
        black = [span for span in self._found if span.kind == "black"]
        kept = [s for s in self._found if s.kind != "frozen" or not any(_mostly_within(s, b) for b in black)]
        return sorted(kept, key=lambda span: (span.start_s, span.kind))


def _mostly_within(inner: SpanFound, outer: SpanFound) -> bool:
    overlap = min(inner.end_s, outer.end_s) - max(inner.start_s, outer.start_s)
    return overlap > 0.8 * (inner.end_s - inner.start_s)
