"""`matinee publish` under what happens beside it: a service that ends, a journey that is canceled."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

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
