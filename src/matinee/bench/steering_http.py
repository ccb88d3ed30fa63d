"""Content steering over HTTP: what a document costs the house that answers, asked as players ask for it."""

import asyncio
from pathlib import Path
from typing import Any

from matinee.app.doors import Doors
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.bench.report import Figure
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import from_json, to_json

_CONNECTIONS, _WARMING = 16, 200
_GOAL = 5_000


async def documents(folder: Path, doors: Doors, count: int) -> list[Figure]:
    """A real house behind its gateway, one session, connections that are kept."""
    house = RealHouse(folder, doors)
    try:
        await house.start(log=folder / "house.log")
        await house.publish()
        await house.sign_in()
        head = await _request(house)
        await _asked(house, head, _WARMING)
        idle = await _idle(house, doors)
        began, began_cpu = doors.clock.monotonic(), house.cpu_seconds()
        await _asked(house, head, count)
        took, spent = doors.clock.monotonic() - began, house.cpu_seconds() - began_cpu
    finally:
        await house.stop()
        await doors.network.close()
    own = max(0.01, spent - idle * took)
    return [
        Figure("documents_per_cpu_s", count / own, "1/s", _GOAL, better="higher"),
        Figure("documents_per_s", count / took, "1/s", better="higher"),
    ]


async def _request(house: RealHouse) -> bytes:
    answer = await house.call("POST", "/play", to_json({"title_id": house.title_id, "on_limit": "end_oldest"}))
    session = from_json(answer.body, dict[str, Any])["data"]["session_id"]
    token = (house.data / "operator.token").read_text().strip()
    path = f"/api/v1/playback/sessions/{session}/steering?_DASH_pathway=%22edge%22&_DASH_throughput=8000000"
    return f"GET {path} HTTP/1.1\r\nhost: house\r\nauthorization: Bearer {token}\r\n\r\n".encode()


async def _idle(house: RealHouse, doors: Doors) -> float:
    """Of a processor, what the house takes when nobody asks: its edges report, its jobs look around."""
    began, began_cpu = doors.clock.monotonic(), house.cpu_seconds()
    await doors.clock.sleep(seconds(3))
    return (house.cpu_seconds() - began_cpu) / (doors.clock.monotonic() - began)


async def _asked(house: RealHouse, head: bytes, count: int) -> None:
    each = [count // _CONNECTIONS + (n < count % _CONNECTIONS) for n in range(_CONNECTIONS)]
    await asyncio.gather(*(_ask(house, head, times) for times in each))


async def _ask(house: RealHouse, head: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        for _ in range(times):
            writer.write(head)
            said = await reader.readuntil(b"\r\n\r\n")
            length = int(said.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            document = await reader.readexactly(length)
            if not said.startswith(b"HTTP/1.1 200") or b"PATHWAY-PRIORITY" not in document:
                raise HouseFailed(f"Asked for a steering document, the house answered {said[9:12].decode()}.")
    finally:
        writer.close()
