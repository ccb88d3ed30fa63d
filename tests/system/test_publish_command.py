"""`matinee publish` under what happens beside it: a service that ends, a journey that is canceled."""

import asyncio
import io
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from matinee.app.doors import Doors
from matinee.cli.progress import Progress
from matinee.cli.sending import send_file
from matinee.cli.service_client import find_service
from matinee.studio.production.api import VersionStatus
from tests.running import COMMAND, Service, environment, new_service, running, wait_until

pytestmark = pytest.mark.ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(new_service(tmp_path)) as started:
        yield started


class Publishing:
    """The command under way, and what it has said so far."""

    def __init__(self, service: Service, folder: Path) -> None:
        film = folder / "film.mkv"
        drawing = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-c:v", "libx264"]
        subprocess.run([FFMPEG, "-v", "error", *drawing, str(film)], check=True, timeout=120)
        self._said = folder / "said"
        flags = ["--title", "Small", "--releases", "fast", "--rating", "G", "--data", str(service.data)]
        with self._said.open("wb") as out:
            argv = [*COMMAND, "publish", str(film), *flags]
            self.process = subprocess.Popen(argv, stdout=out, stderr=out, env=environment({}))
        self.wait_for("fast release: ")

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.said, self._said)

    def ends_with(self, code: int, sentence: str) -> None:
        assert self.process.wait(timeout=60) == code, self.said
        assert self.said.endswith(f"matinee: {sentence}\n"), self.said
        assert "Traceback" not in self.said
        assert "release: :" not in self.said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_when_the_service_ends_it_says_how_to_go_on(service: Service, tmp_path: Path, how: signal.Signals) -> None:
    publishing = Publishing(service, tmp_path)
    assert service.process is not None
    os.kill(service.process.pid, how)
    publishing.ends_with(1, "The service ended. Start it and run this command again: it goes on where it stopped.")


def test_a_canceled_journey_ends_it_and_running_it_again_begins_anew(service: Service, tmp_path: Path) -> None:
    publishing = Publishing(service, tmp_path)
    queue: Any = service.call("GET", "/content/queue", token=service.operator())[1]["data"]
    (version,) = queue["versions"]
    assert version["name"] == "Small"
    assert service.call("POST", f"/content/{version['title_id']}/cancel", token=service.operator())[0] == 200
    publishing.ends_with(1, "It was canceled. Run this command again to begin anew.")

    done = service.run("publish", str(tmp_path / "film.mkv"), "--title", "Small", "--releases", "fast")
    assert done.stdout.strip().endswith(version["title_id"])
    assert "existing title" not in done.stderr

    other = tmp_path / "other.mkv"
    drawing = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=24:d=1", "-c:v", "libx264"]
    subprocess.run([FFMPEG, "-v", "error", *drawing, str(other)], check=True, timeout=120)
    done = service.run("publish", str(other), "--title", "Small", "--releases", "fast")
    assert 'This is a new version of an existing title, "Small"' in done.stderr


def test_on_a_fresh_directory_it_shows_the_operators_password_which_holds(tmp_path: Path) -> None:
    service = new_service(tmp_path)
    (tmp_path / "no-film.mkv").write_bytes(b"no film" * 1000)
    done = service.run("publish", str(tmp_path / "no-film.mkv"), "--title", "None", check=False)
    shown = re.search(r"Operate this service as (\S+), password (\S+) \(shown this once\)", done.stderr)
    assert shown is not None, done.stderr
    with running(service):
        assert service.sign_in(shown[1], shown[2])


def test_an_ingest_for_an_unknown_title_is_refused_at_once(service: Service) -> None:
    unknown = "01a1fcc8-d294-7b94-9f37-1e199d59939e"
    order = {"master_url": f"/api/v1/content/uploads/{unknown}", "title_id": unknown}
    status, answer = service.call("POST", "/content/ingest", order, token=service.operator())
    assert (status, answer["detail"]) == (404, "There is no such title here.")


async def test_what_is_said_of_a_title_by_its_id_is_what_it_is_called(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    drawing = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-c:v", "libx264"]
    subprocess.run([FFMPEG, "-v", "error", *drawing, str(path)], check=True, timeout=120)
    client = await find_service(service.data, Doors())
    assert client is not None
    order: dict[str, Any] = {"master_url": await send_file(client, path, Progress(io.StringIO()))}
    begun = await client.post("/content/ingest", {**order, "metadata": {"names": {"en": "Small"}}}, VersionStatus)
    order["title_id"] = begun.title_id
    for metadata, name in (({}, "Small"), ({"names": {"en": "Smaller"}}, "Smaller")):
        await client.post("/content/ingest", {**order, "metadata": metadata}, VersionStatus)
        assert (await client.get(f"/catalog/titles/{begun.title_id}", dict[str, Any]))["name"] == name
    await client.close()


async def test_two_commands_that_send_the_same_file_help_each_other(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "big.mkv"
    path.write_bytes(os.urandom(1 << 20) * 30)  # four parts
    client = await find_service(service.data, Doors())
    assert client is not None
    progress = Progress(io.StringIO())
    begun = await asyncio.gather(*(send_file(client, path, progress) for _ in range(4)))
    for place in set(begun):
        answer = await client.send("HEAD", place, headers={"tus-resumable": "1.0.0"})
        assert answer.headers["upload-offset"] == str(30 << 20)
    await client.close()
