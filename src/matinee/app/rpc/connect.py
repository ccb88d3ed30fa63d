"""The asking side: an object with a Protocol's methods, each of which is a call to the process that owns the service."""

from contextlib import suppress
from typing import Any, Protocol

from matinee.app.rpc.problems import KnownErrors
from matinee.app.rpc.shapes import Shape, shapes, stays
from matinee.kernel.context import request_id
from matinee.kernel.errors import InvalidInput, MatineeError, Unavailable
from matinee.kernel.network import Answer, Network, NotReached, Outgoing
from matinee.kernel.quantities import Span
from matinee.resilience.guard import Call, calls_of
from matinee.resilience.neighbor import Neighbor, NoAnswer, NotAsked
from matinee.resilience.spans import passed_on
from matinee.wire.inside import DEADLINE_MS, REQUEST_ID, RPC, TOKEN
from matinee.wire.problems import MEDIA_TYPE


class OnlyAtHome(MatineeError):
    """This call takes a stream; it is asked only in the process of its service."""


class Places(Protocol):
    """Where the instances of a service are."""

    async def find(self, service: str) -> str:
        """The base URL of one. Raises `NoAnswer` when there is none."""
        ...

    def note_failure(self, service: str, url: str) -> None: ...


class Transport:
    """Carries one call to one service. `secret` shows that we are a service of this house."""

    def __init__(
        self, service: str, network: Network, places: Places, secret: str, neighbor: Neighbor, errors: KnownErrors
    ) -> None:
        self._service = service
        self._network = network
        self._places = places
        self._secret = secret
        self._neighbor = neighbor
        self._errors = errors

    async def call(self, shape: Shape, body: bytes) -> Any:
        return await self._neighbor.call(shape.name, shape.policy, lambda time: self._send(shape, body, time))

    async def _send(self, shape: Shape, body: bytes, time: Span) -> Any:
        place = await self._places.find(self._service)
        headers = {
            "content-type": "application/json",
            TOKEN: self._secret,
            DEADLINE_MS: str(int(time.total_seconds() * 1000)),
            REQUEST_ID: request_id.get(),
            **passed_on(),
        }
        url = f"{place}{RPC}{self._service}/{shape.name}"
        try:
            answer = await self._network.fetch(Outgoing("POST", url, headers, body, time))
        except Unavailable as error:
            self._places.note_failure(self._service, place)
            kind = NotAsked if isinstance(error, NotReached) else NoAnswer
            raise kind(f"{self._service.capitalize()} does not answer. Try again in a few seconds.") from error
        if answer.status == 200:
            try:
                return shape.unpack_result(answer.body)
            except InvalidInput as error:
                said = f"{self._service} answered what this version cannot read: {error.sentence}"
                raise MatineeError(said) from error
        raise self._refused(answer)

    def _refused(self, answer: Answer) -> MatineeError:
        if answer.headers.get("content-type") == MEDIA_TYPE:
            with suppress(InvalidInput):  # what is wrong with it is no fault of who asked us
                return self._errors.unpack(answer.body)
        return NoAnswer(f"{self._service.capitalize()} gave no answer of ours (status {answer.status}).")


def connect(protocol: Any, transport: Transport) -> Any:
    """An object with the Protocol's methods, and nothing else."""
    travels = shapes(protocol)
    methods = {
        name: staticmethod(_at_home(protocol, name) if stays(method) else _remote(travels[name], transport))
        for name, method in calls_of(protocol).items()
    }
    return type(f"Remote{protocol.__name__}", (), {"__slots__": (), **methods})()


def _remote(shape: Shape, transport: Transport) -> Call:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await transport.call(shape, shape.pack(args, kwargs))

    return call


def _at_home(protocol: Any, name: str) -> Call:
    async def call(*args: Any, **kwargs: Any) -> Any:
        raise OnlyAtHome(f"{protocol.__name__}.{name} takes a stream: send it to the address of its service.")

    return call
