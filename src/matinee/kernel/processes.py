"""Door 5: other programs. Each runs with limits and a timeout, and its last words are kept for the error."""

import asyncio
import os
import resource
import shutil
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from matinee.kernel.confinement import Confinement
from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import Span, hours
from matinee.kernel.starting import Order, Started, reader_of, start

_STDERR_KEPT_LINES = 40
_STDERR = 2
"""Where a companion's words go: our standard output is for our own results."""
_OUTPUT_MAX_BYTES = 64 << 20
_CPU_GRACE_S = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. None leaves the system's own limit in place."""

    memory_bytes: int | None = None
    file_bytes: int | None = None
    cpu_seconds: int | None = None
    open_files: int | None = None
    core_bytes: int | None = None
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    argv: Sequence[str]
    timeout: Span = hours(1)
    limits: Limits = Limits()
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    stdin: bytes = b""
    on_line: Callable[[str], None] | None = field(default=None, compare=False)
    """Called with each line of standard output as it is printed (progress)."""
    on_block: Callable[[bytes], Awaitable[None]] | None = field(default=None, compare=False)
    """Given standard output as it comes, instead of lines; the program waits meanwhile."""
    silence_max: Span | None = None
    """With `on_block`: a program that gives nothing for so long waits for itself, and is ended."""
    is_part_of_us: bool = False
    """`spawn` only: what it prints is our own output, and when we are killed, so is it, at once."""
    killed_by: Literal["KILL", "TERM"] = "KILL"
    """What the system sends it when we are killed. TERM is for a program that must end processes of its own first."""
    handles: Sequence[int] = ()
    """`spawn` only: open files it gets under the same numbers, as a socket that it shall listen on."""
    confinement: Confinement | None = None
    """`run` only: all it may touch, for a program that reads what strangers send. It also gets an empty environment."""


@dataclass(frozen=True, slots=True)
class Finished:
    stdout: bytes
    stderr: str
    """The last lines only."""


class ProgramFailed(MatineeError):
    """An external program did not end well; `stderr` holds its last words."""

    def __init__(self, program: str, reason: str, stderr: str) -> None:
        super().__init__(f"{program} {reason}. {stderr[-600:]}".strip())
        self.program = program
        self.reason = reason
        self.stderr = stderr


class Child(Protocol):
    """A program that runs beside us until it is told to stop."""

    @property
    def pid(self) -> int: ...

    async def wait(self) -> int: ...

    async def stop(self, grace: Span) -> int:
        """Ask it to end, and after `grace` make it."""
        ...


class Processes(Protocol):
    async def run(self, command: Command) -> Finished:
        """Run to the end. Raises `ProgramFailed`; a canceled caller takes the program with it, and so does our death."""
        ...

    async def spawn(self, command: Command) -> Child:
        """Start a companion. It gets a pipe as standard input that closes when we die, and must end then."""
        ...


class SystemProcesses:
    async def run(self, command: Command) -> Finished:
        try:
            return await self._run(command)
        except BaseException:
            _drop(command.confinement)
            raise

    async def _run(self, command: Command) -> Finished:
        program = Path(command.argv[0]).name
        started, feed = _started(command)
        kept: deque[str] = deque(maxlen=_STDERR_KEPT_LINES)
        feeding = asyncio.create_task(asyncio.to_thread(_feed, feed, command.stdin))
        open_ends: list[asyncio.BaseTransport] = []
        try:
            async with asyncio.timeout(command.timeout.total_seconds()):
                output, out_end = await reader_of(started.stdout)
                open_ends.append(out_end)
                words, words_end = await reader_of(started.stderr)
                open_ends.append(words_end)
                stdout, _, _ = await asyncio.gather(
                    _read_output(program, output, command), _keep_lines(words, kept), feeding
                )
                code = await started.code
        except TimeoutError:
            raise ProgramFailed(program, f"did not end within {command.timeout}", "\n".join(kept)) from None
        finally:
            _kill_group(started.pid)
            for end in open_ends:
                end.close()
        stderr = "\n".join(kept)
        if code != 0:
            raise ProgramFailed(program, _reason(code, command.limits), stderr)
        return Finished(stdout, stderr)

    async def spawn(self, command: Command) -> Child:
        if command.is_part_of_us:
            return _SystemChild(*await _start(_tied(command), stdout=None, stderr=None))
        return _SystemChild(*await _start(command, stdout=_STDERR, stderr=None))


class _SystemChild:
    def __init__(self, process: asyncio.subprocess.Process, lifeline: int) -> None:
        self._process = process
        self._lifeline = os.fdopen(lifeline, "wb")
        """Nothing is ever written: it closes when we die."""

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        code = await self._process.wait()
        if not self._lifeline.closed:
            # Killed, it could not end what it had started. Once only: later the number may be somebody else's.
            _kill_group(self._process.pid)
            self._lifeline.close()
        return code

    async def stop(self, grace: Span) -> int:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(grace.total_seconds()):
                    await self._process.wait()
            except TimeoutError:
                _kill_group(self._process.pid)
        return await self.wait()


def _started(command: Command) -> tuple[Started, int]:
    """The program, and the end of its standard input that we hold.

    A pipe of our own making: the loop's may be a socket (uvloop's is), which a program cannot open as /dev/stdin.
    """
    tied = _tied(command)
    stdin, feed = os.pipe()
    order = Order(
        tied.argv,
        stdin,
        tied.folder,
        {} if tied.confinement is not None and tied.environment is None else tied.environment,
        tied.confinement,
        [Path(found) for name in (tied.argv[0], command.argv[0]) if (found := shutil.which(name))],
    )
    try:
        started = start(order)
    except BaseException as error:
        os.close(feed)
        if isinstance(error, OSError):
            raise ProgramFailed(Path(command.argv[0]).name, f"could not be started ({error.strerror})", "") from error
        raise
    finally:
        os.close(stdin)
    _limit(started.pid, command.limits)
    return started, feed


def _tied(command: Command) -> Command:
    """The same command, killed by the system when we are: an encoder must not write on beside its successor.

    setpriv is part of every Debian and Ubuntu; where it is missing, a program that outlives us works for nobody, but
    harms nothing, for each attempt writes to files of its own.
    """
    path = shutil.which(command.argv[0])
    if path is None or _setpriv() is None:
        return command
    return replace(command, argv=[str(_setpriv()), "--pdeathsig", command.killed_by, "--", path, *command.argv[1:]])


@cache
def _setpriv() -> str | None:
    path = shutil.which("setpriv")
    # BusyBox has a command of that name that cannot do this.
    return None if path is None or "busybox" in os.path.realpath(path) else path


async def _start(command: Command, *, stdout: int | None, stderr: int | None) -> tuple[asyncio.subprocess.Process, int]:
    """The companion, and the end of its standard input that we hold."""
    program = Path(command.argv[0]).name
    stdin, feed = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=command.folder,
            env=dict(command.environment) if command.environment is not None else None,
            pass_fds=tuple(command.handles),
            start_new_session=True,
            limit=1 << 20,
        )
    except BaseException as error:
        os.close(feed)
        if isinstance(error, FileNotFoundError | PermissionError):
            raise ProgramFailed(program, f"could not be started ({error.strerror})", "") from error
        raise
    finally:
        os.close(stdin)
    _limit(process.pid, command.limits)
    return process, feed


def _limit(pid: int, limits: Limits) -> None:
    """Set limits from outside, right after the start: preexec_fn is not safe in a process with threads.

    What a program did before they held counts as well: memory and time are sums, so nothing is won by being quick.
    """
    cpu = limits.cpu_seconds
    wanted = (
        ("RLIMIT_AS", limits.memory_bytes, limits.memory_bytes),
        ("RLIMIT_FSIZE", limits.file_bytes, limits.file_bytes),
        # First the signal that says why, and then the one that nobody survives.
        ("RLIMIT_CPU", cpu, None if cpu is None else cpu + _CPU_GRACE_S),
        ("RLIMIT_NOFILE", limits.open_files, limits.open_files),
        ("RLIMIT_CORE", limits.core_bytes, limits.core_bytes),
    )
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "linux":
            for name, soft, hard in wanted:
                if soft is not None and hard is not None:
                    resource.prlimit(pid, getattr(resource, name), (soft, hard))
        if limits.niceness:
            os.setpriority(os.PRIO_PROCESS, pid, limits.niceness)


def _drop(confinement: Confinement | None) -> None:
    """What a program was writing when it failed is nobody's."""
    for path in confinement.writes if confinement is not None else ():
        if path.is_file():
            path.unlink(missing_ok=True)


def _kill_group(pid: int) -> None:
    """End the program and whatever it started: children may outlive a program that has ended and hold its pipes."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _reason(code: int, limits: Limits) -> str:
    if code == -signal.SIGXCPU:
        return f"used more than {limits.cpu_seconds} s of processor time (signal {-code})"
    if code == -signal.SIGXFSZ:
        return f"wrote a file larger than it may (signal {-code})"
    return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"


async def _read_output(program: str, stream: asyncio.StreamReader, command: Command) -> bytes:
    kept = bytearray()
    if command.on_block is not None:
        while block := await _next_block(program, stream, command.silence_max):
            await command.on_block(block)
        return b""
    if command.on_line is None:
        while block := await stream.read(1 << 16):
            kept += block
            if len(kept) > _OUTPUT_MAX_BYTES:
                raise ProgramFailed(program, "printed more than it may", "")
        return bytes(kept)
    async for line in stream:
        command.on_line(line.decode(errors="replace").rstrip())
    return b""


async def _next_block(program: str, stream: asyncio.StreamReader, silence_max: Span | None) -> bytes:
    try:
        async with asyncio.timeout(None if silence_max is None else silence_max.total_seconds()):
            return await stream.read(1 << 18)
    except TimeoutError:
        raise ProgramFailed(program, f"gave nothing for {silence_max}", "") from None


async def _keep_lines(stream: asyncio.StreamReader, kept: deque[str]) -> None:
    pending = b""
    # Programs such as FFmpeg rewrite one line with carriage returns; split on either.
    while block := await stream.read(1 << 14):
        *lines, pending = (pending + block).replace(b"\r", b"\n").split(b"\n")
        pending = pending[-4096:]
        kept.extend(line.decode(errors="replace")[:2000] for line in lines if line.strip())
    if pending.strip():
        kept.append(pending.decode(errors="replace")[:2000])


def _feed(pipe: int, data: bytes) -> None:
    """Write it all and close. A program may end before it has read everything."""
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb") as file:
        file.write(data)
