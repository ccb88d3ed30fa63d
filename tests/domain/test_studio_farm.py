"""Worker processes of a real studio: one is killed while another goes on, and whoever asks is told."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matinee.kernel.errors import InvalidInput
from matinee.studio.production.api import FileRef, IngestRequest
from tests.domain.studio_house import OVER, TITLE, studio
from tests.media import film

pytestmark = pytest.mark.ffmpeg

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def worker(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    argv = [sys.executable, "-m", "tests.domain.studio_child", str(root)]
    with subprocess.Popen(argv, env=environment, cwd=ROOT) as child:
        try:
            yield child
        finally:
            child.kill()


async def test_a_worker_that_is_killed_costs_what_it_had_in_hand_and_nothing_else(tmp_path: Path) -> None:
    master = film(tmp_path / "master.mp4", seconds=40, size="160x90", rate="6", sound=False)
    root = tmp_path / "house"
    made: dict[str, set[int]] = {}

    def look() -> int:
        """Chunks by the files they were."""
        for path in (root / "studio" / "chunks").glob("[!.]*.mp4"):
            made.setdefault(path.name, set()).add(path.stat().st_ino)
        return len(made)

    async with studio(root, workers=0) as house, asyncio.timeout(120):
        await house.production.ingest(IngestRequest(FileRef(path=str(master)), profiles=("fast",)))
        with worker(root) as one, worker(root) as other:
            while not (
                mine := [w for w in await house.production.workers() if w.name == f"machine:{one.pid}" and w.jobs]
            ):
                await asyncio.sleep(0.01)
            os.kill(one.pid, signal.SIGKILL)
            assert {job.title_id for job in mine[0].jobs} == {TITLE}
            while (status := (await house.production.status(TITLE))[0]).state not in OVER:
                look()
                await asyncio.sleep(0.02)
            assert other.poll() is None
    assert (status.state, status.error) == ("ready", None)
    assert all(len(files) == 1 for files in made.values()), made
    if status.failures:  # it may have been killed between two jobs
        assert {failure.cause for failure in status.failures} == {
            f"Its worker machine:{one.pid} ended or fell silent in the middle of it."
        }


async def test_a_title_whose_worker_was_killed_is_deleted_all_the_same(tmp_path: Path) -> None:
    master = film(tmp_path / "master.mp4", seconds=40, size="160x90", rate="6", sound=False)
    root = tmp_path / "house"
    async with studio(root, workers=0) as house, asyncio.timeout(120):
        await house.production.ingest(IngestRequest(FileRef(path=str(master)), profiles=("fast",)))
        with worker(root) as one:
            while not any(w.jobs for w in await house.production.workers()):
                await asyncio.sleep(0.01)
            os.kill(one.pid, signal.SIGKILL)
        await house.production.delete(TITLE)
        assert [path for path in (root / "studio").rglob("*") if path.is_file()] == []


async def test_a_title_is_moved_in_the_queue_and_what_comes_after_it_moves_along(tmp_path: Path) -> None:
    async with studio(tmp_path / "house") as house, asyncio.timeout(120):
        master = film(tmp_path / "m.mp4", seconds=1, size="160x90", sound=False)
        begun = await house.production.ingest(IngestRequest(FileRef(path=str(master)), priority=70))
        assert begun.priority == 70
        (hurried,) = await house.production.prioritize(TITLE, 1)
        assert hurried.priority == 1
        with pytest.raises(InvalidInput, match="lower goes first; -1 is none"):
            await house.production.prioritize(TITLE, -1)
        # The full release has its priority once its journey has begun.
        while {v.profile: v.priority for v in await house.production.status(TITLE)} != {"fast": 1, "full": 101}:
            await asyncio.sleep(0.02)
        await house.production.cancel(TITLE)
