"""Files that are wrong as a whole: in their container, tracks or subtitles rather than in what is seen and heard."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matinee.bench.reels import RATE_HZ, Reel, encode
from matinee.kernel.processes import Processes
from matinee.studio.encoding.api import Encoding, Finding, SourceRefused

REFUSED = "refused"
"""The code under which a refusal is counted: nothing of such a file is watchable."""
_OFF_S = 0.02


@dataclass(frozen=True, slots=True)
class Made:
    film: Path
    subtitles: tuple[Path, ...] = ()
    at_s: float | None = None
    """Where it is, if it has a place."""


Make = Callable[[Reel, Path, Processes, np.random.Generator], Awaitable[Made]]


@dataclass(frozen=True, slots=True)
class FileAtFault:
    name: str
    code: str
    make: Make
    off_s: float = _OFF_S


async def judge(
    fault: FileAtFault,
    reel: Reel,
    folder: Path,
    encoding: Encoding,
    processes: Processes,
    chance: np.random.Generator,
) -> dict[str, object]:
    made = await fault.make(reel, folder, processes, chance)
    try:
        examined = await encoding.examine(str(made.film), [str(path) for path in made.subtitles])
        findings: Sequence[Finding] = examined.inspection.findings
    except SourceRefused as refusal:
        findings = [Finding("error", REFUSED, refusal.sentence)]
    off_s = min((_off_s(f, made) for f in findings if f.code == fault.code), default=None)
    found = off_s is not None and off_s <= fault.off_s + 1e-3
    row: dict[str, object] = {
        "defect": fault.name,
        "film": reel.name,
        "at_s": made.at_s,
        "found": found,
        "off_frames": None if off_s is None or made.at_s is None else round(off_s * reel.frames_per_second, 2),
        "off_ms": None if off_s is None or made.at_s is None else round(off_s * 1000, 1),
    }
    return row if found else {**row, "instead": "; ".join(f"{f.code} {f.sentence}" for f in findings)}


def _off_s(finding: Finding, made: Made) -> float:
    if made.at_s is None:
        return 0.0
    return abs(finding.start_s - made.at_s) if finding.start_s is not None else 1e9


def _with(video: Sequence[str], *, suffix: str = "mp4") -> Make:
    async def make(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
        film = folder / f"at-fault.{suffix}"
        await encode(reel, film, processes, video=video)
        return Made(film)

    return make


def _sound(change: Callable[[np.ndarray], np.ndarray]) -> Make:
    async def make(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
        film = folder / "at-fault.mp4"
        await encode(replace(reel, sound=change(reel.sound.copy())), film, processes)
        return Made(film)

    return make


def _left_only(sound: np.ndarray) -> np.ndarray:
    sound[:, 1] = 0
    return sound


async def _missing(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
    """Frames that the container has no time for: what is left keeps its own."""
    first, count = int(chance.integers(20, len(reel) - 40)), int(chance.integers(3, 12))
    film = folder / "at-fault.mp4"
    gone = f"select='not(between(n,{first},{first + count - 1}))'"
    await encode(reel, film, processes, video=["-vf", gone, "-fps_mode", "vfr"])
    return Made(film, at_s=round(first / reel.frames_per_second, 3))


async def _damaged(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
    """Bytes in the middle of frames overwritten. Every frame stands alone, so that it is known which ones."""
    film = folder / "at-fault.mkv"
    await encode(reel, film, processes, video=["-g", "1"])
    data = bytearray(film.read_bytes())
    at = int(len(data) * float(chance.uniform(0.3, 0.7)))
    data[at : at + len(data) // 40] = bytes(len(data) // 40)
    film.write_bytes(data)
    return Made(film)


async def _cut_off(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
    film = folder / "at-fault.mkv"
    await encode(reel, film, processes)
    data = film.read_bytes()
    film.write_bytes(data[: int(len(data) * float(chance.uniform(0.3, 0.7)))])
    return Made(film)


def _cues(write: Callable[[float, float], str]) -> Make:
    """Good cues every two seconds, and one at fault at a place of chance's."""

    async def make(reel: Reel, folder: Path, processes: Processes, chance: np.random.Generator) -> Made:
        film, text = folder / "at-fault.mp4", folder / "at-fault.srt"
        await encode(reel, film, processes)
        at_s = round(float(chance.uniform(1.0, reel.seconds - 2.0)), 3)
        text.write_text(write(at_s, reel.seconds))
        return Made(film, (text,), at_s if "beyond" not in write.__name__ else None)

    return make


def _overlap(at_s: float, film_s: float) -> str:
    return _cue(at_s - 0.9, at_s + 0.6, "One of us is speaking.") + _cue(at_s, at_s + 1.0, "The other is too.")


def _too_fast(at_s: float, film_s: float) -> str:
    return _cue(at_s, at_s + 0.5, "Nobody on earth can read all of these words in half a second.")


def _backwards(at_s: float, film_s: float) -> str:
    return _cue(at_s, at_s - 0.5, "This ends first.")


def _wordless(at_s: float, film_s: float) -> str:
    return _cue(at_s, at_s + 1.0, "")


def _beyond(at_s: float, film_s: float) -> str:
    return _cue(film_s + 1, film_s + 2, "Is anybody there?")


def _cue(start_s: float, end_s: float, words: str) -> str:
    return f"1\n{_time(start_s)} --> {_time(end_s)}\n{words}\n\n"


def _time(at_s: float) -> str:
    thousandths = round(at_s * 1000)
    return f"00:{thousandths // 60000:02d}:{thousandths // 1000 % 60:02d},{thousandths % 1000:03d}"


_PQ = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"

FILES: Sequence[FileAtFault] = (
    FileAtFault("frames without a time", "missing-frames", _missing, off_s=0.08),
    FileAtFault("bytes overwritten", "missing-frames", _damaged),
    FileAtFault("cut off", REFUSED, _cut_off),
    FileAtFault("bars all the time", "letterbox", _with(["-vf", "pad=iw:ih*4/3/2*2:0:(oh-ih)/2,setsar=1"])),
    FileAtFault(
        "interlaced, marked",
        "deinterlaced",
        _with(["-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ildct+ilme", "-x264-params", "tff=1"]),
    ),
    FileAtFault("interlaced, not marked", "combing", _with(["-vf", "tinterlace=interleave_top,setfield=prog"])),
    FileAtFault(
        "a rate that varies", "constant-rate", _with(["-vf", "select='not(mod(n,3))+lt(n,40)'", "-fps_mode", "vfr"])
    ),
    FileAtFault("pixels that are not square", "square-pixels", _with(["-vf", "setsar=64/45"])),
    FileAtFault(
        "full range",
        "limited-range",
        _with(["-vf", "scale=out_range=pc,format=yuvj420p", "-pix_fmt", "yuvj420p", "-color_range", "pc"]),
    ),
    FileAtFault(
        "HDR10 without its metadata",
        "hdr-metadata",
        _with(
            [
                "-vf",
                f"format=yuv420p10le,setparams={_PQ}",
                "-pix_fmt",
                "yuv420p10le",
                "-color_primaries",
                "bt2020",
                "-color_trc",
                "smpte2084",
                "-colorspace",
                "bt2020nc",
            ],
            suffix="mkv",
        ),
    ),
    FileAtFault("sound that begins late", "sound-offset", _with(["-bsf:a", "setts=ts=TS+0.3/TB"])),
    FileAtFault("sound that ends early", "sound-length", _sound(lambda sound: sound[: -2 * RATE_HZ])),
    FileAtFault("no sound in the sound track", "silence", _sound(lambda sound: sound * 0)),
    FileAtFault("nothing on the right", "dead-channel", _sound(_left_only)),
    FileAtFault("far too quiet", "loudness", _sound(lambda sound: sound * 0.003)),
    FileAtFault("far too loud", "loudness", _sound(lambda sound: np.clip(sound * 40, -1, 1))),
    FileAtFault("cues that overlap", "subtitle-overlap", _cues(_overlap)),
    FileAtFault("a cue nobody can read", "subtitle-too-fast", _cues(_too_fast)),
    FileAtFault("a cue that ends before it begins", "subtitle-backwards", _cues(_backwards)),
    FileAtFault("a cue without words", "subtitle-empty", _cues(_wordless)),
    FileAtFault("a cue after the film", "subtitle-outside", _cues(_beyond)),
)
