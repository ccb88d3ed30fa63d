"""`matinee inspect FILE` and `matinee ladder FILE`: look before you publish."""

import argparse
import hashlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from matinee.app.doors import Doors
from matinee.app.engines import open_encoder
from matinee.app.studio import open_encoding
from matinee.cli.ladder_plot import ladder_plot
from matinee.cli.options import Subparsers, command
from matinee.cli.quality_page import Pictures, quality_page
from matinee.engines.encoder.port import NO_PICTURE, Picture
from matinee.kernel.errors import InvalidInput
from matinee.studio.encoding.api import Examination, LadderPlan, RatePoint, Rung, SoundTrack, frames_shown
from matinee.wire.encoding import to_json, to_plain
from matinee.wire.releases import VideoCodec

_PICTURE_WIDTH = 480
_PICTURED_MAX = 60
"""Findings; a report with more pictures opens in no browser."""


def add_to(commands: Subparsers) -> None:
    inspect = command(commands, "inspect", _inspect, summary="What is in a master, and what is wrong with it")
    ladder = command(commands, "ladder", _ladder, summary="Rate and quality of this film, and the rungs chosen")
    for parser in (inspect, ladder):
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true")
    ladder.add_argument("--plot", type=Path, metavar="FILE.png", help="draw rate and quality, and the rungs chosen")
    inspect.add_argument("--html", type=Path, metavar="FILE", help="write a report with pictures of what was found")
    inspect.add_argument(
        "--subtitles",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="SRT, WebVTT, ASS or TTML that came beside it",
    )
    ladder.add_argument("--release", choices=["fast", "full"], default="full", help="which ladder (default full)")
    ladder.add_argument("--codec", choices=get_args(VideoCodec), default="h264", help="in which codec (default h264)")


async def _inspect(options: argparse.Namespace) -> int:
    file = _existing(options.file)
    texts = [str(_existing(path)) for path in options.subtitles]
    if options.html is not None:
        _check_writable(options.html, "the report")
    with TemporaryDirectory(prefix="matinee-inspect-") as work:
        doors, folder = Doors(), Path(work)
        examined = await open_encoding(doors, folder).examine(str(file), texts)
        if options.html is not None:
            pictures = await _pictures(doors, file, examined, folder)
            options.html.write_text(quality_page(file.name, examined, pictures), encoding="utf-8")
            print(f"report in {options.html}", file=sys.stderr)
    print(_document(file, examined) if options.json else _described(examined))
    return 0


def _document(file: Path, examined: Examination) -> str:
    """What is found stands on top, as it always has; what was measured beside it."""
    rest = {"container": examined.container, "size_bytes": examined.size_bytes, "picture": examined.picture}
    tracks = {"sound_tracks": examined.sounds, "cues": dict(examined.cues)}
    version = {"format": "matinee-inspection", "version": 1, "file": file.name}
    return to_json({**to_plain(examined.inspection), **to_plain({**rest, **tracks}), **version}).decode()


async def _pictures(doors: Doors, file: Path, examined: Examination, folder: Path) -> Pictures:
    """The frames of each finding that has some: before it, its first, and one in its middle."""
    encoder, _ = open_encoder(doors)
    raster, inspection = examined.inspection.raster, examined.inspection
    width = min(_PICTURE_WIDTH, raster.width)
    height = max(2, round(raster.height * width / raster.width / 2) * 2)
    picture = Picture(
        width // 2 * 2, height, raster.rate, raster.deinterlace, raster.tone_map, by_field=raster.by_field
    )
    shown: dict[int, list[tuple[str, bytes]]] = {}
    seen = [(n, f) for n, f in enumerate(inspection.findings) if f.frame is not None and f.severity != "note"]
    for number, finding in seen[:_PICTURED_MAX]:
        for frame in frames_shown(finding, inspection.frames):
            target = folder / f"{number}-{frame}.jpg"
            # In the middle of its time, so that no rounding shows its neighbor.
            at_s = (frame + 0.5) / raster.frames_per_second
            try:
                await encoder.still(file, target, at_s=at_s, picture=picture)
            except NO_PICTURE:
                continue  # damage is what the report is about
            caption = f"frame {frame}" + (", before" if frame < (finding.frame or 0) else "")
            shown.setdefault(number, []).append((caption, target.read_bytes()))
    return shown


async def _ladder(options: argparse.Namespace) -> int:
    file = _existing(options.file)
    if options.release == "fast" and options.codec != "h264":
        raise InvalidInput("A fast release is H.264 alone. Leave out --release fast, or --codec.", field="codec")
    if options.plot is not None:
        if options.plot.suffix.lower() != ".png":
            raise InvalidInput(f"The plot is a PNG: give it a name that ends in .png, not {options.plot.name!r}.")
        _check_writable(options.plot, "the plot")
    with TemporaryDirectory(prefix="matinee-ladder-") as work:
        encoding = open_encoding(Doors(), Path(work))
        print("inspecting …", file=sys.stderr)
        inspection = await encoding.inspect(str(file))
        print("encoding probes and measuring them …", file=sys.stderr)
        with file.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        plan = await encoding.plan(str(file), digest, inspection, options.release, codec=options.codec)
        if options.plot is not None:
            options.plot.write_bytes(ladder_plot(file.name, plan, encoding.curves(plan)))
            print(f"the plot is {options.plot}", file=sys.stderr)
    print(to_json(plan).decode() if options.json else _table(plan))
    return 0


def _check_writable(path: Path, what: str) -> None:
    """Before the work begins: it takes minutes."""
    if path.is_dir():
        raise InvalidInput(f"{str(path)!r} is a folder. Name a file for {what}.")
    if not path.absolute().parent.is_dir():
        raise InvalidInput(f"There is no folder {str(path.parent)!r} to write {what} to.")


def _existing(file: Path) -> Path:
    if file.is_dir():
        raise InvalidInput(f"{str(file)!r} is a folder, not a file.")
    if not file.is_file():
        raise InvalidInput(f"There is no file {str(file)!r}.")
    return file.absolute()


def _described(examined: Examination) -> str:
    inspection = examined.inspection
    raster = inspection.raster
    lines = [
        f"picture   {raster.width}×{raster.height}, {raster.frames_per_second:.3f} frames/s, {inspection.frames} frames,"
        f" {inspection.duration_s:.2f} s",
        *(
            f"sound     {s.language or 'unknown language'}, {s.channels} channels{_loudness(s)}"
            for s in examined.sounds
        ),
        *(f"subtitles {t.language or 'unknown language'}" for t in inspection.text),
        *(f"{s.kind:<9} {s.start_s:.2f} s to {s.end_s:.2f} s" for s in inspection.stretches),
        *(f"{f.severity:<9} {f.sentence}" for f in inspection.findings),
    ]
    return "\n".join(lines)


def _loudness(sound: SoundTrack) -> str:
    if sound.loudness_lufs is None or sound.peak_dbtp is None or sound.range_lu is None:
        return ", silent"
    return f", {sound.loudness_lufs:.1f} LUFS, range {sound.range_lu:.1f} LU, true peak {sound.peak_dbtp:.1f} dBTP"


def _table(plan: LadderPlan) -> str:
    moved = max((abs(shift) for shifts in plan.shifts.values() for shift in shifts), default=0.0)
    scenes = f"{len(plan.scenes)} scenes" if len(plan.scenes) > 1 else "one scene"
    return "\n".join(
        [
            "measured by probes",
            *(_point(point) for point in plan.points),
            *(["", "tried in earnest", *(_point(point) for point in plan.trials)] if plan.trials else []),
            "",
            "rungs chosen",
            *(_rung(rung) for rung in plan.rungs),
            "",
            *_on_other_screens(plan),
            f"{scenes}, between which the CRF moves by up to {moved:g}" if moved else f"{scenes}, all at one CRF",
            *([f"HDR is kept ({plan.raster.video_range})"] if plan.raster.video_range != "SDR" else []),
            *(
                [f"grain is drawn by the player (strength {plan.grain}); VMAF is of what lies under it"]
                * bool(plan.grain)
            ),
        ]
    )


def _point(point: RatePoint) -> str:
    measured = f"{point.kbps:>8.0f} kbit/s  VMAF {point.vmaf:5.1f}"
    elsewhere = _elsewhere(point.vmaf_phone, point.vmaf_4k)
    return "  ".join([f"  {point.height:>5}p  crf {point.crf:>4.1f}", measured, *elsewhere])


def _rung(rung: Rung) -> str:
    expected = f"{rung.kbps_expected:>8.0f} kbit/s  VMAF {rung.vmaf_expected:5.1f} ± {rung.vmaf_sd:3.1f}"
    elsewhere = _elsewhere(rung.vmaf_phone_expected, rung.vmaf_4k_expected)
    return "  ".join([f"  {rung.height:>5}p  crf {rung.crf:>4.1f}", expected, *elsewhere, f"({rung.tier})"])


def _elsewhere(vmaf_phone: float | None, vmaf_4k: float | None) -> list[str]:
    named = (("phone", vmaf_phone), ("4K", vmaf_4k))
    return [f"{name} {vmaf:5.1f}" for name, vmaf in named if vmaf is not None]


def _on_other_screens(plan: LadderPlan) -> list[str]:
    said: list[str] = []
    enough = plan.enough_for_a_phone
    if enough is not None:
        said.append(f"a phone shows no difference from {enough.height}p at {enough.kbps_expected:.0f} kbit/s on")
    if any(rung.vmaf_4k_expected is not None for rung in plan.rungs):
        said.append("what has more than 1080 lines was chosen by what a 4K screen shows")
    return said
