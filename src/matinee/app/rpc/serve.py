"""The answering side: one ASGI handler for all methods of a Protocol."""

from typing import Any

from matinee.app.rpc.problems import pack_problem
from matinee.app.rpc.shapes import Shape, shapes
from matinee.delivery.gateway.api import Asgi, Receive, Scope, Send
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, MatineeError, NotFound
from matinee.kernel.log import logger
from matinee.kernel.policy import CallPolicy
from matinee.resilience.deadlines import time_for
from matinee.wire.problems import MEDIA_TYPE

_log = logger("rpc")
_BODY_BYTES_MAX = 32 << 20


def serve(protocol: Any, service: Any, clock: Clock) -> Asgi:
    """Answers `POST …/{method}`. Who may ask, and how long there is, was settled by the door before it."""
    methods: dict[str, tuple[Shape, Any]] = {
        name: (shape, getattr(service, name)) for name, shape in shapes(protocol).items()
    }

    async def answer(scope: Scope, receive: Receive) -> tuple[int, bytes, str]:
        try:
            shape, method = methods[scope["path"].rpartition("/")[2]]
        except KeyError:
            raise NotFound(f"{protocol.__name__} has no such call.") from None
        if scope["method"] != "POST":
            raise InvalidInput("Calls between services are POST requests.")
        arguments = shape.unpack(await _body(receive))
        time_for(CallPolicy().timeout, now=clock.monotonic())  # refuses what nobody waits for any more
        return 200, shape.pack_result(await method(**arguments)), "application/json"

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, body, media_type = await answer(scope, receive)
        except Exception as error:  # every failure is answered, as what it was
            if not isinstance(error, MatineeError):
                _log.error("unexpected", call=scope["path"], error=f"{type(error).__name__}: {error}", exc_info=error)
            (status, body), media_type = pack_problem(error), MEDIA_TYPE
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return handle


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInput("The call broke off before all of it had arrived.")
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > _BODY_BYTES_MAX:
            raise InvalidInput(f"A call between services has at most {_BODY_BYTES_MAX} bytes.")
        if not message.get("more_body"):
            return b"".join(parts)
