"""What a program that reads strangers' files can do when it turns on us: nothing beyond its own files, and not for long."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from matinee.engines.encoder.programs import bundled
from matinee.kernel.confinement import Confinement, walls
from matinee.kernel.processes import Command, Limits, ProgramFailed, SystemProcesses
from matinee.kernel.quantities import seconds
from tests.media import film

BASH = "/bin/bash"
processes = SystemProcesses()

has_walls = pytest.mark.skipif(not walls().files, reason="this kernel has no Landlock")
has_filter = pytest.mark.skipif(not walls().network, reason="this kernel filters no system calls")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are set with prlimit, which is Linux's")


def shell(line: str, *, reads: tuple[Path, ...] = (), writes: tuple[Path, ...] = (), folder: Path) -> Command:
    """Builtins alone: it may start nothing else."""
    return Command([BASH, "-c", line], seconds(60), Limits(), folder, confinement=Confinement(reads, writes))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("the key\n")
    return path


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@has_walls
async def test_it_reads_what_it_was_given_and_nothing_else(tmp_path: Path, secret: Path) -> None:
    given = tmp_path / "given"
    given.write_text("a film\n")
    told = await processes.run(shell("read line < given; echo $line", reads=(given,), folder=tmp_path))
    assert told.stdout == b"a film\n"
    with pytest.raises(ProgramFailed, match="secret: Permission denied"):
        await processes.run(shell("read line < secret && echo $line", reads=(given,), folder=tmp_path))


@has_walls
async def test_a_link_to_a_secret_is_no_way_around(tmp_path: Path, secret: Path) -> None:
    film_folder = tmp_path / "films"
    film_folder.mkdir()
    (film_folder / "film.mp4").symlink_to(secret)
    with pytest.raises(ProgramFailed, match="Permission denied"):
        await processes.run(shell("read line < films/film.mp4", reads=(film_folder,), folder=tmp_path))


@has_walls
async def test_it_writes_its_own_file_and_no_name_beside_it(tmp_path: Path, secret: Path) -> None:
    target = tmp_path / "target"
    await processes.run(shell("echo made > target", writes=(target,), folder=tmp_path))
    assert target.read_text() == "made\n"
    for line in ("echo mine > secret", "echo more >> secret", "echo new > beside"):
        with pytest.raises(ProgramFailed, match="Permission denied"):
            await processes.run(shell(line, writes=(target,), folder=tmp_path))
    assert secret.read_text() == "the key\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"], "what a failed program wrote is gone"


@has_walls
async def test_a_folder_it_may_write_to_is_its_own_with_all_below(tmp_path: Path) -> None:
    (tmp_path / "out" / "below").mkdir(parents=True)
    await processes.run(shell("echo 1 > out/one; echo 2 > out/below/two", writes=(tmp_path / "out",), folder=tmp_path))
    assert (tmp_path / "out" / "below" / "two").read_text() == "2\n"


@has_walls
async def test_it_starts_no_other_program(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="Permission denied"):
        await processes.run(shell("exec /usr/bin/env", folder=tmp_path))


@has_filter
@pytest.mark.parametrize("door", ["tcp", "udp"])
async def test_it_reaches_no_network(tmp_path: Path, listener: int, door: str) -> None:
    await processes.run(Command([BASH, "-c", f"echo hello > /dev/{door}/127.0.0.1/{listener}"]))
    with pytest.raises(ProgramFailed, match="Permission denied"):
        await processes.run(shell(f"echo hello > /dev/{door}/127.0.0.1/{listener}", folder=tmp_path))


@has_walls
async def test_it_inherits_nothing_from_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_SECRET", "the key")
    assert b"the key" not in (await processes.run(shell("export -p", folder=tmp_path))).stdout


@has_walls
async def test_the_walls_of_a_program_are_not_ours(tmp_path: Path, secret: Path) -> None:
    """Several at once, each behind its own; and we go on without any."""
    given = [tmp_path / f"given {number}" for number in range(6)]
    for number, path in enumerate(given):
        path.write_text(f"{number}\n")
    told = await asyncio.gather(
        *(processes.run(shell(f"read line < '{path}'; echo $line", reads=(path,), folder=tmp_path)) for path in given)
    )
    assert [ended.stdout for ended in told] == [b"%d\n" % number for number in range(6)]
    assert secret.read_text() == "the key\n"
    assert (await processes.run(Command(["cat", str(secret)]))).stdout == b"the key\n"


@has_walls
@pytest.mark.ffmpeg
async def test_an_encoder_that_would_open_anything_still_opens_one_file(tmp_path: Path) -> None:
    """FFmpeg without any of the flags that we guard it with: the walls alone are between it and the file."""
    secret = film(tmp_path / "secret.ts", seconds=1, sound=False, size="64x36")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    asked = ["-v", "error", "-allowed_extensions", "ALL", "-i", str(playlist), "-f", "null", "-"]
    argv = [str(bundled().ffmpeg), "-nostdin", *asked]
    await processes.run(Command(argv, seconds(60)))
    with pytest.raises(ProgramFailed, match="Error when loading first segment"):
        await processes.run(Command(argv, seconds(60), confinement=Confinement(reads=(playlist,))))


@linux
async def test_what_it_used_too_much_of_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="used more than 1 s of processor time"):
        await processes.run(Command([BASH, "-c", "while :; do :; done"], seconds(120), Limits(cpu_seconds=1)))
    big = tmp_path / "big"
    # Waits for a line first: the limits are set right after the start, not before it.
    endless = Command(
        [BASH, "-c", 'read go; trap "" PIPE; while :; do echo 0123456789 || kill -XFSZ $$; done > big'],
        seconds(60),
        Limits(file_bytes=10_000),
        tmp_path,
        stdin=b"go\n",
        confinement=Confinement(writes=(big,)),
    )
    with pytest.raises(ProgramFailed, match="wrote a file larger than it may"):
        await processes.run(endless)
    assert not big.exists()


@linux
async def test_a_program_that_opens_files_without_end_is_stopped(tmp_path: Path) -> None:
    line = 'read go; for n in {10..40}; do eval "exec $n</dev/null" || exit 9; done'
    limited = Command([BASH, "-c", line], seconds(60), Limits(open_files=20), stdin=b"go\n")
    with pytest.raises(ProgramFailed):
        await processes.run(limited)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes through /proc")
@has_walls
async def test_a_canceled_program_behind_walls_ends_and_leaves_nothing(tmp_path: Path) -> None:
    target, pid = tmp_path / "target", tmp_path / "pid"
    line = "echo $$ > pid; echo half > target; while :; do read -t 60; done < /dev/zero"
    running = asyncio.create_task(processes.run(shell(line, writes=(target, pid), folder=tmp_path)))
    async with asyncio.timeout(20):
        while not (target.exists() and target.read_text() and pid.read_text().strip()):
            await asyncio.sleep(0.01)
    number = int(pid.read_text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not target.exists()
    async with asyncio.timeout(20):
        while _is_alive(number):
            await asyncio.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
