"""A house for every test that asks for one; for the suites of the inside doors, one of each binding."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from matinee.kernel.network import SystemNetwork
from tests.domain.edge_world import Desk, Source
from tests.house import LIGHT, House, open_house
from tests.wire import BINDINGS

SUITES_OF_APIS = {
    f"tests.domain.test_{name}"
    for name in ("billing", "catalog", "discovery", "drm", "members", "notices", "playback", "steering", "viewing")
}
"""What a domain promises holds whether it is asked directly, over a wire, or over one that loses and delays."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chooses = any(mark.args[0] == "house" for mark in metafunc.definition.iter_markers("parametrize"))
    if "house" in metafunc.fixturenames and metafunc.module.__name__ in SUITES_OF_APIS and not chooses:
        metafunc.parametrize("house", BINDINGS, indirect=True)


@pytest.fixture
def hasher() -> PasswordHasher:
    """What guessing a password costs is what a few tests are about; those ask for the real one."""
    return LIGHT


@pytest.fixture
async def house(tmp_path: Path, request: pytest.FixtureRequest, hasher: PasswordHasher) -> AsyncIterator[House]:
    async with open_house(tmp_path, binding=getattr(request, "param", "direct"), hasher=hasher) as opened:
        yield opened


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.open()
    yield desk
    await desk.close()


@pytest.fixture
async def network() -> AsyncIterator[SystemNetwork]:
    network = SystemNetwork()
    yield network
    await network.close()


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Source]:
    source = Source(tmp_path / "studio")
    await source.open()
    yield source
    await source.close()
