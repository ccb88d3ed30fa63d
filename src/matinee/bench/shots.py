"""How well the borders of shots are found, on films made from clips; FFmpeg's `scdet` on the same films beside it.

A clip's own cuts are read from `NAME.cuts` beside it, a frame number a line. Where there is none, pieces are taken from
between those that `scdet` finds.
"""

import argparse
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.app.engines import open_encoder
from matinee.bench import montage
from matinee.bench.montage import Border, Joint, Shot
from matinee.bench.report import Figure, Report
from matinee.engines.encoder.port import Encoder, NotMedia, Picture
from matinee.kernel.errors import InvalidInput

_FILMS, _BORDERS = 4, 40
_SLACK = 1
"""Frames: what is a frame beside a border is still there."""
_HARD: tuple[Joint, ...] = ("cut",)
_SOFT: tuple[Joint, ...] = ("dissolve", "fade")

Say = Callable[[str], None]


@dataclass(slots=True)
class _Tally:
    found: int = 0
    missed: int = 0
    false: int = 0

    def note(self, seen: Sequence[int], known: Sequence[Border]) -> None:
        left = list(seen)
        for border in known:
            hit = next((frame for frame in left if border.first - _SLACK <= frame <= border.last + _SLACK), None)
            if hit is None:
                self.missed += 1
            else:
                self.found += 1
                left.remove(hit)
        self.false += len(left)

    @property
    def f1(self) -> float:
        return 2 * self.found / max(1, 2 * self.found + self.missed + self.false)

    def row(self, name: str) -> dict[str, object]:
        return {"films": name, "found": self.found, "missed": self.missed, "false": self.false, "f1": round(self.f1, 4)}


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips, (encoder, _) = clips_in(options.clips), open_encoder(doors)
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(made)
        own, rival = _Tally(), _Tally()
        shots: list[Shot] = []
        for clip in clips:
            say(f"{clip.name} …")
            shots += await _shots(clip, encoder, doors, own, rival)
        if len(shots) < 2:
            raise InvalidInput("The clips hold fewer than two shots of a second and a half: nothing can be joined.")
        tallies = {"the clips' own cuts": own, "the clips' own cuts, scdet": rival}
        for name, joints in (("hard cuts", _HARD), ("dissolves and fades", _SOFT)):
            say(f"{_FILMS} films with {_BORDERS} {name} each …")
            tallies[name], tallies[f"{name}, scdet"] = await _films(shots, joints, folder, encoder, doors)
        say("speed at 720p …")
        fps = await _speed(clips, folder, encoder, doors)
    return Report(
        "shots",
        {"clips": len(clips), "shots": len(shots), "films": 2 * _FILMS, "borders": 2 * _FILMS * _BORDERS},
        [
            Figure("f1_hard_cuts", tallies["hard cuts"].f1, "", 0.97, better="higher"),
            Figure("f1_hard_cuts_scdet", tallies["hard cuts, scdet"].f1, "", better="higher"),
            Figure("f1_dissolves_and_fades", tallies["dissolves and fades"].f1, "", 0.85, better="higher"),
            Figure("f1_dissolves_and_fades_scdet", tallies["dissolves and fades, scdet"].f1, "", better="higher"),
            Figure("fps_per_core_720p", fps, "frames/s", 200, better="higher"),
        ],
        {"borders": [tally.row(name) for name, tally in tallies.items() if tally != _Tally()]},
    )


def clips_in(folder: Path | None) -> list[Path]:
    if folder is None:
        raise InvalidInput("Name a folder of clips: --clips DIR.")
    if not folder.is_dir():
        raise InvalidInput(f"There is no folder {folder}.")
    found = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in (".mp4", ".mov", ".mkv", ".webm", ".avi")
    )
    if not found:
        raise InvalidInput(f"There is no clip in {folder}: MP4, MOV, MKV, WebM and AVI are looked for.")
    return found


async def _shots(clip: Path, encoder: Encoder, doors: Doors, own: _Tally, rival: _Tally) -> list[Shot]:
    try:
        stream = (await encoder.probe(clip)).video[0]
    except (NotMedia, IndexError) as error:
        raise InvalidInput(f"{clip.name} cannot be read as video. Take it out of the folder.") from error
    theirs = await montage.rival_shots(clip, doors.processes)
    known = _known_cuts(clip.with_suffix(".cuts"))
    if known is not None:
        borders = [Border(cut, cut) for cut in known]
        rival.note(theirs, borders)
        own.note((await _found(clip, encoder))[1:], borders)
    rate = stream.frame_rate[0] / stream.frame_rate[1]
    cuts = [round(cut / rate * montage.RATE) for cut in known or theirs]
    return montage.shots_between(clip.name, await montage.frames_of(clip, doors.processes), cuts)


def _known_cuts(path: Path) -> list[int] | None:
    if not path.is_file():
        return None
    try:
        return sorted(int(line) for line in path.read_text().split())
    except ValueError:
        raise InvalidInput(f"{path.name} holds something other than frame numbers, one a line.") from None


async def _films(
    shots: Sequence[Shot], joints: Sequence[Joint], folder: Path, encoder: Encoder, doors: Doors
) -> tuple[_Tally, _Tally]:
    own, rival = _Tally(), _Tally()
    for number in range(_FILMS):
        film, borders = montage.montage(shots, joints, borders=_BORDERS, seed=number)
        path = folder / f"{joints[0]}-{number}.mp4"
        await montage.encode(film, path, doors.processes)
        own.note((await _found(path, encoder))[1:], borders)
        rival.note(await montage.rival_shots(path, doors.processes), borders)
    return own, rival


async def _speed(clips: Sequence[Path], folder: Path, encoder: Encoder, doors: Doors) -> float:
    frames, spent_s = 0, 0.0
    for clip in clips:
        scaled = folder / f"{clip.stem}-720.mp4"
        await montage.in_720p(clip, scaled, doors.processes)
        frames += (await encoder.probe(scaled)).video[0].frames or 0
        began_s = _cpu_s()
        await _found(scaled, encoder)
        spent_s += _cpu_s() - began_s
        scaled.unlink()
    return frames / spent_s


async def _found(film: Path, encoder: Encoder) -> list[int]:
    stream = (await encoder.probe(film)).video[0]
    return await encoder.shots(film, Picture(stream.width, stream.height, stream.frame_rate))


def _cpu_s() -> float:
    """Ours, and that of the programs we ran."""
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    return children.ru_utime + children.ru_stime + own.user + own.system
