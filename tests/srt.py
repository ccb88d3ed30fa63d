"""SubRip read back, so that what the demo wrote can be looked at."""

from matinee.demo.films.subtitles import Cue


def read_srt(text: str) -> tuple[Cue, ...]:
    cues = []
    for block in text.strip().split("\n\n"):
        if block:
            _, times, *words = block.split("\n")
            start, _, end = times.partition(" --> ")
            cues.append(Cue(_milliseconds(start), _milliseconds(end), "\n".join(words)))
    return tuple(cues)


def _milliseconds(stamp: str) -> int:
    clock, _, ms = stamp.partition(",")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + int(ms)
