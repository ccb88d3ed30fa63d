"""The object stores, by the contract; and what only a folder can get wrong: crashes, full disks, names in the way."""

import asyncio
import fcntl
import os
import resource
import signal
import string
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.blobs.folder import FolderBlobs, KeyInTheWay
from matinee.engines.blobs.names import parse_key
from matinee.engines.blobs.port import Blobs
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import DiskFull
from tests.contract.blobs_conformance import BlobsConformance


class TestFolderBlobs(BlobsConformance):
    @pytest.fixture
    async def blobs(self, tmp_path: Path) -> Blobs:
        return FolderBlobs(tmp_path / "store", SystemClock())


@given(st.text(alphabet=string.printable + "ü.…/\\", max_size=60))
def test_an_accepted_key_stays_below_the_folder_it_is_joined_to(key: str) -> None:
    try:
        parse_key(key)
    except InvalidInput:
        return
    joined = os.path.normpath(Path("/store/objects") / key)
    assert joined == f"/store/objects/{key}"


async def test_an_object_lies_as_a_plain_file_where_its_local_path_says(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, SystemClock())
    await blobs.put("releases/r1/release.json", b"{}")
    path = blobs.local_path("releases/r1/release.json")
    assert path == tmp_path / "objects/releases/r1/release.json"
    assert path.read_bytes() == b"{}"


async def test_an_object_cannot_lie_above_or_below_another(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, SystemClock())
    await blobs.put("a/b", b"x")
    with pytest.raises(KeyInTheWay):
        await blobs.put("a", b"x")
    with pytest.raises(KeyInTheWay):
        await blobs.put("a/b/c", b"x")
    await blobs.delete("a/b")
    await blobs.put("a", b"x")
    assert await blobs.get("a") == b"x"


async def test_a_full_disk_is_named_and_nothing_is_half_visible(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, SystemClock())
    await blobs.put("film", b"old")
    with _small_files(100_000):
        with pytest.raises(DiskFull, match="full"):
            await blobs.put("film", b"n" * 500_000)
        upload = await blobs.upload("film")
        with pytest.raises(DiskFull):
            await upload.write(b"n" * 500_000)
        await upload.abort()
    assert await blobs.get("film") == b"old"
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_an_adopted_file_is_not_copied_and_what_cannot_be_adopted_leaves_nothing(tmp_path: Path) -> None:
    blobs, source = FolderBlobs(tmp_path / "store", SystemClock()), tmp_path / "master"
    source.write_bytes(b"frames")
    assert not await blobs.adopt("film", tmp_path / "nothing")
    with source.open("rb") as other:  # as another process has it that is just adopting it
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not await blobs.adopt("film", source)
    assert await blobs.head("film") is None
    assert await blobs.adopt("film", source)
    assert (tmp_path / "store/objects/film").stat().st_ino == source.stat().st_ino
    FolderBlobs(tmp_path / "store", SystemClock())
    assert (source.read_bytes(), await blobs.get("film")) == (b"frames", b"frames")
    assert list((tmp_path / "store/uploads").iterdir()) == []


async def test_opening_the_store_spares_an_upload_that_is_still_being_written(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, SystemClock())
    upload = await blobs.upload("film")
    await upload.write(b"first half, ")
    FolderBlobs(tmp_path, SystemClock())
    await upload.write(b"second half")
    await upload.complete()
    assert await blobs.get("film") == b"first half, second half"


_WRITER = """
    import asyncio, sys
    from pathlib import Path
    from matinee.engines.blobs.folder import FolderBlobs
    from matinee.kernel.clock import SystemClock

    async def main():
        blobs = FolderBlobs(Path(sys.argv[1]), SystemClock())
        multipart = sys.argv[2] == "multipart"
        number = 0
        while True:
            number += 1
            data = bytes([number % 251]) * 2_000_000
            if multipart:
                upload = await blobs.upload("film")
                for at in range(0, len(data), 100_000):
                    await upload.write(data[at:at + 100_000])
                await upload.complete()
            else:
                await blobs.put("film", data)
            print(number, flush=True)

    asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["put", "multipart"])
async def test_after_a_kill_the_object_is_whole_and_no_older_than_what_was_acknowledged(
    tmp_path: Path, how: str
) -> None:
    for acknowledged_before_kill in (1, 2, 5):
        root = tmp_path / f"{how}-{acknowledged_before_kill}"
        acknowledged = await _write_until_killed(root, how, acknowledged_before_kill)
        blobs = FolderBlobs(root, SystemClock())
        data = await blobs.get("film")
        assert len(data) == 2_000_000
        assert data.count(data[0]) == len(data)
        assert data[0] in (acknowledged % 251, (acknowledged + 1) % 251)
        assert list((root / "uploads").iterdir()) == []
        versions = await blobs.versions("film")
        assert [blob.size for blob in versions] == [2_000_000] * len(versions)
        assert len({blob.version for blob in versions}) in (acknowledged, acknowledged + 1)


async def _write_until_killed(root: Path, how: str, count: int) -> int:
    """Start a writer, kill it in the middle of its work, and tell the last number it acknowledged."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    script = textwrap.dedent(_WRITER)
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(root), how, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert writer.stdout is not None
    last = 0
    while last < count:
        last = int(await writer.stdout.readline())
    while writer.returncode is None and not any((root / "uploads").iterdir()):
        await asyncio.sleep(0)  # until it is in the middle of the next
    os.kill(writer.pid, signal.SIGKILL)
    rest = (await writer.stdout.read()).split()
    await writer.wait()
    return int(rest[-1]) if rest else last


@contextmanager
def _small_files(limit: int) -> Iterator[None]:
    """A disk that is full after `limit` bytes of a file: the kernel's own limit, with its signal ignored."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
