"""A rung as it is made elsewhere: x264 in two passes at a bitrate, the rival that our ladder is measured against.

Beside the encoder's port on purpose. Ours is asked for a quality and never for a bitrate, and a rival does not go through it.
"""

from pathlib import Path

import imageio_ffmpeg

from matinee.studio.encoding.api import LadderPlan
from matinee.studio.encoding.model.ladder import width_for

_PEAK_FACTOR, _BUFFER_S = 1.75, 2
"""As our own rungs have."""


def two_passes(master: Path, target: Path, plan: LadderPlan, *, height: int, kbps: int) -> list[list[str]]:
    """One command a pass, cut where our own rungs are."""
    raster = plan.raster
    times = ",".join(f"{max(0.0, (g - 0.5) / raster.frames_per_second):.6f}" for g in plan.groups)
    scaled = f"scale={width_for(raster, height)}:{height}:flags=bicubic,setsar=1"
    return [
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error"),
            *("-i", f"file:{master}", "-an", "-vf", scaled),
            *("-c:v", "libx264", "-preset", plan.preset, "-profile:v", "high", "-threads", "2"),
            *("-b:v", f"{kbps}k", "-maxrate", f"{round(kbps * _PEAK_FACTOR)}k"),
            *("-bufsize", f"{round(kbps * _PEAK_FACTOR * _BUFFER_S)}k", "-force_key_frames", times),
            *("-forced-idr", "1", "-g", "1000000", "-keyint_min", "1", "-sc_threshold", "0", "-flags", "+cgop"),
            *("-pass", str(number), "-passlogfile", str(target.with_name("pass"))),
            *("-f", "null" if number == 1 else "mp4", "-" if number == 1 else str(target)),
        ]
        for number in (1, 2)
    ]
