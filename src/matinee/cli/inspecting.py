"""`matinee inspect FILE` and `matinee ladder FILE`: look before you publish."""

import argparse
import hashlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.app.doors import Doors
from matinee.app.studio import open_encoding
from matinee.cli.options import Subparsers, command
from matinee.kernel.errors import InvalidInput
from matinee.studio.encoding.api import Inspection, LadderPlan
from matinee.wire.encoding import to_json


def add_to(commands: Subparsers) -> None:
    inspect = command(commands, "inspect", _inspect, summary="What is in a master, and what is wrong with it")
    ladder = command(commands, "ladder", _ladder, summary="Rate and quality of this film, and the rungs chosen")
    for parser in (inspect, ladder):
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")
    ladder.add_argument("--release", choices=["fast", "full"], default="full", help="which ladder (default full)")


async def _inspect(options: argparse.Namespace) -> int:
    file = _existing(options.file)
    with TemporaryDirectory(prefix="matinee-inspect-") as work:
        inspection = await open_encoding(Doors(), Path(work)).inspect(str(file))
    print(to_json(inspection).decode() if options.json else _described(inspection))
    return 0


async def _ladder(options: argparse.Namespace) -> int:
    file = _existing(options.file)
    with TemporaryDirectory(prefix="matinee-ladder-") as work:
        encoding = open_encoding(Doors(), Path(work))
        print("inspecting …", file=sys.stderr)
        inspection = await encoding.inspect(str(file))
        print("encoding probes and measuring them …", file=sys.stderr)
        with file.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        plan = await encoding.plan(str(file), digest, inspection, options.release)
    print(to_json(plan).decode() if options.json else _table(plan))
    return 0


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise InvalidInput(f"There is no file {str(file)!r}.")
    return file.absolute()


def _described(inspection: Inspection) -> str:
    raster = inspection.raster
    lines = [
        f"picture   {raster.width}×{raster.height}, {raster.frames_per_second:.3f} frames/s, {inspection.frames} frames,"
        f" {inspection.duration_s:.2f} s",
        *(f"sound     {s.language or 'unknown language'}, {s.channels} channels" for s in inspection.sound),
        *(f"subtitles {t.language or 'unknown language'}" for t in inspection.text),
        *(f"{s.kind:<9} {s.start_s:.2f} s to {s.end_s:.2f} s" for s in inspection.stretches),
        *(f"{f.severity:<9} {f.sentence}" for f in inspection.findings),
    ]
    return "\n".join(lines)


def _table(plan: LadderPlan) -> str:
    probes = [f"  {p.height:>5}p  crf {p.crf:>4.1f}  {p.kbps:>8.0f} kbit/s  VMAF {p.vmaf:5.1f}" for p in plan.points]
    rungs = [
        f"  {r.height:>5}p  crf {r.crf:>4.1f}  {r.kbps_expected:>8.0f} kbit/s  VMAF {r.vmaf_expected:5.1f} ± {r.vmaf_sd:3.1f}  ({r.tier})"
        for r in plan.rungs
    ]
    return "\n".join(["measured by probes", *probes, "", "rungs chosen", *rungs])
