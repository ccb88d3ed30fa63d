"""Films whose cuts are known, made from clips: pieces of them, joined by hard cuts, dissolves, and fades through black."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import minutes

Joint = Literal["cut", "dissolve", "fade"]
Frames = npt.NDArray[np.uint8]

WIDTH, HEIGHT, RATE = 160, 90, 24
_LUMA = WIDTH * HEIGHT
_FRAME_BYTES = _LUMA * 3 // 2
_PIECE_MIN, _PIECE_MAX = 36, 150
_CLIP_MAX = 3000
"""Frames that are taken of a clip, so that one long film does not outweigh the others."""
_BLACK = np.concatenate([np.full(_LUMA, 16), np.full(_FRAME_BYTES - _LUMA, 128)]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch of a clip without a cut in it."""

    clip: str
    frames: Frames


@dataclass(frozen=True, slots=True)
class Border:
    first: int
    last: int
    """Of a hard cut both are the new shot's first frame; of a transition, the frames that show both shots, or black."""


async def frames_of(clip: Path, processes: Processes) -> Frames:
    seen = bytearray()

    async def keep(block: bytes) -> None:
        seen.extend(block)

    chain = f"fps={RATE},scale={WIDTH}:{HEIGHT}:flags=area,format=yuv420p"
    argv = [
        "-i",
        f"file:{clip}",
        "-map",
        "0:v:0",
        "-vf",
        chain,
        "-frames:v",
        str(_CLIP_MAX),
        "-f",
        "rawvideo",
        "pipe:1",
    ]
    await processes.run(Command(_ffmpeg(*argv), minutes(10), on_block=keep))
    return np.frombuffer(bytes(seen[: len(seen) - len(seen) % _FRAME_BYTES]), np.uint8).reshape(-1, _FRAME_BYTES)


def shots_between(clip: str, frames: Frames, cuts: Sequence[int]) -> list[Shot]:
    borders = [0, *cuts, len(frames)]
    # A frame more on each side: where a cut lies between two frames of another rate, both shots show.
    pieces = [frames[a + 2 : b - 2] for a, b in pairwise(borders)]
    return [Shot(clip, piece) for piece in pieces if len(piece) >= _PIECE_MIN]


def montage(shots: Sequence[Shot], joints: Sequence[Joint], *, borders: int, seed: int) -> tuple[Frames, list[Border]]:
    """No piece follows one of the same shot, unless there is only one."""
    chance = np.random.default_rng(seed)
    film, known = [*_piece(shots, None, chance)[1]], []
    last: Shot | None = None
    for _ in range(borders):
        last, piece = _piece(shots, last, chance)
        joint = joints[int(chance.integers(len(joints)))]
        overlap = int(chance.integers(8, min(36, len(piece) // 2) + 1))
        known.append(_join(film, piece, joint, overlap, black=int(chance.integers(0, 10))))
    return np.round(np.stack(film)).astype(np.uint8), known


async def encode(film: Frames, target: Path, processes: Processes) -> None:
    raw = target.with_suffix(".yuv")
    raw.write_bytes(film.tobytes())
    given = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", str(raw)]
    argv = _ffmpeg(*given, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", str(target))
    await processes.run(Command(argv, minutes(10)))
    raw.unlink()


async def in_720p(clip: Path, target: Path, processes: Processes) -> None:
    """For the speed: at most a minute of it."""
    argv = ["-i", f"file:{clip}", "-map", "0:v:0", "-t", "60", "-vf", "scale=1280:720,format=yuv420p"]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", str(target)]
    await processes.run(Command(_ffmpeg(*argv), minutes(10)))


def one_after_the_other(clips: Sequence[Path], target: Path, *, seconds: float = 4.0) -> list[str]:
    """A piece of each, in one size and rate, without loss: a film of scenes that have nothing in common."""
    same = "fps=25,scale=960:540:force_original_aspect_ratio=increase,crop=960:540,setsar=1,format=yuv420p"
    read = [word for clip in clips for word in ("-t", str(seconds), "-i", f"file:{clip}")]
    pieces = "".join(f"[{number}:v:0]{same}[p{number}];" for number in range(len(clips)))
    joined = "".join(f"[p{number}]" for number in range(len(clips))) + f"concat=n={len(clips)}[film]"
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-qp", "0"]
    return _ffmpeg(*read, "-filter_complex", pieces + joined, "-map", "[film]", *coded, str(target))


async def rival_shots(film: Path, processes: Processes) -> list[int]:
    """FFmpeg's own detector, at its own threshold: the first frame of each shot but the first."""
    lines: list[str] = []
    chain = "scale=320:-2,scdet=t=10,metadata=mode=print:key=lavfi.scd.time:file=-"
    argv = _ffmpeg("-i", f"file:{film}", "-map", "0:v:0", "-vf", chain, "-f", "null", "-")
    await processes.run(Command(argv, minutes(10), on_line=lines.append))
    frames = [int(line.split("frame:")[1].split()[0]) for line in lines if line.startswith("frame:")]
    return [frame for frame in frames if frame > 0]


def _piece(
    shots: Sequence[Shot], last: Shot | None, chance: np.random.Generator
) -> tuple[Shot, npt.NDArray[np.float32]]:
    others = [shot for shot in shots if shot is not last] or list(shots)
    shot = others[int(chance.integers(len(others)))]
    length = int(chance.integers(_PIECE_MIN, min(_PIECE_MAX, len(shot.frames)) + 1))
    start = int(chance.integers(0, len(shot.frames) - length + 1))
    return shot, shot.frames[start : start + length].astype(np.float32)


def _join(
    film: list[npt.NDArray[np.float32]], piece: npt.NDArray[np.float32], joint: Joint, overlap: int, *, black: int
) -> Border:
    end = len(film)
    if joint == "cut":
        film += [*piece]
        return Border(end, end)
    first = end - overlap
    if joint == "dissolve":
        for number in range(overlap):
            share = (number + 1) / (overlap + 1)
            film[first + number] = film[first + number] * (1 - share) + piece[number] * share
        film += [*piece[overlap:]]
        return Border(first, end)
    for number in range(overlap):
        share = (number + 1) / overlap
        film[first + number] = film[first + number] * (1 - share) + _BLACK * share
        piece[number] = piece[number] * (number / overlap) + _BLACK * (1 - number / overlap)
    film += [_BLACK] * black + [*piece]
    return Border(first, end + black + overlap)


def _ffmpeg(*arguments: str) -> list[str]:
    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments]
