"""FFmpeg's arguments, built from values. Pure, so that a golden test can read them.

Three rules hold in every line. A file name is only ever one argument with `file:` before it, so quotes, newlines and
leading dashes mean nothing. The demuxers are named, so that a file which is really a playlist cannot open other files.
And frames are chosen on one grid that starts at the film's zero, so that a chunk's frames are the film's.
"""

from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.codecs import codec_arguments
from matinee.engines.encoder.hearing import RATE_HZ as HEARD_RATE_HZ
from matinee.engines.encoder.port import AudioStream, Clip, Excerpt, Picture, VideoEncode, VideoStream
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
PIXELS_MAX = 8192 * 8192
"""Of one picture."""
_SEEK_MARGIN_S = 2.0
"""Decoding starts this much before a chunk, so that the frame shown at its first instant is there."""
_CLIP_FADE_S = 0.4
_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
_COLORS = {
    "SDR": "color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    "PQ": "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
    "HLG": "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc",
}


def guarded_input(path: Path, demuxers: Sequence[str] = DEMUXERS) -> list[str]:
    """An input that can open nothing but itself."""
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(demuxers)),
        # Not what the file says its pictures are, but what each turns out to be.
        *("-max_pixels", str(PIXELS_MAX)),
        *("-i", f"file:{path}"),
    ]


def rate_text(rate: tuple[int, int]) -> str:
    return f"{rate[0]}/{rate[1]}"


def on_grid(picture: Picture, *, start_frame: int = 0, frames: int | None = None) -> list[str]:
    """Filters that put frames on the film's constant-rate grid and keep the wanted ones."""
    chain = [f"bwdif=mode={'send_field' if picture.by_field else 'send_frame'}"] if picture.deinterlace else []
    # start_time=0 fills the grid from zero wherever decoding began: those copies cost nothing, and `trim` drops them.
    chain.append(f"fps=fps={rate_text(picture.frame_rate)}:start_time=0:round=near")
    if start_frame or frames is not None:
        end = "" if frames is None else f":end_frame={start_frame + frames}"
        chain.append(f"trim=start_frame={start_frame}{end}")
        chain.append("setpts=PTS-STARTPTS")
    return chain


def normalized(picture: Picture, stream: VideoStream | None) -> list[str]:
    """Filters that make any picture upright-sized, square, 4:2:0, in its range of light, limited range of levels."""
    chain = _tone_mapped(picture, stream) if picture.tone_map and stream is not None else [_scaled(picture, stream)]
    return [*chain, f"format={pixel_format(picture)}", "setsar=1", f"setparams={_COLORS[picture.video_range]}:range=tv"]


def pixel_format(picture: Picture) -> str:
    return "yuv420p" if picture.video_range == "SDR" else "yuv420p10le"


def seek(picture: Picture, start_frame: int) -> list[str]:
    """Input options that begin near a frame while keeping the film's own clock."""
    margin_s = _SEEK_MARGIN_S + picture.key_gap_s
    start_s = start_frame * picture.frame_rate[1] / picture.frame_rate[0] - margin_s
    clock = ["-copyts", "-start_at_zero"]
    return [*clock, "-ss", f"{start_s:.3f}"] if start_s > 0 else clock


def video_encode(job: VideoEncode, stream: VideoStream, target: Path) -> list[str]:
    """One chunk: closed GOPs at given places, so that every rung can be switched at every segment."""
    chain = on_grid(job.picture, start_frame=job.start_frame, frames=job.frames) + normalized(job.picture, stream)
    return [
        *seek(job.picture, job.start_frame),
        *guarded_input(job.source),
        *("-map", f"0:{stream.index}", "-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(chain), "-fps_mode", "passthrough"),
        *codec_arguments(job),
        *("-video_track_timescale", str(timescale(job.picture.frame_rate)), "-fflags", "+bitexact"),
        *("-f", "mp4", f"file:{target}"),
    ]


def looking(picture: Picture, video: VideoStream, rows: int, *, end_s: float, hashes: Path | None = None) -> list[str]:
    """Three outputs of one decoding: the frames that encodes will have, counted or hashed; sketches; slices of real pixels.

    Nothing after `end_s` is looked at.
    """
    sketch = f"scale={SKETCH_WIDTH}:{SKETCH_HEIGHT}:flags=area:out_range=tv,format=yuv420p"
    # FFmpeg's gray has the full range: black is 0 here. What is measured on slices is measured in its levels.
    slices = f"scale={SLICE_COLUMNS}:{rows}:flags=neighbor:in_range=tv:out_range=tv,format=gray"
    graph = [
        f"[0:{video.index}]split=3[film][small][narrow]",
        f"[film]{','.join(on_grid(picture))}[counted]",
        f"[small]{sketch}[sketches]",
        f"[narrow]{slices}[slices]",
    ]
    counted = ["-f", "null", "-"] if hashes is None else ["-f", "framehash", "-hash", "murmur3", f"file:{hashes}"]
    return [
        *("-filter_complex", ";".join(graph)),
        # The counted frames come first: FFmpeg tells the progress of its first output.
        *("-map", "[counted]", "-fps_mode", "passthrough", "-t", f"{end_s:.3f}", *counted),
        *("-map", "[sketches]", "-map", "[slices]", "-fps_mode", "passthrough", "-t", f"{end_s:.3f}"),
        *("-c:v", "rawvideo"),
        *("-avoid_negative_ts", "disabled", "-f", "matroska", "pipe:1"),
    ]


def listening(sound: AudioStream, *, end_s: float) -> list[str]:
    """The samples on the film's clock, and at the end what EBU R128 says of them."""
    chain = f"ebur128=peak=true:framelog=quiet,aresample={HEARD_RATE_HZ}:async=1:first_pts=0"
    output = ["-ac", str(sound.channels), "-t", f"{end_s:.3f}", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
    return ["-map", f"0:{sound.index}", "-vn", "-sn", "-dn", "-af", chain, *output]


def mono(stream_index: int, rate_hz: int) -> list[str]:
    """Every channel mixed into one, at the film's own times."""
    output = ["-ac", "1", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]
    chain = f"aresample={rate_hz}:async=1:first_pts=0"
    return ["-map", f"0:{stream_index}", "-vn", "-sn", "-dn", "-af", chain, *output]


def clip(job: Clip, stream: VideoStream, target: Path) -> list[str]:
    """Both tracks begin at the same moment of the film's clock, each cut by its own times."""
    rate = job.picture.frame_rate
    start_s, length_s = (frames * rate[1] / rate[0] for frames in (job.start_frame, job.frames))
    seen = on_grid(job.picture, start_frame=job.start_frame, frames=job.frames) + normalized(job.picture, stream)
    heard = [
        f"atrim=start={start_s:.6f}:duration={length_s:.6f}",
        "asetpts=PTS-STARTPTS",
        f"afade=t=in:d={_CLIP_FADE_S},afade=t=out:st={max(0.0, length_s - _CLIP_FADE_S):.3f}:d={_CLIP_FADE_S}",
    ]
    sound: list[str] = []
    if job.stream_index is not None:
        sound = ["-map", f"0:{job.stream_index}", "-af", ",".join(heard), "-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    return [
        *seek(job.picture, job.start_frame),
        *guarded_input(job.source),
        *("-map", f"0:{stream.index}", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-vf", ",".join(seen), "-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "veryfast"),
        *("-crf", "25", "-maxrate", "1500k", "-bufsize", "3000k", "-threads", "2", "-frames:v", str(job.frames)),
        *sound,
        *("-ar", "48000", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", f"file:{target}"),
    ]


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
    matrix = "bt709" if picture.video_range == "SDR" else "bt2020"
    options = [f"{picture.width}:{picture.height}", "flags=bicubic", f"out_color_matrix={matrix}", "out_range=tv"]
    if picture.video_range != "SDR":
        options.append(f"in_color_matrix={matrix}")
    elif stream is not None and not stream.color_space:
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
