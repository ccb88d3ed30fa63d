"""Tiny films for tests, generated when they are needed and never kept."""

import subprocess
from pathlib import Path

import pytest

from matinee.engines.encoder.programs import bundled

CLIPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "clips"


def film(
    path: Path,
    *,
    seconds: float = 3,
    size: str = "320x180",
    rate: str = "24",
    sound: bool = True,
    source: str = "testsrc2",
    video_filter: str = "null",
    options: tuple[str, ...] = (),
    pixel_format: str = "yuv420p",
    codec: str = "libx264",
) -> Path:
    """A film of the test pattern with a tone; what a test sets is what it is about."""
    inputs = ["-f", "lavfi", "-i", f"{source}{':' if '=' in source else '='}s={size}:r={rate}:d={seconds}"]
    inputs += ["-f", "lavfi", "-i", f"sine=f=440:d={seconds}:r=48000"] if sound else []
    preset = ["-preset", "ultrafast"] if codec in ("libx264", "libx265") else []
    ffmpeg(
        *inputs, "-vf", video_filter, "-c:v", codec, *preset, "-pix_fmt", pixel_format, "-c:a", "aac", *options, path
    )
    return path


def ffmpeg(*arguments: object) -> None:
    *rest, target = [str(a) for a in arguments]
    program = str(bundled().ffmpeg)
    subprocess.run([program, "-v", "error", "-nostdin", "-y", *rest, f"file:{target}"], check=True, timeout=120)


def pictures(film: Path, folder: Path, *, a_second: int = 2) -> list[Path]:
    """Some of its frames."""
    ffmpeg("-i", film, "-vf", f"fps={a_second}", folder / f"{film.stem}-%03d.png")
    return sorted(folder.glob(f"{film.stem}-*.png"))


def key_frames(film: Path) -> list[int]:
    """Which frames can be begun at, in the order of decoding."""
    asked = ["-select_streams", "v", "-show_entries", "packet=flags", "-of", "csv=p=0", f"file:{film}"]
    told = subprocess.run([bundled().ffprobe, "-v", "error", *asked], check=True, timeout=60, capture_output=True)
    return [number for number, flags in enumerate(told.stdout.decode().split()) if flags.startswith("K")]


def clip(name: str) -> Path:
    """A real clip, where the developer has them."""
    if not (CLIPS / name).exists():
        pytest.skip(f"the clip {name} is not on this machine")
    return CLIPS / name
