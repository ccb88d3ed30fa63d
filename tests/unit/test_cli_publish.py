"""What `matinee publish` says while it waits for the appliances."""

import io
from collections.abc import Sequence
from typing import Any

from matinee.app.doors import Doors
from matinee.cli.progress import Progress
from matinee.cli.publish import show_filling
from matinee.cli.service_client import ServiceClient
from matinee.studio.production.api import VersionStatus
from matinee.wire.encoding import from_json, to_json
from tests.builders import NOON

MADE = VersionStatus("t", "Boat", "r1", "fast", "ready", "", 1.0, None, None, None, (), (), NOON, NOON)


class Fleet(ServiceClient):
    """A service whose appliances stand like this."""

    def __init__(self, appliances: Sequence[dict[str, Any]]) -> None:
        super().__init__("http://service.test", "token", Doors())
        self._appliances = appliances

    async def get(self, path: str, kind: type[Any]) -> Any:
        assert path == "/edge/appliances"
        return from_json(to_json(self._appliances), kind)


async def test_it_says_how_far_the_release_is_and_once_why_an_appliance_cannot_take_it() -> None:
    fills = [
        {"release_id": "r1", "bytes_done": 1, "bytes_total": 4, "error": None},
        {"release_id": "r2", "bytes_done": 4, "bytes_total": 4, "error": "Not ours to tell."},
    ]
    full = [{"release_id": "r1", "bytes_done": 0, "bytes_total": 0, "error": "The disk is full."}]
    client = Fleet([{"id": "flash-1", "filling": fills}, {"id": "flash-2", "filling": full}])
    said, told = io.StringIO(), set[str]()
    progress = Progress(said)
    for _ in range(2):
        await show_filling(client, MADE, progress, told)
    assert said.getvalue().splitlines() == [
        "  flash-2 does not get this release: The disk is full.",
        "fast release: placing it on the appliances: 25%",
    ]
    await client.close()
