"""What a fresh house shows while its first films are still being drawn."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD
from matinee.demo.films.catalog import FILMS
from tests.running import Service, new_service, running, wait_until

pytestmark = pytest.mark.ffmpeg


def test_the_films_being_drawn_are_promised_by_name_and_a_drawing_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with running(new_service(tmp_path, demo=True)) as service:
        promised(service)
        assert service.stop(signal.SIGTERM) == 0
        service.start()
        promised(service)


def promised(service: Service) -> None:
    token = service.sign_in(DEMO_EMAIL, DEMO_PASSWORD)
    profile = service.call("GET", "/profiles", token=token)[1]["data"][0]["id"]
    names = [film.names["en"] for film in FILMS]
    wait_until(lambda: [film["name"] for film in preparing(service, token, profile)] == names, service.log)
    wait_until(lambda: preparing(service, token, profile)[0]["progress"] > 0, service.log)
    assert service.call("GET", "/catalog/titles", token=service.operator())[1]["data"] == []


def preparing(service: Service, token: str, profile: str) -> Any:
    status, answer = service.call("GET", "/browse/home", token=token, profile=profile)
    assert status == 200, json.dumps(answer)
    return answer["data"]["preparing"]
