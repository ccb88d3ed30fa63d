"""FFmpeg's arguments, built from values. Pure, so that a golden test can read them.

Three rules hold in every line. A file name is only ever one argument with `file:` before it, so quotes, newlines and
leading dashes mean nothing. The demuxers are named, so that a file which is really a playlist cannot open other files.
And frames are chosen on one grid that starts at the film's zero, so that a chunk's frames are the film's.
"""

from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.hearing import RATE_HZ as HEARD_RATE_HZ
from matinee.engines.encoder.port import AudioStream, Excerpt, Picture, VideoEncode, VideoStream
from matinee.engines.encoder.sketches import SKETCH_HEIGHT, SKETCH_WIDTH, SLICE_COLUMNS

DEMUXERS = [
    "mov",
    "matroska",
    "mpegts",
    "mpeg",
    "avi",
    "flv",
    "mxf",
    "asf",
    "ivf",
    "ogg",
    "gif",
    "wav",
    "w64",
    "aiff",
    "aac",
    "ac3",
    "eac3",
    "flac",
    "mp3",
    "dv",
    "obu",
    "h264",
    "hevc",
    "yuv4mpegpipe",
]
_SEEK_MARGIN_S = 2.0
"""Decoding starts this much before a chunk, so that the frame shown at its first instant is there."""
_PRESETS = {"hurried": ("veryfast", ":subme=1")}
"""Our own presets: x264's, and what is changed in it. `hurried` searches sub-pixel motion less: 30 % less work than
`veryfast` for 3 to 8 % more bits at the same VMAF."""
_LAST_FRAME = 1 << 30
_NEVER = "1000000"
"""Frames between key frames that nobody asked for."""
_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")


def guarded_input(path: Path, demuxers: Sequence[str] = DEMUXERS) -> list[str]:
    """An input that can open nothing but itself."""
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(demuxers)),
        *("-i", f"file:{path}"),
    ]


def rate_text(rate: tuple[int, int]) -> str:
    return f"{rate[0]}/{rate[1]}"


def on_grid(picture: Picture, *, start_frame: int = 0, frames: int | None = None) -> list[str]:
    """Filters that put frames on the film's constant-rate grid and keep the wanted ones."""
    chain = ["bwdif=mode=send_frame"] if picture.deinterlace else []
    # start_time=0 fills the grid from zero wherever decoding began: those copies cost nothing, and `trim` drops them.
    chain.append(f"fps=fps={rate_text(picture.frame_rate)}:start_time=0:round=near")
    if start_frame or frames is not None:
        end = "" if frames is None else f":end_frame={start_frame + frames}"
        chain.append(f"trim=start_frame={start_frame}{end}")
        chain.append("setpts=PTS-STARTPTS")
    return chain


def normalized(picture: Picture, stream: VideoStream | None) -> list[str]:
    """Filters that make any picture upright-sized, square, 8-bit 4:2:0, BT.709, limited range."""
    chain = _tone_mapped(picture, stream) if picture.tone_map and stream is not None else [_scaled(picture, stream)]
    return [
        *chain,
        "format=yuv420p",
        "setsar=1",
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    ]


def seek(picture: Picture, start_frame: int) -> list[str]:
    """Input options that begin near a frame while keeping the film's own clock."""
    start_s = start_frame * picture.frame_rate[1] / picture.frame_rate[0] - _SEEK_MARGIN_S
    clock = ["-copyts", "-start_at_zero"]
    return [*clock, "-ss", f"{start_s:.3f}"] if start_s > 0 else clock


def video_encode(job: VideoEncode, stream: VideoStream, target: Path) -> list[str]:
    """One x264 chunk: closed GOPs at given places, so that every rung can be switched at every segment."""
    chain = on_grid(job.picture, start_frame=job.start_frame, frames=job.frames) + normalized(job.picture, stream)
    preset, changes = _PRESETS.get(job.preset, (job.preset, ""))
    return [
        *seek(job.picture, job.start_frame),
        *guarded_input(job.source),
        *("-map", f"0:{stream.index}", "-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(chain), "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-threads", str(job.threads)),
        *("-crf", f"{job.crf:g}", "-maxrate", f"{job.bitrate_max_kbps}k", "-bufsize", f"{job.buffer_kbits}k"),
        *("-force_key_frames", _times(job), "-forced-idr", "1", "-g", _NEVER, "-keyint_min", "1"),
        *("-sc_threshold", "0", "-flags", "+cgop"),
        # A segment's first frame must be its earliest, else a player that switches rungs there shows a gap.
        *("-x264-params", f"open-gop=0:scenecut=0{changes}{_zones(job)}"),
        *("-video_track_timescale", str(timescale(job.picture.frame_rate)), "-fflags", "+bitexact"),
        *("-f", "mp4", f"file:{target}"),
    ]


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


def looking(picture: Picture, video: VideoStream, rows: int) -> list[str]:
    """Three outputs of one decoding: the frames that encodes will have, counted; sketches; and slices of real pixels."""
    sketch = f"scale={SKETCH_WIDTH}:{SKETCH_HEIGHT}:flags=area:out_range=tv,format=yuv420p"
    # The same range in and out: to convert it would move levels apart that are only banded.
    slices = f"scale={SLICE_COLUMNS}:{rows}:flags=neighbor:in_range=tv:out_range=tv,format=gray"
    graph = [
        f"[0:{video.index}]split=3[film][small][narrow]",
        f"[film]{','.join(on_grid(picture))}[counted]",
        f"[small]{sketch}[sketches]",
        f"[narrow]{slices}[slices]",
    ]
    return [
        *("-filter_complex", ";".join(graph)),
        # The counted frames come first: FFmpeg tells the progress of its first output.
        *("-map", "[counted]", "-fps_mode", "passthrough", "-f", "null", "-"),
        *("-map", "[sketches]", "-map", "[slices]", "-fps_mode", "passthrough", "-c:v", "rawvideo"),
        *("-avoid_negative_ts", "disabled", "-f", "matroska", "pipe:1"),
    ]


def listening(sound: AudioStream) -> list[str]:
    """The samples on the film's clock, and at the end what EBU R128 says of them."""
    chain = f"ebur128=peak=true:framelog=quiet,aresample={HEARD_RATE_HZ}:async=1:first_pts=0"
    output = ["-ac", str(sound.channels), "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
    return ["-map", f"0:{sound.index}", "-vn", "-sn", "-dn", "-af", chain, *output]


def upright_rows(video: VideoStream) -> int:
    """The height of the picture as filters get it: turned upright."""
    return (video.width if video.rotation in (90, 270) else video.height) // 2 * 2


def excerpt(job: Excerpt, stream: VideoStream, target: Path) -> list[str]:
    """The stretches one after the other, without loss. Each has an input of its own, so that nothing between is decoded."""
    inputs: list[str] = []
    graph: list[str] = []
    for number, (start, frames) in enumerate(job.stretches):
        inputs += [*seek(job.picture, start), *guarded_input(job.source)]
        chain = on_grid(job.picture, start_frame=start, frames=frames) + normalized(job.picture, stream)
        graph.append(f"[{number}:{stream.index}]{','.join(chain)}[{number}]")
    joints = "".join(f"[{number}]" for number in range(len(job.stretches)))
    rate, scale = rate_text(job.picture.frame_rate), timescale(job.picture.frame_rate)
    # Numbered anew: `concat` rounds to microseconds.
    graph.append(f"{joints}concat=n={len(job.stretches)},settb=1/{scale},setpts=N/({rate})/TB[excerpt]")
    return [
        *inputs,
        *("-filter_complex", ";".join(graph), "-map", "[excerpt]", "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-video_track_timescale", str(scale)),
        *("-f", "mp4", f"file:{target}"),
    ]


def timescale(rate: tuple[int, int]) -> int:
    """Ticks a second in which every frame lasts a whole number: 24000 for 24 and for 24000/1001."""
    return rate[0] if rate[0] >= 10_000 else rate[0] * 1000


def _scaled(picture: Picture, stream: VideoStream | None) -> str:
    options = [f"{picture.width}:{picture.height}", "flags=bicubic", "out_color_matrix=bt709", "out_range=tv"]
    if stream is not None and not stream.color_space:
        # Untagged means BT.601 to the scaler, but whoever makes HD without tags made it in BT.709.
        options.append(f"in_color_matrix={'bt709' if stream.height >= 720 else 'bt601'}")
    if stream is not None and (stream.color_range == "pc" or stream.pixel_format.startswith("yuvj")):
        options.append("in_range=pc")
    return "scale=" + ":".join(options)


def _tone_mapped(picture: Picture, stream: VideoStream) -> list[str]:
    """HDR to SDR in linear light, at the target's size because the arithmetic is in floats."""
    transfer = stream.color_transfer if stream.color_transfer in _HDR_TRANSFERS else "smpte2084"
    limits = "pc" if stream.color_range == "pc" else "tv"
    return [
        f"zscale=w={picture.width}:h={picture.height}:tin={transfer}:pin=bt2020:min=2020_ncl:rin={limits}"
        ":t=linear:npl=100",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
    ]
