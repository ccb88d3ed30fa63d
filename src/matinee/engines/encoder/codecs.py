"""What each codec's encoder is told, from the same values. Pure, so that a test can read it.

Whatever the codec, a group begins at each place asked for and nowhere else, and its first frame is its earliest: a player
that switches rungs there would show a gap otherwise. And the same job makes the same bytes, which decides how many threads
some encoders get: work is spread over chunks, not within one.
"""

from collections.abc import Callable, Mapping

from matinee.engines.encoder.port import VideoEncode
from matinee.wire.releases import VideoCodec

_LAST_FRAME = 1 << 30
_NEVER = "1000000"
"""Frames between key frames that nobody asked for."""
_X264_PRESETS = {"hurried": ("veryfast", ":subme=1")}
"""Our own presets: x264's, and what is changed in it. `hurried` searches sub-pixel motion less: 30 % less work than
`veryfast` for 3 to 8 % more bits at the same VMAF."""
_X265_PRESETS = {"hurried": "superfast"}
_SVT_PRESETS = {"ultrafast": 11, "hurried": 10, "veryfast": 10, "fast": 9, "slow": 6}
_SVT_PRESET = 8
"""For all other words: about the work of x264's `medium`. Beyond 11 there is nothing, whatever its help says."""
_OBU_METADATA = 5
_VP9_SPEEDS = {"ultrafast": 5, "hurried": 5, "veryfast": 5, "slow": 2}
_VP9_SPEED = 4


def codec_arguments(job: VideoEncode) -> list[str]:
    return [*_ENCODERS[job.codec](job), "-force_key_frames", _times(job), "-g", _NEVER]


def _h264(job: VideoEncode) -> list[str]:
    assert job.picture.video_range == "SDR", "H.264 carries 8 bits here: devices decode no more of it"
    preset, changes = _X264_PRESETS.get(job.preset, (job.preset, ""))
    return [
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-threads", str(job.threads)),
        *("-crf", f"{job.crf:g}", *_ceiling(job)),
        *("-forced-idr", "1", "-keyint_min", "1", "-sc_threshold", "0", "-flags", "+cgop"),
        *("-x264-params", f"open-gop=0:scenecut=0{changes}{_zones(job)}"),
    ]


def _hevc(job: VideoEncode) -> list[str]:
    # Frames side by side would share one buffer's state in whatever order they end.
    parallel = f"pools={job.threads}:frame-threads=1"
    hdr = ":hdr10=1:hdr10-opt=1" if job.picture.video_range == "PQ" else ""
    return [
        # hvc1: parameter sets in the container alone, as Apple's players want them.
        *("-c:v", "libx265", "-tag:v", "hvc1", "-preset", _X265_PRESETS.get(job.preset, job.preset)),
        *("-crf", f"{job.crf:g}", *_ceiling(job), "-forced-idr", "1"),
        *("-x265-params", f"open-gop=0:scenecut=0:min-keyint=1:{parallel}{hdr}:log-level=none"),
    ]


def _av1(job: VideoEncode) -> list[str]:
    # With a ceiling on the rate, two threads make other bytes each time; one always makes the same.
    grain = f":film-grain={job.grain}:film-grain-denoise=1" if job.grain else ""
    return [
        *("-c:v", "libsvtav1", "-preset", str(_SVT_PRESETS.get(job.preset, _SVT_PRESET))),
        *("-crf", str(round(job.crf)), *_ceiling(job), "-svtav1-params", f"lp=1{grain}"),
        # What it says of its screen stays in the container: the packager cannot encrypt a stream that says it as well.
        *("-bsf:v", f"filter_units=remove_types={_OBU_METADATA}"),
    ]


def _vp9(job: VideoEncode) -> list[str]:
    return [
        *("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", str(_VP9_SPEEDS.get(job.preset, _VP9_SPEED))),
        # No ceiling: beside one, the same CRF gives other pictures and up to seven times the bits, following it.
        *("-crf", str(round(job.crf)), "-b:v", "0"),
        *("-auto-alt-ref", "1", "-lag-in-frames", "25", "-row-mt", "1", "-threads", str(job.threads)),
    ]


_ENCODERS: Mapping[VideoCodec, Callable[[VideoEncode], list[str]]] = {
    "h264": _h264,
    "hevc": _hevc,
    "av1": _av1,
    "vp9": _vp9,
}


def _ceiling(job: VideoEncode) -> list[str]:
    return ["-maxrate", f"{job.bitrate_max_kbps}k", "-bufsize", f"{job.buffer_kbits}k"]


def _zones(job: VideoEncode) -> str:
    """x264 wants a factor of the bits, six steps of CRF to each halving, and the last frame of each zone."""
    if not job.shifts:
        return ""
    starts = [frame for frame, _ in job.shifts]
    ends = [*starts[1:], job.frames or _LAST_FRAME]
    zones = (
        f"{start},{end - 1},b={2 ** (-shift / 6):.4f}"
        for (start, shift), end in zip(job.shifts, ends, strict=True)
        if shift and end > start
    )
    joined = "/".join(zones)
    return f":zones={joined}" if joined else ""


def _times(job: VideoEncode) -> str:
    """FFmpeg takes seconds, and the first frame that is not before them; half a frame keeps rounding out of it."""
    rate = job.picture.frame_rate
    return ",".join(f"{max(0.0, (frame - 0.5) * rate[1] / rate[0]):.6f}" for frame in job.key_frames)
