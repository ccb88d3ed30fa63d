"""One way to run FFmpeg: bounded, watched, and with its last words turned into a named error."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from matinee.engines.encoder.port import EncoderFailed, NotMedia, Progress, Stalled
from matinee.kernel.confinement import Confinement
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull
from matinee.kernel.processes import Command, Finished, Limits, Processes, ProgramFailed
from matinee.kernel.quantities import Span, hours

_FRAME = re.compile(r"frame=\s*(\d+)")
_BROKEN_INPUT = re.compile(
    r"Invalid data found|moov atom not found|not on whitelist|Error opening input|could not find codec parameters"
    r"|Decoder not found|no decoder found|Cannot determine format|Output file does not contain any stream|matches no streams",
    re.I,
)
_FILE = "file:"
_MOSTLY_DAMAGED = "ended with status 69"
"""FFmpeg's, when two of three frames fail."""
DEFAULT_LIMITS = Limits(memory_bytes=16 << 30, file_bytes=256 << 30, open_files=1024, core_bytes=0, niceness=10)
"""Address space, not memory in use: FFmpeg maps stacks and frame pools for every thread."""


@dataclass(frozen=True, slots=True)
class Ran:
    frames: int
    stderr: str


class FFmpeg:
    """Runs one FFmpeg with our house rules: no keyboard, no banner, limits, progress by frames."""

    def __init__(self, processes: Processes, program: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._processes = processes
        self._program = program
        self._limits = limits

    async def run(
        self,
        arguments: Sequence[str],
        *,
        progress: Progress | None = None,
        frames_expected: int | None = None,
        on_line: Callable[[str], None] | None = None,
        timeout: Span = hours(6),
        folder: Path | None = None,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        loud: bool = False,
    ) -> Ran:
        """`on_line` sees what filters print; `loud` keeps FFmpeg's information, where a filter reports there.

        `reads` and `writes` are what it may touch beside the files its arguments name.
        """
        frames = 0

        def read(line: str) -> None:
            nonlocal frames
            if found := _FRAME.match(line):
                frames = max(frames, int(found[1]))
                if progress is not None and frames_expected:
                    progress(min(1.0, frames / frames_expected))
            if on_line is not None:
                on_line(line)

        argv = [
            str(self._program),
            *("-hide_banner", "-nostdin", "-y", "-loglevel", "info" if loud else "error"),
            *("-nostats", "-stats_period", "0.5", "-progress", "pipe:1"),
            *arguments,
        ]
        walls = touched(arguments, reads=reads, writes=writes)
        finished = await self._finish(Command(argv, timeout, self._limits, folder, on_line=read, confinement=walls))
        return Ran(frames, finished.stderr)

    async def stream(
        self,
        arguments: Sequence[str],
        on_block: Callable[[bytes], Awaitable[None]],
        *,
        timeout: Span = hours(6),
        silence_max: Span | None = None,
        loud: bool = False,
    ) -> Ran:
        """What it writes to `pipe:1` comes here as it is made. Raises `Stalled` where nothing comes for too long."""
        # Progress goes where its words go; the last is kept, and says how many frames the first output had.
        told = ["-nostats", "-stats_period", "5", "-progress", "pipe:2", "-loglevel", "info" if loud else "error"]
        argv = [str(self._program), "-hide_banner", "-nostdin", "-y", *told, *arguments]
        walls = touched(arguments)
        finished = await self._finish(
            Command(argv, timeout, self._limits, on_block=on_block, confinement=walls, silence_max=silence_max)
        )
        counts = [int(found[1]) for line in finished.stderr.splitlines() if (found := _FRAME.match(line))]
        return Ran(counts[-1] if counts else 0, finished.stderr)

    async def _finish(self, command: Command) -> Finished:
        try:
            return await self._processes.run(command)
        except ProgramFailed as failure:
            raise named(failure) from failure


def touched(arguments: Sequence[str], *, reads: Sequence[Path] = (), writes: Sequence[Path] = ()) -> Confinement:
    """The files in FFmpeg's arguments: those after `-i` are read, all others are written. All else stays closed to it."""
    inputs, outputs = [*reads], [*writes]
    for before, argument in pairwise(["", *arguments]):
        if argument.startswith(_FILE):
            (inputs if before == "-i" else outputs).append(Path(argument.removeprefix(_FILE)))
    return Confinement(inputs, outputs)


def named(failure: ProgramFailed) -> MatineeError:
    """What an FFmpeg failure means to whoever asked for the encode."""
    words = failure.stderr
    if "No space left on device" in words:
        return DiskFull("The disk is full while encoding. Free some space and resume.")
    if "signal 25" in failure.reason or "File too large" in words:
        return DiskFull("The encode outgrew the room it may use. Raise the limit or free some space, and resume.")
    if failure.reason.startswith("gave nothing"):
        return Stalled(f"The decoder {failure.reason}.")
    if failure.reason.startswith("did not end"):
        return NotMedia(f"The film {failure.reason}, when it was decoded: it stops decoders. Write the file anew.")
    if failure.reason == _MOSTLY_DAMAGED:
        return NotMedia("Most of the film cannot be decoded: it is damaged. Upload it again.")
    if _BROKEN_INPUT.search(words):
        return NotMedia(f"The file cannot be read as video or audio: {_last_line(words)}.")
    return EncoderFailed(f"The encoder stopped ({failure.reason}): {words[-400:]}")


def _last_line(words: str) -> str:
    """FFmpeg's own sentence, without the file's name or addresses in memory."""
    lines = [line for line in words.splitlines() if _BROKEN_INPUT.search(line) and "return code" not in line]
    line = re.sub(r"\[[^\]]*@ 0x[0-9a-f]+\]\s*", "", lines[-1] if lines else "unreadable")
    return re.sub(r"file:.*?: |'?file:.*'?", "", line).strip(" .:")[:200]
