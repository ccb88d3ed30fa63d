"""Five masters as studios and people send them, drawn by FFmpeg's own sources: what a streaming service must be able to show.

Small ones have the same properties in a quarter of a second's work: the same bits, fields, turns, tracks and languages.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import minutes

_SAID = {
    "en": "Good evening", "ar": "مساء الخير", "he": "ערב טוב", "fa": "عصر بخیر", "ur": "شام بخیر", "hi": "शुभ संध्या",
    "bn": "শুভ সন্ধ্যা", "ta": "மாலை வணக்கம்", "te": "శుభ సాయంత్రం", "th": "สวัสดีตอนเย็น", "ja": "こんばんは",
    "zh": "晚上好", "ko": "좋은 저녁", "vi": "Chào buổi tối", "id": "Selamat malam", "ms": "Selamat petang",
    "tl": "Magandang gabi", "ru": "Добрый вечер", "uk": "Добрий вечір", "bg": "Добър вечер", "el": "Καλησπέρα",
    "tr": "İyi akşamlar", "de": "Guten Abend", "nl": "Goedenavond", "sv": "God kväll", "da": "God aften",
    "no": "God kveld", "fi": "Hyvää iltaa", "pl": "Dobry wieczór", "cs": "Dobrý večer", "hu": "Jó estét",
    "ro": "Bună seara", "es": "Buenas tardes", "fr": "Bonsoir",
}  # fmt: skip
LANGUAGES = tuple(_SAID)
SPOKEN = LANGUAGES[:24]
_DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
"""A P3 monitor of 1000 nits, as SMPTE ST 2086 writes it."""
_COLORS = "seed=2:n=6:c0=navy:c1=teal:c2=gold:c3=maroon:c4=white:c5=purple"
"""Named beside the seed, which alone leaves `gradients` others in every run; and one master must be the same as the next."""
_LIGHT = "1000,400"
"""Nits of the brightest pixel, and of the brightest frame."""
_BT2020_PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"


@dataclass(frozen=True, slots=True)
class Scale:
    """How large and how long: `full` as they are sent, `small` for a test."""

    lines: int
    seconds: float

    def size(self, width: int, height: int) -> str:
        share = min(1.0, self.lines / min(width, height))
        return "x".join(str(round(side * share / 4) * 4) for side in (width, height))


FULL, SMALL = Scale(2160, 4), Scale(180, 2)
Draw = Callable[[Path, Scale, Processes], Awaitable[Path]]


async def hdr(folder: Path, scale: Scale, processes: Processes) -> Path:
    """3840 × 2160 in ten bits, PQ, BT.2020, with what HDR10 says of the screen and of the brightest frame."""
    x265 = (
        "log-level=error:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:"
        f"range=limited:master-display={_DISPLAY}:max-cll={_LIGHT}"
    )
    picture = await _drawn(
        processes,
        folder / "picture.mkv",
        *_source(f"gradients=s={scale.size(3840, 2160)}:r=24:{_COLORS}:speed=0.02", scale),
        *_tone(scale),
        *("-vf", f"format=yuv420p10le,{_BT2020_PQ}", "-c:v", "libx265", "-preset", "ultrafast", "-crf", "14"),
        *("-x265-params", x265, "-c:a", "aac"),
    )
    # The container says it as well, so that nobody has to decode a frame to know.
    said = ("-mastering_display:v", _DISPLAY, "-content_light:v", _LIGHT)
    return await _drawn(processes, folder / "hdr.mkv", *said, "-i", f"file:{picture}", "-c", "copy")


async def cinema(folder: Path, scale: Scale, processes: Processes) -> Path:
    """24 frames a second, black above and below, with a cut and a dissolve."""
    part, size = scale.seconds / 2, scale.size(1920, 800)
    fade = min(0.5, part / 4)
    graph = (
        f"[0:v]trim=duration={part / 2},setpts=PTS-STARTPTS[a];[1:v]trim=duration={part / 2},setpts=PTS-STARTPTS[b];"
        f"[a][b]concat=n=2,settb=1/24[cut];[2:v]settb=1/24[c];"
        f"[cut][c]xfade=duration={fade}:offset={part - fade},pad=iw:2*ceil(iw*9/32):0:(oh-ih)/2,format=yuv420p[v]"
    )
    return await _drawn(
        processes,
        folder / "cinema.mov",
        *("-f", "lavfi", "-i", f"testsrc2=s={size}:r=24"),
        *("-f", "lavfi", "-i", f"mandelbrot=s={size}:r=24"),
        *("-f", "lavfi", "-t", str(part + fade), "-i", f"gradients=s={size}:r=24:{_COLORS}"),
        *_tone(scale),
        *("-filter_complex", graph, "-map", "[v]", "-map", "3:a", "-c:v", "libx264", "-crf", "12", "-c:a", "aac"),
    )


async def broadcast(folder: Path, scale: Scale, processes: Processes) -> Path:
    """59.94 fields a second, upper field first, MPEG-2 and AC-3 in a transport stream."""
    return await _drawn(
        processes,
        folder / "broadcast.ts",
        *_source(f"testsrc2=s={scale.size(1920, 1080)}:r=60000/1001", scale),
        *_tone(scale),
        *("-vf", "tinterlace=interleave_top,fieldorder=tff,setparams=field_mode=tff"),
        *("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "3", "-c:a", "ac3"),
    )


async def phone(folder: Path, scale: Scale, processes: Processes) -> Path:
    """Held upright: turned by the player, and with frames at whatever times the light allowed."""
    lying = await _drawn(
        processes,
        folder / "lying.mp4",
        *_source(f"testsrc2=s={scale.size(1920, 1080)}:r=30", scale),
        *_tone(scale),
        *("-vf", "select='not(mod(n,3))+lt(mod(n,30),14)'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a", "aac"),
    )
    return await _drawn(processes, folder / "phone.mp4", "-display_rotation", "90", "-i", f"file:{lying}", "-c", "copy")


async def world(folder: Path, scale: Scale, processes: Processes) -> Path:
    """24 sound tracks in 5.1, and 34 subtitles in 34 languages and a dozen scripts."""
    texts = [_subtitles(folder, language, scale) for language in LANGUAGES]
    inputs = [argument for text in texts for argument in ("-i", f"file:{text}")]
    maps = [*("-map", "0:v"), *("-map", "1:a") * len(SPOKEN)]
    maps += [argument for number in range(len(texts)) for argument in ("-map", f"{number + 2}:s")]
    named = [
        argument
        for kind, languages in (("a", SPOKEN), ("s", LANGUAGES))
        for number, language in enumerate(languages)
        for argument in (f"-metadata:s:{kind}:{number}", f"language={language}")
    ]
    surround = f"sine=f=330:r=48000:d={scale.seconds},pan=5.1|FL=c0|FR=0.8*c0|FC=0.5*c0|LFE=0.2*c0|BL=0.3*c0|BR=0.3*c0"
    return await _drawn(
        processes,
        folder / "world.mkv",
        *_source(f"testsrc2=s={scale.size(1280, 720)}:r=24", scale),
        *("-f", "lavfi", "-i", surround),
        *inputs,
        *maps,
        *named,
        *("-c:v", "libx264", "-preset", "veryfast", "-c:a", "ac3", "-c:s", "srt"),
    )


MASTERS: dict[str, Draw] = {"hdr": hdr, "cinema": cinema, "broadcast": broadcast, "phone": phone, "world": world}


def _subtitles(folder: Path, language: str, scale: Scale) -> Path:
    path = folder / f"{language}.srt"
    end = f"00:00:{int(scale.seconds):02d},000"
    path.write_text(f"1\n00:00:00,000 --> {end}\n{_SAID[language]}\n", encoding="utf-8")
    return path


def _source(drawing: str, scale: Scale) -> tuple[str, ...]:
    return ("-f", "lavfi", "-t", str(scale.seconds), "-i", drawing)


def _tone(scale: Scale) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={scale.seconds}")


async def _drawn(processes: Processes, target: Path, *arguments: str) -> Path:
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostdin",
        "-v",
        "error",
        "-y",
        *arguments,
        f"file:{target}",
    ]
    await processes.run(Command(argv, minutes(10)))
    return target
