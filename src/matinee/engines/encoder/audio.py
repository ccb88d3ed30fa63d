"""Sound: AAC stereo at one loudness, exactly as long as the film.

Loudness is set by one linear gain, measured first (EBU R128): dynamics stay as they were mixed. The gain never lifts the
true peak above -1 dBTP, so a film with loud peaks may stay below the target; that is honest, a limiter would not be.
"""

import math
import re
from pathlib import Path

from matinee.engines.encoder.arguments import guarded_input
from matinee.engines.encoder.port import AudioEncode
from matinee.engines.encoder.running import FFmpeg

_PEAK_MAX_DBTP = -1.0
_SILENT_LUFS = -60.0
_LOUDNESS = re.compile(r"^\s+I:\s+(\S+) LUFS", re.M)
_PEAK = re.compile(r"^\s+Peak:\s+(\S+) dBFS", re.M)
_RATE_HZ = 48_000


async def encode(ffmpeg: FFmpeg, job: AudioEncode, part: Path) -> None:
    length = f"{job.duration_s:.6f}"
    codec = ["-c:a", "aac", "-b:a", f"{job.bitrate_kbps}k", "-ar", str(_RATE_HZ), "-ac", str(job.channels)]
    output = [*codec, "-t", length, "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "mp4", f"file:{part}"]
    if job.source is None or job.stream_index is None:
        layout = "stereo" if job.channels == 2 else f"{job.channels}c"
        await ffmpeg.run(["-f", "lavfi", "-i", f"anullsrc=r={_RATE_HZ}:cl={layout}", *output])
        return
    inputs = ["-copyts", "-start_at_zero", *guarded_input(job.source), "-map", f"0:{job.stream_index}"]
    gain_db = 0.0
    if job.loudness_lufs is not None:
        gain_db = await _gain(ffmpeg, inputs, job.channels, job.loudness_lufs)
    # first_pts=0 fills the start when sound begins later than the picture; apad fills the end.
    chain = f"aresample={_RATE_HZ}:async=1:first_pts=0,volume={gain_db:.2f}dB,apad=whole_dur={length}"
    await ffmpeg.run([*inputs, "-vn", "-sn", "-dn", "-af", chain, *output])


async def _gain(ffmpeg: FFmpeg, inputs: list[str], channels: int, target_lufs: float) -> float:
    # loudnorm measures the same, but resamples everything to 192 kHz first: six times the work.
    chain = f"aformat=channel_layouts={'stereo' if channels == 2 else 'mono'},ebur128=peak=true:framelog=quiet"
    ran = await ffmpeg.run([*inputs, "-vn", "-sn", "-dn", "-af", chain, "-f", "null", "-"], loud=True)
    return gain_for(ran.stderr, target_lufs)


def gain_for(printed: str, target_lufs: float) -> float:
    """The gain in dB from the summary ebur128 printed; silence is left silent."""
    loudnesses, peaks = _LOUDNESS.findall(printed), _PEAK.findall(printed)
    if not loudnesses or not peaks:
        return 0.0
    loudness, peak = float(loudnesses[-1]), float(peaks[-1])
    if not math.isfinite(loudness) or loudness < _SILENT_LUFS or not math.isfinite(peak):
        return 0.0
    return min(target_lufs - loudness, _PEAK_MAX_DBTP - peak)
