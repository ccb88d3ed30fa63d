"""How commands speak to the running service: its URL from the lock, its operator's token from a private file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from matinee.app.doors import Doors
from matinee.app.lock import is_held, running
from matinee.kernel.errors import MatineeError
from matinee.kernel.network import Answer, Outgoing, SystemNetwork
from matinee.kernel.quantities import Span, minutes, seconds
from matinee.wire.encoding import from_json, to_json

T = TypeVar("T")

_STARTING_MAX = minutes(1)
_LOOK_EVERY = seconds(0.2)
_ANSWERED_WITHIN = minutes(10)
_BUSY = 503
_BUSY_MAX, _ASKED_AGAIN_EVERY = minutes(2), seconds(1)
"""Whoever waits for a film does not give up because the machine that makes it is busy with that."""


class NoService(MatineeError):
    def __init__(self, data: str) -> None:
        super().__init__(f"No service runs on {data}. Start it with `matinee up`, or name another with --data.")


class ServiceRefused(MatineeError):
    """The service said no; its sentence is ours."""


class OutOfStep(ServiceRefused):
    """409: somebody else was quicker. What the service has now may be asked, and the command goes on from there."""


class NotNow(ServiceRefused):
    """503: it may be done later, or go on meanwhile. Who asks for what may be repeated asks again."""


_REFUSALS = {409: OutOfStep, _BUSY: NotNow}


@dataclass(frozen=True, slots=True)
class _Problem:
    detail: str = "The service gave no reason."


class ServiceClient:
    def __init__(self, url: str, token: str, doors: Doors) -> None:
        self.url = url
        self._token = token
        self._doors = doors

    async def get(self, path: str, kind: type[T]) -> T:
        return _data(await self.send("GET", path), kind)

    async def post(self, path: str, body: object, kind: type[T], *, timeout: Span = _ANSWERED_WITHIN) -> T:
        headers = {"content-type": "application/json"}
        return _data(await self.send("POST", path, headers=headers, body=to_json(body), timeout=timeout), kind)

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        timeout: Span = _ANSWERED_WITHIN,
    ) -> Answer:
        """One call; an error answer is raised as its sentence."""
        signed = {"authorization": f"Bearer {self._token}", **(headers or {})}
        url = path if "://" in path else f"{self.url}{path if path.startswith('/api/') else '/api/v1' + path}"
        asked = Outgoing(method, url, headers=signed, body=body, timeout=timeout)
        began = self._doors.clock.monotonic()
        answer = await self._doors.network.fetch(asked)
        while method == "GET" and answer.status == _BUSY and not self._is_late(began):
            await self._doors.clock.sleep(_ASKED_AGAIN_EVERY)
            answer = await self._doors.network.fetch(asked)
        if answer.status >= 400:
            raise _REFUSALS.get(answer.status, ServiceRefused)(
                from_json(answer.body or b"{}", _Problem, what="The service's answer").detail
            )
        return answer

    def _is_late(self, began: float) -> bool:
        return self._doors.clock.monotonic() - began > _BUSY_MAX.total_seconds()

    async def pause(self, span: Span) -> None:
        await self._doors.clock.sleep(span)

    async def close(self) -> None:
        await self._doors.network.close()


async def find_service(data: Path, doors: Doors) -> ServiceClient | None:
    """A client to the service of this data directory, if one runs; one that is starting is waited for."""
    began = doors.clock.monotonic()
    while (found := running(data)) is None:
        if not is_held(data):
            return None
        if doors.clock.monotonic() - began > _STARTING_MAX.total_seconds():
            raise ServiceRefused(f"A service has {data}, but does not answer. Look at its log, or end it.")
        await doors.clock.sleep(_LOOK_EVERY)
    trusting = Doors(network=SystemNetwork(trusted=Path(found.certificate) if found.certificate else None))
    return ServiceClient(found.url, (data / "operator.token").read_text().strip(), trusting)


@asynccontextmanager
async def running_service(data: Path) -> AsyncIterator[ServiceClient]:
    client = await find_service(data, Doors())
    if client is None:
        raise NoService(str(data))
    try:
        yield client
    finally:
        await client.close()


def _data(answer: Answer, kind: type[T]) -> T:
    body: dict[str, Any] = from_json(answer.body, dict[str, Any], what="The service's answer")
    return from_json(to_json(body["data"]), kind, what="The service's answer")
