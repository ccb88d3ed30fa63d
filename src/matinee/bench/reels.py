"""Short films in memory, as planes of pixels and samples, so that a defect can be put into a known frame of them.

They come from clips, made small, and from code: what is drawn has properties that no clip in a folder may have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from matinee.engines.encoder.port import MediaInfo
from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import minutes

Planes = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

RATE_HZ = 48_000
_SIDE_MAX = 640
_FRAMES_MAX = 150
_TONES_HZ = (196.0, 261.6, 329.6, 392.0)


@dataclass(frozen=True, slots=True)
class Reel:
    name: str
    rate: tuple[int, int]
    luma: Planes
    """Frames, rows, columns."""
    blue: Planes
    red: Planes
    sound: Samples
    """Samples, left and right."""

    def __len__(self) -> int:
        return len(self.luma)

    @property
    def frames_per_second(self) -> float:
        return self.rate[0] / self.rate[1]

    @property
    def seconds(self) -> float:
        return len(self) / self.frames_per_second

    def frames(self, chosen: Sequence[int]) -> "Reel":
        """These frames, in this order; the sound stays."""
        at = np.array(chosen)
        return replace(self, luma=self.luma[at], blue=self.blue[at], red=self.red[at])

    def copy(self) -> "Reel":
        return replace(self, luma=self.luma.copy(), blue=self.blue.copy(), red=self.red.copy(), sound=self.sound.copy())

    def changes(self) -> npt.NDArray[np.float32]:
        """How much each frame differs from the one before, in levels, on average; the first by nothing."""
        small = self.luma[:, ::4, ::4].astype(np.float32)
        return np.concatenate([[0.0], np.abs(np.diff(small, axis=0)).mean((1, 2))]).astype(np.float32)


async def reel_of(clip: Path, info: MediaInfo, processes: Processes) -> Reel:
    video = info.video[0]
    turned = video.rotation in (90, 270)
    width, height = (video.height, video.width) if turned else (video.width, video.height)
    scale = min(1.0, _SIDE_MAX / max(width, height))
    width, height = (max(16, round(side * scale / 2) * 2) for side in (width, height))
    pictures = await _read(
        processes,
        *("-i", f"file:{clip}", "-map", "0:v:0", "-frames:v", str(_FRAMES_MAX)),
        *("-vf", f"scale={width}:{height}:flags=area:out_range=tv,format=yuv420p", "-f", "rawvideo", "pipe:1"),
    )
    size = width * height * 3 // 2
    frames = np.frombuffer(pictures[: len(pictures) // size * size], np.uint8).reshape(-1, size)
    luma, blue, red = np.split(frames, [width * height, width * height * 5 // 4], axis=1)
    reel = Reel(
        clip.name,
        video.frame_rate,
        luma.reshape(-1, height, width),
        blue.reshape(-1, height // 2, width // 2),
        red.reshape(-1, height // 2, width // 2),
        music(len(frames) * video.frame_rate[1] / video.frame_rate[0]),
    )
    if info.audio:
        heard = await _read(
            processes,
            *("-i", f"file:{clip}", "-map", "0:a:0", "-ac", "2", "-ar", str(RATE_HZ), "-f", "f32le", "pipe:1"),
        )
        sound = np.frombuffer(heard, np.float32).reshape(-1, 2)[: len(reel.sound)]
        # A clip without sound, or with less of it than a defect needs, gets music.
        if len(sound) == len(reel.sound) and np.abs(sound).mean() > 1e-3:
            return replace(reel, sound=sound)
    return reel


def drawn(name: str, *, light: float, speed: float, seed: int, rate: tuple[int, int] = (25, 1)) -> Reel:
    """Soft clouds that drift over a gradient, with grain: `light` 0.1 is a night."""
    chance = np.random.default_rng(seed)
    width, height, count = 640, 360, 150
    clouds = chance.normal(size=(12, 22)).astype(np.float32)
    large = np.kron(clouds, np.ones((60, 60), np.float32))
    for axis in (0, 1):
        for _ in range(3):
            large = np.mean([np.roll(large, shift, axis) for shift in range(-24, 25, 4)], axis=0)
    slope = np.linspace(60, 190, height, dtype=np.float32)[:, None]
    luma = np.empty((count, height, width), np.uint8)
    for number in range(count):
        x = int(number * speed)
        view = slope + 45 * np.roll(large, (-x // 3, -x), (0, 1))[120 : 120 + height, :width]
        grain = chance.normal(size=view.shape).astype(np.float32) * 1.5
        luma[number] = np.clip(16 + (view + grain) * light, 16, 235).astype(np.uint8)
    chroma = (128 + (luma[:, ::2, ::2].astype(np.int16) - 100) // 12).astype(np.uint8)
    return Reel(name, rate, luma, chroma, 255 - chroma, music(count * rate[1] / rate[0], seed=seed))


def music(seconds: float, *, seed: int = 0) -> Samples:
    """Chords with breath in them, never silent and never loud."""
    chance = np.random.default_rng(seed)
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * at / 1.7)
    sides = []
    for side in (0.0, 0.4):
        tones = sum(np.sin(2 * np.pi * tone * at + side * tone) for tone in _TONES_HZ)
        sides.append(0.05 * swell * tones + 0.004 * chance.normal(size=len(at)))
    return np.stack(sides, axis=1).astype(np.float32)


async def encode(reel: Reel, target: Path, processes: Processes, *, video: Sequence[str] = ()) -> None:
    """H.264 and AAC as a careful person would send them in. `video` stands with the codec."""
    raw, wave = target.with_suffix(".yuv"), target.with_suffix(".pcm")
    count = len(reel)
    planes = [plane.reshape(count, -1) for plane in (reel.luma, reel.blue, reel.red)]
    raw.write_bytes(np.concatenate(planes, axis=1).tobytes())
    wave.write_bytes(reel.sound.astype(np.float32).tobytes())
    height, width = reel.luma.shape[1:]
    await run(
        processes,
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}"),
        *("-r", f"{reel.rate[0]}/{reel.rate[1]}", "-i", str(raw)),
        *("-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-i", str(wave)),
        *("-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset", "veryfast", "-crf", "17"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "256k", *video, str(target)),
    )
    raw.unlink()
    wave.unlink()


async def run(processes: Processes, *arguments: str) -> None:
    await processes.run(Command(_ffmpeg(*arguments), minutes(10)))


async def _read(processes: Processes, *arguments: str) -> bytes:
    kept = bytearray()

    async def keep(block: bytes) -> None:
        kept.extend(block)

    await processes.run(Command(_ffmpeg(*arguments), minutes(10), on_block=keep))
    return bytes(kept)


def _ffmpeg(*arguments: str) -> list[str]:
    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments]
