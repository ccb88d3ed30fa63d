"""Sound as members hear it: one loudness for all, and a sentence where that cannot be."""

from collections.abc import Mapping
from pathlib import Path

from matinee.engines.encoder.port import AudioCopy, AudioEncode, Encoder, Loudness
from matinee.studio.encoding.api import SoundMade, SoundTask
from matinee.wire.releases import SoundCodec

_AUDIO_KBPS: Mapping[SoundCodec, int] = {"aac": 128, "eac3": 384, "opus": 96}
"""Of stereo; E-AC-3 carries 5.1."""
_LOUDNESS_LUFS = -23.0
"""EBU R128, of every rendition alike: who changes language or codec hears no step (ADR 28)."""
_TOLD_FROM_LU = 1.0


async def make_sound(encoder: Encoder, task: SoundTask) -> SoundMade:
    source, target = Path(task.source), Path(task.target)
    if task.is_copy:
        await encoder.copy_audio(AudioCopy(source, target, task.stream, task.duration_s))
        return SoundMade(task.target)
    made = await encoder.encode_audio(
        AudioEncode(
            source=source,
            target=target,
            stream_index=task.stream,
            bitrate_kbps=_AUDIO_KBPS[task.codec],
            duration_s=task.duration_s,
            channels=task.channels,
            loudness_lufs=_LOUDNESS_LUFS,
            codec=task.codec,
        )
    )
    heard = made.loudness
    if heard is None:
        return SoundMade(task.target)
    return SoundMade(task.target, heard.integrated_lufs, heard.range_lu, heard.peak_dbtp, _off(heard, made.aimed_lufs))


def _off(heard: Loudness, aimed_lufs: float | None) -> tuple[str, ...]:
    """A gain that would clip is not given, and nothing is limited; a codec may lose much of what is noise. So it is said."""
    loudness = f"{heard.integrated_lufs:.1f} LUFS instead of {_LOUDNESS_LUFS:.0f}"
    if aimed_lufs is not None and abs(heard.integrated_lufs - aimed_lufs) > _TOLD_FROM_LU:
        return (f"it came out at {loudness}, because the codec does not keep such sound as it is.",)
    if heard.integrated_lufs < _LOUDNESS_LUFS - _TOLD_FROM_LU:
        return (f"it stays at {loudness}, because its peaks allow no more.",)
    return ()
