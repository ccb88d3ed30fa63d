"""Sound: folded to the channels that were asked for, at one loudness, exactly as long as the film.

Loudness is set by one linear gain, measured first (EBU R128) on what is encoded, so after folding: dynamics stay as they
were mixed. The gain never lifts the true peak above -1 dBTP, so a film with loud peaks may stay below the target; that is
honest, a limiter would not be. Then the encode itself is measured: a lossy codec draws other peaks than it was given, and
keeps less of what is mostly noise. By what was measured the gain is mended.
"""

from pathlib import Path

from matinee.engines.encoder.arguments import guarded_input
from matinee.engines.encoder.loudness import summary_of
from matinee.engines.encoder.port import AudioCopy, AudioEncode, EncoderFailed, Loudness
from matinee.engines.encoder.running import FFmpeg
from matinee.wire.releases import SoundCodec

_PEAK_MAX_DBTP = -1.0
_SILENT_LUFS = -60.0
_OFF_MAX_LU = 1.0
"""What an encode may differ from the arithmetic: at the lowest bitrates the highest sounds are gone."""
_BROKEN_FROM_LU = 6.0
"""Where the gain was mended and it is still off by less, the codec cannot keep such sound: whoever asked is told."""
_PEAK_OFF_MAX_DB = 0.3
_TRIES_MAX = 4
_SPARE_DB = 0.1
_RATE_HZ = 48_000
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1(side)"}
_FOLDED = "clev=0.707107:slev=0.707107:lfe_mix_level=0"
"""ITU-R BS.775: center and surrounds 3 dB lower, nothing of the low effects. In floats, so that nothing clips before the gain."""
_ENCODERS = {"aac": "aac", "eac3": "eac3", "opus": "libopus"}
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-f", "mp4")
_SOUND_ALONE = ("-vn", "-sn", "-dn")


async def encode(ffmpeg: FFmpeg, job: AudioEncode, part: Path) -> tuple[Loudness | None, float | None]:
    """Answers how loud it came out (None is silence), and how loud it was to be."""
    length = f"{job.duration_s:.6f}"
    rate = ["-b:a", f"{job.bitrate_kbps}k", "-ar", str(_RATE_HZ), "-ac", str(job.channels), "-t", length]
    output = ["-c:a", _ENCODERS[job.codec], *_said(job.codec, job.loudness_lufs), *rate, *_BARE, f"file:{part}"]
    layout = _LAYOUTS[job.channels]
    if job.source is None or job.stream_index is None:
        await ffmpeg.run(["-f", "lavfi", "-i", f"anullsrc=r={_RATE_HZ}:cl={layout}", *output])
        return None, None
    inputs = [*_on_the_films_clock(job.source, job.stream_index), *_SOUND_ALONE]
    # first_pts=0 fills the start when sound begins later than the picture; apad fills the end.
    folded = f"aresample={_RATE_HZ}:async=1:first_pts=0:ochl={layout}:osf=fltp:{_FOLDED}"
    given = await _measured(ffmpeg, inputs, folded, length)
    gain_db = gain_for(given, job.loudness_lufs)
    aimed_lufs = None if given is None or job.loudness_lufs is None else given.integrated_lufs + gain_db
    is_mended = False
    for _ in range(_TRIES_MAX):
        await ffmpeg.run([*inputs, "-af", f"{folded},volume={gain_db:.2f}dB,apad=whole_dur={length}", *output])
        made = await _measured(ffmpeg, [*guarded_input(part), "-map", "0:a:0"], "anull", length)
        if made is None or aimed_lufs is None:
            break
        missing_db = aimed_lufs - made.integrated_lufs
        step_db = room_db = _PEAK_MAX_DBTP - made.peak_dbtp - _SPARE_DB
        if made.peak_dbtp > _PEAK_MAX_DBTP:
            aimed_lufs += step_db
        else:
            step_db = min(missing_db, room_db)
            if is_mended or abs(missing_db) <= _OFF_MAX_LU or abs(step_db) <= _SPARE_DB:
                break
            is_mended = True
        gain_db += step_db
    if aimed_lufs is not None:
        _expect(made, aimed_lufs, job)
    return made, aimed_lufs


async def copy(ffmpeg: FFmpeg, job: AudioCopy, part: Path) -> None:
    inputs = [*_on_the_films_clock(job.source, job.stream_index), *_SOUND_ALONE]
    await ffmpeg.run([*inputs, "-c:a", "copy", "-t", f"{job.duration_s:.6f}", *_BARE, f"file:{part}"])


def loudness_of(printed: str) -> Loudness | None:
    """From the summary ebur128 printed; None where nothing is to be heard."""
    read = summary_of(printed)
    integrated, spread, peak = read.integrated_lufs, read.range_lu, read.peak_dbtp
    if integrated is None or spread is None or peak is None or integrated < _SILENT_LUFS:
        return None
    return Loudness(integrated, spread, peak)


def gain_for(given: Loudness | None, target_lufs: float | None) -> float:
    """One gain in dB for the whole film; silence is left silent."""
    if given is None or target_lufs is None:
        return 0.0
    return min(target_lufs - given.integrated_lufs, _PEAK_MAX_DBTP - given.peak_dbtp)


def _said(codec: SoundCodec, target_lufs: float | None) -> list[str]:
    """Dolby's decoders turn a programme down by what it says of its dialogue. Ours says the loudness it has."""
    return ["-dialnorm", str(round(target_lufs))] if codec == "eac3" and target_lufs is not None else []


def _on_the_films_clock(source: Path, stream_index: int) -> list[str]:
    return ["-copyts", "-start_at_zero", *guarded_input(source), "-map", f"0:{stream_index}"]


async def _measured(ffmpeg: FFmpeg, inputs: list[str], chain: str, length: str) -> Loudness | None:
    # loudnorm measures the same, but resamples everything to 192 kHz first: six times the work.
    chain = f"{chain},ebur128=peak=true:framelog=quiet"
    ran = await ffmpeg.run([*inputs, *_SOUND_ALONE, "-af", chain, "-t", length, "-f", "null", "-"], loud=True)
    return loudness_of(ran.stderr)


def _expect(made: Loudness | None, aimed_lufs: float, job: AudioEncode) -> None:
    """An encode that is far quieter or louder than it was to be is broken, and not published."""
    if (
        made is None
        or abs(made.integrated_lufs - aimed_lufs) > _BROKEN_FROM_LU
        or made.peak_dbtp > _PEAK_MAX_DBTP + _PEAK_OFF_MAX_DB
    ):
        came = "silent" if made is None else f"at {made.integrated_lufs:.1f} LUFS, {made.peak_dbtp:.1f} dBTP"
        raise EncoderFailed(
            f"The {job.codec} encode of stream {job.stream_index} came out {came}; "
            f"{aimed_lufs:.1f} LUFS and at most {_PEAK_MAX_DBTP:.0f} dBTP were asked for."
        )
