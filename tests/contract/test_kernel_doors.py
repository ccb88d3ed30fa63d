"""The real files, processes and clock, against a real disk and real programs."""

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import DiskFull, SystemFiles, write_atomically
from matinee.kernel.processes import Command, Limits, ProgramFailed, SystemProcesses
from matinee.kernel.quantities import seconds

PYTHON = sys.executable
files = SystemFiles()
processes = SystemProcesses()


def script(text: str) -> list[str]:
    return [PYTHON, "-c", textwrap.dedent(text)]


# ---- clock and chance


async def test_the_clock_is_aware_and_its_monotonic_side_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60
    before = clock.monotonic()
    await clock.sleep(seconds(-1))
    await clock.sleep(seconds(0.001))
    assert clock.monotonic() > before


def test_chance_gives_as_many_bytes_as_asked_and_numbers_below_one() -> None:
    chance = SystemChance()
    assert [len(chance.bytes(count)) for count in (0, 1, 32)] == [0, 1, 32]
    assert len({chance.bytes(16) for _ in range(100)}) == 100
    assert all(0 <= chance.uniform() < 1 for _ in range(1000))


# ---- files


async def test_a_file_is_written_whole_read_in_parts_listed_moved_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "film.bin"
    await files.write(path, b"0123456789", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    assert await files.read(path) == b"0123456789"
    assert await files.read(path, offset=3, length=4) == b"3456"
    assert [block async for block in files.chunks(path, size=4)] == [b"0123", b"4567", b"89"]
    assert await files.size(path) == 10
    await files.move(tmp_path / "a", tmp_path / "c" / "d")
    assert await files.below(tmp_path) == [tmp_path / "c" / "d" / "b" / "film.bin"]
    await files.remove(tmp_path / "c")
    await files.remove(tmp_path / "c")
    assert await files.below(tmp_path / "c") == []
    assert await files.size(path) is None
    assert await files.free_bytes(tmp_path) > 0


async def test_appending_twice_at_the_same_place_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    assert await files.append(path, b"hello ", at=0) == 6
    assert await files.append(path, b"world", at=6) == 11
    assert await files.append(path, b"world", at=6) == 11
    assert await files.read(path) == b"hello world"
    with pytest.raises(ValueError, match="would leave a hole"):
        await files.append(path, b"!", at=12)
    assert await files.read(path) == b"hello world"


def test_a_reader_sees_the_old_file_or_the_new_one_when_the_writer_is_killed(tmp_path: Path) -> None:
    """A child writes all-1, all-2, … for ever and is killed at a different point each time."""
    path = tmp_path / "pointer"
    size = 300_000
    write_atomically(path, b"0" * size)
    child = f"""
        import sys
        from pathlib import Path
        from matinee.kernel.files import write_atomically
        print("ready", flush=True)
        turn = 0
        while True:
            turn += 1
            write_atomically(Path({str(path)!r}), str(turn % 10).encode() * {size})
            print(turn, flush=True)
    """
    source = str(Path(__file__).resolve().parents[2] / "src")
    for round_number in range(5):
        writer = subprocess.Popen(script(child), stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source})
        assert writer.stdout is not None
        for _ in range(2 + round_number):
            writer.stdout.readline()
        found = path.read_bytes()  # while it is being replaced
        writer.kill()
        writer.wait()
        writer.stdout.close()
        for seen in (found, path.read_bytes()):
            assert len(seen) == size
            assert len(set(seen)) == 1


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """No file of this process may grow beyond 64 KiB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("small_files_only")
def test_a_write_that_cannot_end_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    write_atomically(path, b"old")
    with pytest.raises(OSError, match="File too large"):
        write_atomically(path, b"x" * 100_000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_is_said_in_words_and_nothing_is_half_written(tiny_disk: Path) -> None:
    kept = tiny_disk / "kept"
    await files.write(kept, b"old")
    with pytest.raises(DiskFull, match="Free some space") as full:
        await files.write(kept, b"x" * 500_000)
    assert full.value.status == 507
    assert await files.read(kept) == b"old"
    assert await files.below(tiny_disk) == [kept]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
async def test_appending_to_a_full_disk_is_said_in_words() -> None:
    with pytest.raises(DiskFull):
        await files.append(Path("/dev/full"), b"x", at=0)


# ---- processes


async def test_a_program_gets_its_input_and_gives_its_output() -> None:
    ended = await processes.run(Command(["cat"], stdin=b"a film"))
    assert (ended.stdout, ended.stderr) == (b"a film", "")


async def test_a_program_runs_in_its_folder_with_only_the_environment_given(tmp_path: Path) -> None:
    ended = await processes.run(Command(["/usr/bin/env"], folder=tmp_path, environment={"ONE": "1"}))
    assert ended.stdout == b"ONE=1\n"
    assert (await processes.run(Command(["pwd"], folder=tmp_path))).stdout.decode().strip() == str(tmp_path)


async def test_progress_arrives_line_by_line() -> None:
    lines: list[str] = []
    await processes.run(Command(["printf", "frame=1\nframe=2\n"], on_line=lines.append))
    assert lines == ["frame=1", "frame=2"]


async def test_the_last_words_of_a_program_that_failed_are_kept() -> None:
    with pytest.raises(ProgramFailed, match=r"(?s)python\S* ended with status 3\. .*no such codec") as failed:
        await processes.run(Command(script("import sys; sys.stderr.write('a\\rb\\nno such codec\\n'); sys.exit(3)")))
    assert failed.value.stderr.splitlines() == ["a", "b", "no such codec"]


async def test_only_the_end_of_a_talkative_stderr_is_kept() -> None:
    program = "import sys; [print(n, file=sys.stderr) for n in range(5000)]"
    ended = await processes.run(Command(script(program)))
    assert ended.stderr.splitlines()[-1] == "4999"
    assert len(ended.stderr.splitlines()) == 40


async def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramFailed, match=r"no-such-encoder could not be started \(No such file or directory\)"):
        await processes.run(Command(["/opt/no-such-encoder", "-version"]))


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie nobody has collected yet has ended, too)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while not gone(pid):
            await asyncio.sleep(0.01)


FAMILY = 'sleep 300 & echo $! > "{pids}"; {then}'


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("then", ["wait", "exit 0"], ids=["the parent waits", "the parent has gone"])
async def test_a_program_that_takes_too_long_is_ended_with_everything_it_started(tmp_path: Path, then: str) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(ProgramFailed, match="sh did not end within 0:00:01"):
        await processes.run(Command(["sh", "-c", FAMILY.format(pids=pids, then=then)], timeout=seconds(1)))
    await until_gone(int(pids.read_text()))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
async def test_a_canceled_caller_takes_the_program_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    running = asyncio.create_task(processes.run(Command(["sh", "-c", FAMILY.format(pids=pids, then="wait")])))
    async with asyncio.timeout(20):
        while not (pids.exists() and pids.read_text().strip()):
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until_gone(int(pids.read_text()))


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv ties a program's life to ours")
async def test_a_program_dies_with_whoever_started_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    starter = f"""
        import asyncio
        from matinee.kernel.processes import Command, SystemProcesses
        asyncio.run(SystemProcesses().run(Command(["sh", "-c", "echo $$ > {pid}.made; mv {pid}.made {pid}; exec sleep 300"])))
    """
    source = str(Path(__file__).resolve().parents[2] / "src")
    parent = subprocess.Popen(script(starter), env={**os.environ, "PYTHONPATH": source})
    async with asyncio.timeout(20):
        while not pid.exists():
            await asyncio.sleep(0.01)
    parent.kill()
    parent.wait()
    await until_gone(int(pid.read_text()))


async def test_a_program_that_prints_without_end_is_stopped() -> None:
    with pytest.raises(ProgramFailed, match="yes printed more than it may"):
        await processes.run(Command(["yes", "x" * 4000], timeout=seconds(60)))


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set with prlimit, which is Linux's")
async def test_a_program_cannot_use_more_than_its_limits(tmp_path: Path) -> None:
    # Waits for a line first: the limits are set right after the start, not before it.
    hog = script("input(); b = bytearray(1 << 30)")
    with pytest.raises(ProgramFailed, match="MemoryError"):
        await processes.run(Command(hog, stdin=b"go\n" * 100, limits=Limits(memory_bytes=256 << 20)))
    writer = script(f"input(); open({str(tmp_path / 'big')!r}, 'wb').write(b'x' * 100_000)")
    with pytest.raises(ProgramFailed, match="File too large"):
        await processes.run(Command(writer, stdin=b"go\n", limits=Limits(file_bytes=10_000)))
    assert (tmp_path / "big").stat().st_size <= 10_000


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set with prlimit, which is Linux's")
async def test_a_program_that_burns_its_cpu_time_is_killed() -> None:
    with pytest.raises(ProgramFailed, match=f"killed by signal {int(signal.SIGKILL)}|signal {int(signal.SIGXCPU)}"):
        await processes.run(Command(script("while True: pass"), limits=Limits(cpu_seconds=1), timeout=seconds(120)))


async def test_a_program_that_falls_silent_is_ended() -> None:
    blocks: list[bytes] = []

    async def keep(block: bytes) -> None:
        blocks.append(block)

    silent = Command(["sh", "-c", "echo one; sleep 300"], on_block=keep, silence_max=seconds(1))
    with pytest.raises(ProgramFailed, match="sh gave nothing for 0:00:01"):
        await processes.run(silent)
    assert blocks == [b"one\n"]


async def test_a_companion_ends_when_it_is_asked() -> None:
    child = await processes.spawn(Command(["sleep", "300"]))
    assert not gone(child.pid)
    assert await child.stop(seconds(10)) == -signal.SIGTERM


async def test_a_companion_that_does_not_listen_is_made_to_end(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(ready)!r}, 'w'); time.sleep(300)"
    child = await processes.spawn(Command(script(deaf)))
    async with asyncio.timeout(20):
        while not ready.exists():
            await asyncio.sleep(0.01)
    assert await child.stop(seconds(0.1)) == -signal.SIGKILL
    assert await child.stop(seconds(0.1)) == -signal.SIGKILL


async def test_what_a_companion_had_started_ends_when_the_companion_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = await processes.spawn(
        Command(["sh", "-c", f"sleep 300 & echo $! > {told}.new; mv {told}.new {told}; wait"])
    )
    async with asyncio.timeout(20):
        while not told.exists():
            await asyncio.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    async with asyncio.timeout(20):
        while not gone(int(told.read_text())):
            await asyncio.sleep(0.01)


async def test_a_companion_gets_the_open_files_that_it_shall_have() -> None:
    read, write = os.pipe()
    child = await processes.spawn(
        Command(script(f"import os; os.write({write}, b'here')"), handles=(write,), is_part_of_us=True)
    )
    os.close(write)
    assert await child.wait() == 0
    with os.fdopen(read) as pipe:
        assert pipe.read() == "here"


async def test_a_companion_loses_its_input_when_we_die(tmp_path: Path) -> None:
    """The parent is killed with -9; its companion reads the end of its input and goes."""
    left = tmp_path / "left"
    companion = f"import sys; sys.stdin.read(); open({str(left)!r}, 'w').write('went')"
    parent = f"""
        import asyncio, sys
        from matinee.kernel.processes import Command, SystemProcesses
        async def main():
            await SystemProcesses().spawn(Command([sys.executable, "-c", {companion!r}]))
            print("up", flush=True)
            await asyncio.sleep(300)
        asyncio.run(main())
    """
    source = str(Path(__file__).resolve().parents[2] / "src")
    process = await asyncio.create_subprocess_exec(
        *script(parent), stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": source}
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.kill()
    await process.wait()
    async with asyncio.timeout(20):
        while not left.exists():
            await asyncio.sleep(0.01)
