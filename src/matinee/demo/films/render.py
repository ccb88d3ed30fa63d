"""Make one film: picture, sound, subtitles, artwork and a sidecar, all or nothing, the same bytes every time.

    python -m matinee.demo.films.render paper-boat --out DIR
    python -m matinee.demo.films.render --list

Progress is one JSON object a line on stdout: {"done": frames, "total": frames}.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np
from PIL import Image

from matinee.demo.films.canvas import AUTHORED_HEIGHT, AUTHORED_WIDTH, Frame, Stage
from matinee.demo.films.catalog import FILMS, find
from matinee.demo.films.sidecar import ART, describe, stills_named, subtitle_cues
from matinee.demo.films.soundtrack import mix
from matinee.demo.films.story import FRAMES_PER_SECOND, SAMPLES_PER_SECOND, Film, Samples
from matinee.demo.films.subtitles import write_srt

PROGRESS_EVERY_FRAMES = 6
BT709 = "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


class RenderFailed(Exception):
    """The film could not be encoded or put in its place."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    if options.list:
        for film in FILMS:
            print(json.dumps({"id": film.id, "name": film.names["en"], "seconds": film.seconds, "frames": film.frames}))
        return 0
    chosen = find(options.film or "")
    if chosen is None or options.out is None:
        print(f"choose one of {', '.join(f.id for f in FILMS)} and an --out folder", file=sys.stderr)
        return 2
    try:
        render(chosen, options.out, stage=Stage(options.width, options.height), seconds_max=options.seconds_max)
    except RenderFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m matinee.demo.films.render", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("film", nargs="?", metavar="FILM_ID")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seconds-max", type=float)
    parser.add_argument("--width", type=int, default=AUTHORED_WIDTH)
    parser.add_argument("--height", type=int, default=AUTHORED_HEIGHT)
    options = parser.parse_args(arguments)
    if options.width % 2 or options.height % 2 or options.width * 9 != options.height * 16:
        parser.error("--width and --height must be even and 16:9")
    if options.seconds_max is not None and options.seconds_max <= 0:
        parser.error("--seconds-max must be positive")
    return options


def render(film: Film, out: Path, *, stage: Stage, seconds_max: float | None = None) -> None:
    """Write everything beside `out`, then move it into place."""
    if (out / "film.json").exists():
        _tell(film.frames, film.frames)
        return
    frames = film.frames if seconds_max is None else max(1, min(film.frames, round(seconds_max * FRAMES_PER_SECOND)))
    work = out.with_name(f"{out.name}.partial-{os.getpid()}")
    work.mkdir(parents=True)
    try:
        _picture(film, stage, frames, work / "master.mkv")
        _sound(film, frames, work)
        for language in ("en", "ar", "ja"):
            cues = subtitle_cues(film, language, frames)
            (work / f"subtitles.{language}.srt").write_text(write_srt(cues), encoding="utf-8")
        _artwork(film, work)
        (work / "film.json").write_text(
            json.dumps(describe(film, frames), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        _publish(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _publish(work: Path, out: Path) -> None:
    """Move the finished folder into place; losing a race to another renderer of the same film is fine."""
    try:
        work.rename(out)
    except OSError as refused:
        if not (out / "film.json").exists():
            raise RenderFailed(f"{out} is in the way and holds no film: {refused}") from refused


def _picture(film: Film, stage: Stage, frames: int, path: Path) -> None:
    """Feed frames to the encoder as they are painted; its complaints go to a file, so no pipe can fill up."""
    with tempfile.TemporaryFile() as complaints:
        encoder = subprocess.Popen(
            _encoder(stage, path), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints
        )
        assert encoder.stdin is not None
        broken = False
        try:
            _feed(encoder.stdin, film, stage, frames)
            encoder.stdin.close()
        except BrokenPipeError:
            broken = True
        except BaseException:
            encoder.kill()
            encoder.wait()
            raise
        status = encoder.wait()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
        if broken or status != 0 or said:
            raise RenderFailed(f"ffmpeg ended with {status}: {said[-2000:]}")


def _feed(pipe: IO[bytes], film: Film, stage: Stage, frames: int) -> None:
    for done, frame in enumerate(painted(film, stage, frames), start=1):
        pipe.write(np.ascontiguousarray(frame).data)
        if done % PROGRESS_EVERY_FRAMES == 0 or done == frames:
            _tell(done, frames)


def painted(film: Film, stage: Stage, frames: int) -> Iterator[Frame]:
    """The first `frames` frames, shot by shot."""
    left = frames
    for shot in film.shots:
        if left <= 0:
            return
        paint = shot.staging(stage)
        for n in range(min(left, shot.frames)):
            yield paint(n / FRAMES_PER_SECOND)
        left -= shot.frames


def _encoder(stage: Stage, path: Path) -> list[str]:
    """A nearly lossless master: big, quick to write, in the colours of HD television."""
    bt709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *(
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-s",
            f"{stage.width}x{stage.height}",
            "-r",
            str(FRAMES_PER_SECOND),
            "-i",
            "-",
        ),
        *("-vf", f"scale=out_color_matrix=bt709:out_range=tv,setsar=1,setparams={BT709}"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            "10",
            "-pix_fmt",
            "yuv420p",
            "-threads",
            "2",
            *bt709,
        ),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", str(path)),
    ]


def _sound(film: Film, frames: int, folder: Path) -> None:
    """Each language's soundtrack, exactly as long as the picture."""
    score = film.score(frames / FRAMES_PER_SECOND)
    for voice in film.voices:
        _write_wav(folder / f"audio.{voice.language}.wav", mix(film, voice, score))
        _tell(frames, frames)


def _write_wav(path: Path, stereo: Samples) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLES_PER_SECOND)
        sound.writeframes(np.round(stereo * 32767).astype("<i2").tobytes())


def _artwork(film: Film, folder: Path) -> None:
    film.poster().save(folder / ART["poster"], quality=90)
    stage = Stage()
    for file, still in stills_named(film):
        frame = film.shot(still.shot).staging(stage)(still.seconds)
        Image.fromarray(frame).save(folder / file, quality=90)


def _tell(done: int, total: int) -> None:
    print(json.dumps({"done": done, "total": total}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
