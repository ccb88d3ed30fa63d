"""Whether defects in a master are found where they are, and whether a master without any is left in peace.

Reels are made from clips and from code, and encoded as a careful person would. As they are, none may raise a warning. Then
each kind of defect is planted at seeded places, and a finding of the right kind must name it, to two frames or 20 ms.
"""

import argparse
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from matinee.app.doors import Doors
from matinee.app.engines import open_encoder
from matinee.app.studio import open_encoding
from matinee.bench import files_at_fault
from matinee.bench.defects import PLACED, Defect, NoPlace, Planted
from matinee.bench.reels import Reel, drawn, encode, reel_of
from matinee.bench.report import Figure, Report
from matinee.bench.shots import clips_in
from matinee.engines.encoder.port import NotMedia
from matinee.kernel.errors import InvalidInput
from matinee.studio.encoding.api import Encoding, Examination, Finding

_TIMES_EACH = 2
"""Each defect is planted so often, each time into another reel and at another place."""
_FRAMES_OFF, _HEARD_OFF_S = 2.0, 0.02

Say = Callable[[str], None]


@dataclass(slots=True)
class _Tally:
    rows: list[dict[str, object]] = field(default_factory=list)
    alarms: list[dict[str, object]] = field(default_factory=list)
    beside: list[dict[str, object]] = field(default_factory=list)
    worst_frames: float = 0.0
    worst_heard_s: float = 0.0
    frames: int = 0
    spent_s: float = 0.0

    def share_found(self) -> float:
        return sum(bool(row["found"]) for row in self.rows) / max(1, len(self.rows))


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    clips, (encoder, _) = clips_in(options.clips), open_encoder(doors)
    chance = np.random.default_rng(int(options.seed))
    tally = _Tally()
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(made)
        encoding = open_encoding(doors, folder)
        as_they_are: list[dict[str, object]] = []
        reels = [
            drawn("drawn day", light=1.0, speed=2.5, seed=1),
            drawn("drawn night", light=0.2, speed=1.5, seed=2, rate=(24000, 1001)),
        ]
        for clip in clips:
            say(f"{clip.name} …")
            try:
                reels.append(await reel_of(clip, await encoder.probe(clip), doors.processes))
            except (NotMedia, IndexError) as error:
                raise InvalidInput(f"{clip.name} cannot be read as video. Take it out of the folder.") from error
            as_they_are += await _warnings(encoding, clip, clip.name, tally)
        for number, reel in enumerate(reels):
            path = folder / f"clean-{number}.mp4"
            await encode(reel, path, doors.processes)
            tally.alarms += await _warnings(encoding, path, reel.name, tally)
            path.unlink()
        for defect in PLACED:
            say(f"{defect.name} …")
            for planted in _planted(defect, reels, chance):
                path = folder / "planted.mp4"
                await encode(planted.reel, path, doors.processes)
                _judge(defect, planted, await _examined(encoding, path, tally), tally)
        for at_fault in files_at_fault.FILES:
            say(f"{at_fault.name} …")
            tally.rows.append(await files_at_fault.judge(at_fault, reels[0], folder, encoding, doors.processes, chance))
    return _report(tally, clips, reels, as_they_are)


def _planted(defect: Defect, reels: Sequence[Reel], chance: np.random.Generator) -> list[Planted]:
    found: list[Planted] = []
    for at in chance.permutation(len(reels)).tolist() * 2:
        try:
            found.append(defect.plant(reels[at], chance))
        except NoPlace:
            continue
        if len(found) == _TIMES_EACH:
            break
    return found


async def _warnings(encoding: Encoding, path: Path, name: str, tally: _Tally) -> list[dict[str, object]]:
    findings = (await _examined(encoding, path, tally)).inspection.findings
    return [{"film": name, "code": f.code, "sentence": f.sentence} for f in findings if f.severity != "note"]


async def _examined(encoding: Encoding, path: Path, tally: _Tally) -> Examination:
    began_s = _cpu_s()
    found = await encoding.examine(str(path))
    tally.spent_s += _cpu_s() - began_s
    tally.frames += found.inspection.frames
    return found


def _judge(defect: Defect, planted: Planted, examined: Examination, tally: _Tally) -> None:
    findings = [f for f in examined.inspection.findings if f.severity != "note"]
    named = [f for f in findings if f.code in defect.codes and f.start_s is not None]
    best = min(named, key=lambda f: _off_s(f, planted), default=None)
    off_s = _off_s(best, planted) if best is not None else None
    allowed_s = _HEARD_OFF_S if defect.is_heard else _FRAMES_OFF / planted.reel.frames_per_second
    found = off_s is not None and off_s <= allowed_s + 1e-3
    row: dict[str, object] = {
        "defect": defect.name,
        "film": planted.reel.name,
        "at_s": round(planted.start_s, 3),
        "found": found,
        "off_frames": None if off_s is None else round(off_s * planted.reel.frames_per_second, 2),
        "off_ms": None if off_s is None else round(off_s * 1000, 1),
    }
    if not found:
        row["instead"] = "; ".join(f"{f.code} {f.start_s}–{f.end_s}" for f in findings)
    tally.rows.append(row)
    if found and off_s is not None:
        if defect.is_heard:
            tally.worst_heard_s = max(tally.worst_heard_s, off_s)
        else:
            tally.worst_frames = max(tally.worst_frames, off_s * planted.reel.frames_per_second)
    tally.beside += [
        {"defect": defect.name, "film": planted.reel.name, "code": f.code, "sentence": f.sentence}
        for f in findings
        if f is not best
    ]


def _off_s(finding: Finding, planted: Planted) -> float:
    """How far the finding lies from the defect, at its begin or its end, whichever is worse."""
    assert finding.start_s is not None
    assert finding.end_s is not None
    begin_s = abs(finding.start_s - planted.start_s)
    # What has no length is one moment: a cut where frames are gone.
    return begin_s if planted.start_s == planted.end_s else max(begin_s, abs(finding.end_s - planted.end_s))


def _report(
    tally: _Tally, clips: Sequence[Path], reels: Sequence[Reel], as_they_are: list[dict[str, object]]
) -> Report:
    """What is said of the clips as they are is listed, not counted: nobody knows whether it is true."""
    kinds = {str(row["defect"]) for row in tally.rows}
    return Report(
        "qc",
        {"clips": len(clips), "reels": len(reels), "kinds": len(kinds), "planted": len(tally.rows)},
        [
            Figure("defects_found", tally.share_found(), "", 1.0, better="higher"),
            Figure("kinds_of_defects", len(kinds), "", 20, better="higher"),
            Figure("false_alarms", len(tally.alarms), "", 0),
            Figure("worst_offset_frames", tally.worst_frames, "frames", 2),
            Figure("worst_offset_sound", tally.worst_heard_s * 1000, "ms", 20),
            Figure("findings_beside_the_planted", len(tally.beside), ""),
            Figure("fps_per_core", tally.frames / max(1e-6, tally.spent_s), "frames/s", better="higher"),
        ],
        {"planted": tally.rows, "false_alarms": tally.alarms, "clips_as_they_are": as_they_are, "beside": tally.beside},
    )


def _cpu_s() -> float:
    """Ours, and that of the programs we ran."""
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    return children.ru_utime + children.ru_stime + own.user + own.system
