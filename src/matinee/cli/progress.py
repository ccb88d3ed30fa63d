"""Progress for who waits: one line, rewritten on a terminal, a line a change elsewhere."""

from typing import TextIO

from matinee.app.settings import plain_output

_BAR = 24


class Progress:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty() and not plain_output()
        self._last = ""

    def show(self, stage: str, share: float, remaining_s: float | None = None) -> None:
        share = max(0.0, min(1.0, share))
        left = f"  about {_span(remaining_s)} left" if remaining_s is not None and share < 1 else ""
        if self._live:
            filled = round(_BAR * share)
            self._write(f"\x1b[2K\r{'█' * filled}{'░' * (_BAR - filled)} {share:4.0%}  {stage}{left}", end="")
        elif (line := f"{stage}: {share:.0%}") != self._last:
            self._write(line)
            self._last = line

    def say(self, sentence: str) -> None:
        self._write(f"\x1b[2K\r{sentence}" if self._live else sentence)

    def end(self) -> None:
        if self._live:
            self._write("\x1b[2K\r", end="")

    def _write(self, text: str, *, end: str = "\n") -> None:
        print(text, end=end, file=self._stream, flush=True)


def _span(total_s: float) -> str:
    minutes, rest = divmod(round(total_s), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
