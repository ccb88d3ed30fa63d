"""What the modules about split houses share; each has a `house` of its own."""

import subprocess

import imageio_ffmpeg
import pytest

from tests.running import Service
from tests.system.split_house import Viewer


@pytest.fixture(scope="module")
def title(house: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film of two seconds: uploaded in parts through the gateway, like any other."""
    film = tmp_path_factory.mktemp("film") / "film.mkv"
    drawing = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-c:v", "libx264"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *drawing, str(film)], check=True, timeout=120)
    house.run("publish", str(film), "--title", "Small", "--releases", "fast", "--rating", "G")
    (found,) = house.call("GET", "/catalog/titles", token=house.operator())[1]["data"]
    assert found["state"] == "available"
    return str(found["id"])


@pytest.fixture(scope="module")
def viewer(house: Service) -> Viewer:
    email = "viewer@split.example"
    token = house.sign_in(email, house.add_person(email, "Ada"))
    return Viewer(token, house.call("GET", "/profiles", token=token)[1]["data"][-1]["id"])
