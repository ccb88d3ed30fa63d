"""How well intros, recaps and credits are found in made seasons, whose episodes differ in their mixes.

The sounds are from code; the pictures are those of the clips, with a cut somewhere else in each episode, letters over black
at the end, and no help at the borders in every other season: there the picture goes on where the sound changes.
"""

import argparse
import itertools
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw

from matinee.app.doors import Doors
from matinee.app.studio import open_encoding
from matinee.bench import montage
from matinee.bench.montage import HEIGHT, WIDTH, Frames
from matinee.bench.report import Figure, Report, percentile
from matinee.bench.seasons import Episode, season
from matinee.bench.shots import clips_in
from matinee.kernel.errors import InvalidInput
from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import minutes
from matinee.studio.encoding.api import Encoding, Outline
from matinee.wire.releases import Marker

_SEASONS, _EPISODES = 3, 5
RATE = montage.RATE // 2
"""Of the pictures: what is listened to needs no more."""
_SOUND_HZ = 16_000
_GOAL_S = 0.5
_RECAP_S = 1.5
"""What a recap may be off by: it is patched together, and where its last piece ends is where it is found."""
_LINE, _LINES = (
    11,
    ("DIRECTED BY", "A. Example", "WRITTEN BY", "B. Example", "MUSIC", "C. Example", "CAST", "D. Example"),
)
_ROLLS = 14.0
"""Pixels a second."""

Say = Callable[[str], None]


@dataclass(slots=True)
class _Tally:
    rows: list[dict[str, object]] = field(default_factory=list)
    errors: dict[str, list[float]] = field(default_factory=dict)
    missed: int = 0
    false: int = 0
    spent_s: float = 0.0
    seconds: float = 0.0

    def judge(self, name: str, episode: Episode, found: Sequence[Marker]) -> None:
        known = {"intro": episode.intro, "recap": episode.recap, "credits": (episode.credits_s, episode.seconds)}
        for kind, truth in known.items():
            seen = next((m for m in found if m.kind == kind), None)
            row: dict[str, object] = {"episode": name, "mix": episode.mix.name, "kind": kind}
            if seen is None and truth is None:
                continue
            if seen is None or truth is None:
                self.missed += seen is None
                self.false += truth is None
                self.rows.append({**row, "found": seen is not None, "there": truth is not None})
                continue
            off = [at_ms / 1000 - at_s for at_ms, at_s in zip((seen.start_ms, seen.end_ms), truth, strict=True)]
            self.errors.setdefault(kind, []).extend(abs(error) for error in off)
            self.rows.append({**row, "off_start_s": round(off[0], 3), "off_end_s": round(off[1], 3)})

    def worst(self, kind: str) -> float:
        return max(self.errors.get(kind, [0.0]))


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips = clips_in(options.clips)
    pictures = [await montage.frames_of(clip, doors.processes) for clip in clips]
    pictures = [frames[::2] for frames in pictures if len(frames)]
    if not pictures:
        raise InvalidInput("None of the clips can be read as video.")
    tally = _Tally()
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(made)
        encoding = open_encoding(doors, folder)
        for number in range(_SEASONS):
            say(f"season {number + 1} of {_SEASONS} …")
            episodes = season(number + int(options.seed), episodes=_EPISODES, rate_hz=_SOUND_HZ)
            outlines = []
            for place, episode in enumerate(episodes):
                path = folder / f"{number}-{place}.mkv"
                shown = pictures_of(episode, pictures, has_cuts=number % 2 == 0, seed=10 * number + place)
                await encode(episode, shown, path, doors.processes)
                outlines.append(await _outline(encoding, path, tally))
                path.unlink()
            began_s = _cpu_s()
            found = await encoding.season_markers(outlines)
            tally.spent_s += _cpu_s() - began_s
            for place, (episode, markers) in enumerate(zip(episodes, found, strict=True)):
                tally.judge(f"{number + 1}.{place + 1}", episode, markers)
    return _report(tally, clips)


async def _outline(encoding: Encoding, path: Path, tally: _Tally) -> Outline:
    inspection = await encoding.inspect(str(path))
    began_s = _cpu_s()
    outline = await encoding.outline(str(path), inspection)
    tally.spent_s += _cpu_s() - began_s
    tally.seconds += inspection.duration_s
    return outline


def pictures_of(episode: Episode, clips: Sequence[Frames], *, has_cuts: bool, seed: int) -> Frames:
    """Clips over and over, from somewhere in them; a new one at each border where there are cuts."""
    chance = np.random.default_rng(seed)
    borders_s = [0.0, *(episode.recap or ())[1:], *(episode.intro or ()), episode.credits_s]
    borders = sorted({round(at_s * RATE) for at_s in (borders_s if has_cuts else (0.0, episode.credits_s))})
    parts: list[Frames] = []
    for first, end in itertools.pairwise(borders):
        clip = clips[int(chance.integers(len(clips)))]
        parts.append(clip[(np.arange(end - first) + int(chance.integers(len(clip)))) % len(clip)])
    parts.append(rolling(round(episode.seconds * RATE) - borders[-1]))
    return np.concatenate(parts)


def rolling(count: int) -> Frames:
    """Letters that roll upwards over black, from the first frame to the last."""
    rows = HEIGHT + round(count * _ROLLS / RATE) + 2
    sheet = Image.new("L", (WIDTH, rows), 16)
    draw = ImageDraw.Draw(sheet)
    for number, top in enumerate(range(4, rows - _LINE, _LINE)):
        text = _LINES[number % len(_LINES)]
        draw.text(((WIDTH - draw.textlength(text)) / 2, top), text, fill=220)
    luma = np.asarray(sheet)
    frames = np.full((count, WIDTH * HEIGHT * 3 // 2), 128, np.uint8)
    for number in range(count):
        top = round(number * _ROLLS / RATE)
        frames[number, : WIDTH * HEIGHT] = luma[top : top + HEIGHT].ravel()
    return frames


async def encode(episode: Episode, pictures: Frames, target: Path, processes: Processes) -> None:
    raw, wave = target.with_suffix(".yuv"), target.with_suffix(".pcm")
    sound = episode.channels()
    raw.write_bytes(pictures.tobytes())
    wave.write_bytes(sound.astype("<f4").tobytes())
    layout = "5.1" if episode.mix.layout == "surround" else "stereo"
    argv = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", str(raw)),
        *("-f", "f32le", "-ar", str(episode.rate_hz), "-ac", str(sound.shape[1]), "-channel_layout", layout),
        *("-i", str(wave), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "26"),
        *(*episode.mix.codec, "-ar", "48000", str(target)),
    ]
    await processes.run(Command(argv, minutes(10)))
    raw.unlink()
    wave.unlink()


def _report(tally: _Tally, clips: Sequence[Path]) -> Report:
    intro = tally.errors.get("intro", [])
    return Report(
        "markers",
        {"clips": len(clips), "seasons": _SEASONS, "episodes": _SEASONS * _EPISODES, "seconds": round(tally.seconds)},
        [
            Figure("intro_off_worst", tally.worst("intro"), "s", _GOAL_S),
            Figure("intro_off_p95", percentile(intro, 0.95) if intro else 0.0, "s"),
            Figure("credits_off_worst", tally.worst("credits"), "s", _GOAL_S),
            Figure("recap_off_worst", tally.worst("recap"), "s", _RECAP_S),
            Figure("missed", tally.missed, "", 0),
            Figure("false", tally.false, "", 0),
            Figure("cpu_a_minute", tally.spent_s / max(1.0, tally.seconds) * 60, "s"),
        ],
        {"markers": tally.rows},
    )


def _cpu_s() -> float:
    """Ours, and that of the programs we ran."""
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    return children.ru_utime + children.ru_stime + own.user + own.system
