"""One way to run FFmpeg: bounded, watched, and with its last words turned into a named error."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matinee.engines.encoder.port import NotMedia, Progress
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import DiskFull
from matinee.kernel.processes import Command, Finished, Limits, Processes, ProgramFailed
from matinee.kernel.quantities import Span, hours

_FRAME = re.compile(r"frame=\s*(\d+)")
_BROKEN_INPUT = re.compile(
    r"Invalid data found|moov atom not found|not on whitelist|Error opening input|could not find codec parameters"
    r"|Decoder not found|Cannot determine format|Output file does not contain any stream|matches no streams",
    re.I,
)
DEFAULT_LIMITS = Limits(memory_bytes=16 << 30, file_bytes=256 << 30, niceness=10)
"""Address space, not memory in use: FFmpeg maps stacks and frame pools for every thread."""


class EncoderFailed(MatineeError):
    """FFmpeg gave up for a reason that is neither the file's nor the disk's; its last words are in the sentence."""


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
        loud: bool = False,
    ) -> Ran:
        """`on_line` sees what filters print; `loud` keeps FFmpeg's information, where a filter reports there."""
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
        finished = await self._finish(Command(argv, timeout, self._limits, folder, on_line=read))
        return Ran(frames, finished.stderr)

    async def stream(
        self,
        arguments: Sequence[str],
        on_block: Callable[[bytes], Awaitable[None]],
        *,
        timeout: Span = hours(6),
        loud: bool = False,
    ) -> Ran:
        """What it writes to `pipe:1` comes here as it is made."""
        # Progress goes where its words go; the last is kept, and says how many frames the first output had.
        told = ["-nostats", "-stats_period", "5", "-progress", "pipe:2", "-loglevel", "info" if loud else "error"]
        argv = [str(self._program), "-hide_banner", "-nostdin", *told, *arguments]
        finished = await self._finish(Command(argv, timeout, self._limits, on_block=on_block))
        counts = [int(found[1]) for line in finished.stderr.splitlines() if (found := _FRAME.match(line))]
        return Ran(counts[-1] if counts else 0, finished.stderr)

    async def _finish(self, command: Command) -> Finished:
        try:
            return await self._processes.run(command)
        except ProgramFailed as failure:
            raise named(failure) from failure


def named(failure: ProgramFailed) -> MatineeError:
    """What an FFmpeg failure means to whoever asked for the encode."""
    words = failure.stderr
    if "No space left on device" in words:
        return DiskFull("The disk is full while encoding. Free some space and resume.")
    if "signal 25" in failure.reason or "File too large" in words:
        return DiskFull("The encode outgrew the room it may use. Raise the limit or free some space, and resume.")
    if _BROKEN_INPUT.search(words):
        return NotMedia(f"The file cannot be read as video or audio: {_last_line(words)}.")
    return EncoderFailed(f"The encoder stopped ({failure.reason}): {words[-400:]}")


def _last_line(words: str) -> str:
    """FFmpeg's own sentence, without the file's name or addresses in memory."""
    lines = [line for line in words.splitlines() if _BROKEN_INPUT.search(line)]
    line = re.sub(r"\[[^\]]*@ 0x[0-9a-f]+\]\s*", "", lines[-1] if lines else "unreadable")
    return re.sub(r"file:.*?: |'?file:.*'?", "", line).strip(" .:")[:200]
