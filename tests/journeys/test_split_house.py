"""The thin path through the house in many processes. `MATINEE_TEST_SPLIT=1` sends every journey there; these always go."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import House, opened, with_viewer
from tests.journeys.test_press_play import resumes_elsewhere, sees_the_film
from tests.running import new_service

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


@pytest.fixture(scope="module")
def split_house(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Iterator[House]:
    with opened(new_service(tmp_path_factory.mktemp("split"), split=True), film) as found:
        yield found


def test_pressing_play_in_the_split_house_shows_the_film(person: Person, split_house: House) -> None:
    sees_the_film(person(), with_viewer(split_house))


def test_stopping_in_the_split_house_resumes_in_another_browser(person: Person, split_house: House) -> None:
    resumes_elsewhere(person, with_viewer(split_house))
