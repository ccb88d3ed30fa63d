"""Signing in, and what a signed-in client asks most: requests a core and how late the slowest come, by HTTP against a house
in this process.

Requests are handed to the gateway as a server would, without a socket between, so that only the house's own work is counted.
`first` calls show a sign-in that was not seen before, so that members and billing are asked who it is; `again` calls show
one whose caller ticket the gateway still keeps. Signing in is measured with Argon2 as it is served, and with a light one:
what lies between is what guessing is meant to cost.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from matinee.app.doors import Doors
from matinee.app.house import House, open_house
from matinee.app.settings import Settings
from matinee.bench.houses import HouseFailed, cpu_seconds
from matinee.bench.report import Figure, Report, percentile
from matinee.control.catalog.api import NewTitle, Words
from matinee.control.members.api import NewProfile
from matinee.kernel.ids import TitleId
from matinee.wire.encoding import to_json
from matinee.wire.events import ReleasePlaced, ReleaseReady, seal
from matinee.wire.releases import Release

_EMAIL, _PASSWORD = "member@bench.example", "velvet-and-popcorn"
_SIGN_INS = {"light": 400, "strong": 40}
_DEVICES, _CALLS = 300, 1500
_AT_ONCE, _MEMBERS = 8, 16
"""More members than requests at once: one who signs in many times at the same moment is taken for a guesser."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    expected: int = 200


@dataclass(frozen=True, slots=True)
class _Measured:
    per_core: float
    """Requests for each second of processor."""
    times_ms: Sequence[float]

    def figures(self, name: str) -> list[Figure]:
        return [
            Figure(f"{name}_per_core", self.per_core, "1/s", better="higher"),
            Figure(f"{name}_p50", percentile(self.times_ms, 0.5), "ms"),
            Figure(f"{name}_p99", percentile(self.times_ms, 0.99), "ms"),
        ]


async def run(_options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    figures: list[Figure] = []
    try:
        for passwords, count in _SIGN_INS.items():
            say(f"{count} sign-ins with {passwords} hashes …")
            with TemporaryDirectory() as folder:
                figures += await _sign_ins(Path(folder), doors, passwords, count)
        say(f"{_CALLS} calls each for profiles and a title, {_DEVICES} devices …")
        with TemporaryDirectory() as folder:
            figures += await _calls(Path(folder), doors)
    finally:
        await doors.network.close()
    counts = {f"sign_ins_{name}": count for name, count in _SIGN_INS.items()}
    return Report("accounts", {**counts, "devices": _DEVICES, "calls": _CALLS, "at_once": _AT_ONCE}, figures)


async def _sign_ins(folder: Path, doors: Doors, passwords: str, count: int) -> list[Figure]:
    chosen: Literal["light", "strong"] = "light" if passwords == "light" else "strong"
    async with open_house(Settings(folder, demo=False, passwords=chosen), doors) as house:
        asked: list[_Request] = []
        for n in range(_MEMBERS):
            email = f"{n}.{_EMAIL}"
            await house.services.members.create(email, _PASSWORD, country="DE")
            body = to_json({"email": email, "password": _PASSWORD, "device": "bench"})
            asked.append(_Request("POST", "/sessions", {"content-type": "application/json"}, body, expected=201))
        await _measured(house, doors, asked[:5])
        return (await _measured(house, doors, (asked * count)[:count])).figures(f"sign_in_{passwords}")


async def _calls(folder: Path, doors: Doors) -> list[Figure]:
    async with open_house(Settings(folder, demo=False, passwords="light"), doors) as house:
        tokens, profile, title = await _furnished(house, doors)
        found: list[Figure] = []
        for name, path in (("profiles", "/profiles"), ("title", f"/titles/{title}/metadata")):
            fresh = tokens[:_DEVICES] if name == "profiles" else tokens[_DEVICES:]
            first = [_Request("GET", path, _shown(token, profile)) for token in fresh]
            await _measured(house, doors, [first[0]] * 50)
            found += (await _measured(house, doors, first[1:])).figures(f"{name}_first")
            found += (await _measured(house, doors, [first[0]] * _CALLS)).figures(f"{name}_again")
        return found


async def _furnished(house: House, doors: Doors) -> tuple[list[str], str, TitleId]:
    """A member with many devices, and a title that may be seen."""
    services = house.services
    account = await services.members.create(_EMAIL, _PASSWORD, country="DE")
    await services.billing.subscribe(account.id, "premium")
    profile = await services.members.add_profile(account.id, NewProfile("Ada"))
    tokens = [
        (await services.members.open_session(account.id, device=f"device {n}")).token for n in range(2 * _DEVICES)
    ]
    title = await services.catalog.create(
        NewTitle("movie", {"en": Words("Paper Boat", "A boat of paper goes to sea.")})
    )
    now, release_id = doors.clock.now(), doors.ids.new()
    sha = "0" * 64
    release = Release(release_id, title, now, "full", sha, 8000, "clear", ())
    await house.engines.blobs.put(f"releases/{release_id}/release.json", to_json(release))
    for event in (ReleaseReady(title, release_id, "full", 8000, 1, sha), ReleasePlaced(title, release_id)):
        await services.catalog.note(seal(event, ids=doors.ids, at=now, source="bench"))
    return tokens, profile.id, title


def _shown(token: str, profile: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "x-matinee-profile": profile}


async def _measured(house: House, doors: Doors, requests: Sequence[_Request]) -> _Measured:
    times: list[float] = []
    waiting = iter(requests)

    async def one_after_another() -> None:
        for request in waiting:
            began = doors.clock.monotonic()
            await _ask(house, request)
            times.append((doors.clock.monotonic() - began) * 1000)

    before = cpu_seconds(os.getpid())
    await asyncio.gather(*(one_after_another() for _ in range(_AT_ONCE)))
    # The kernel counts in hundredths.
    spent = max(0.01, cpu_seconds(os.getpid()) - before)
    return _Measured(len(requests) / spent, times)


async def _ask(house: House, request: _Request) -> None:
    """As a server hands a request on."""
    sent: list[Any] = []
    headers = {**request.headers, "host": "bench", "content-length": str(len(request.body))}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": f"/api/v1{request.path}",
        "raw_path": f"/api/v1{request.path}".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("bench", 80),
        "state": {},
        "extensions": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await house.gateway(scope, receive, send)
    if sent[0]["status"] != request.expected:
        raise HouseFailed(
            f"{request.method} {request.path} answered {sent[0]['status']}: {sent[-1].get('body')!r:.300}"
        )
