"""The door of a service process: everything comes with the house's token, from the gateway or from another service."""

import hmac
from collections.abc import Mapping

from matinee.app.rpc.problems import pack_problem
from matinee.delivery.gateway.api import Asgi, Message, Receive, Scope, Send
from matinee.kernel.clock import Clock
from matinee.kernel.context import deadline_monotonic, request_id
from matinee.kernel.errors import InvalidInput, MatineeError, NotAllowed, NotFound
from matinee.resilience.spans import Spans
from matinee.wire.inside import CLIENT, DEADLINE_MS, REQUEST_ID, RPC, SCHEME, TOKEN, TRACEPARENT
from matinee.wire.problems import MEDIA_TYPE


class NotOfThisHouse(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Services answer only each other. Ask the gateway.")


class ServiceDoor:
    """`calls`: the answering side of each service that lives here; `public`: the routes that the gateway passes on."""

    def __init__(self, calls: Mapping[str, Asgi], public: Asgi, clock: Clock, spans: Spans, *, secret: str) -> None:
        self._calls = calls
        self._spans = spans
        self._public = public
        self._clock = clock
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = request_id.set(headers.get(REQUEST_ID, "-"))
        deadline = deadline_monotonic.set(None)
        try:
            if not hmac.compare_digest(headers.get(TOKEN, "").encode(), self._secret):
                raise NotOfThisHouse
            deadline_monotonic.set(self._deadline(headers.get(DEADLINE_MS)))
            chosen = self._chosen(scope, headers)
            with self._spans.answering(self._name_of(scope), headers.get(TRACEPARENT)) as span:

                async def noted(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.outcome = str(message["status"])
                    await send(message)

                await chosen(_as_asked(scope, headers) if chosen is self._public else scope, receive, noted)
        except MatineeError as error:
            status, body = pack_problem(error)
            sent = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": sent})
            await send({"type": "http.response.body", "body": body})
        finally:
            deadline_monotonic.reset(deadline)
            request_id.reset(request)

    def _chosen(self, scope: Scope, headers: Mapping[str, str]) -> Asgi:
        path: str = scope["path"]
        if not path.startswith(RPC):
            return self._public
        service = path[len(RPC) :].partition("/")[0]
        # What the gateway passes on names its sender, and is never a call between services, whatever its path says.
        if CLIENT in headers or service not in self._calls:
            raise NotFound("There is no such service here.")
        return self._calls[service]

    def _name_of(self, scope: Scope) -> str:
        """Few of them: never an id."""
        path: str = scope["path"]
        return path[len(RPC) :].replace("/", ".") if path.startswith(RPC) else f"{scope['method']} {self._spans.place}"

    def _deadline(self, text: str | None) -> float | None:
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise InvalidInput(f"{DEADLINE_MS} is a number of milliseconds.")
        return self._clock.monotonic() + int(text[:12]) / 1000


_NO_FURTHER = frozenset(name.encode() for name in (TOKEN, CLIENT, SCHEME, DEADLINE_MS))


def _as_asked(scope: Scope, headers: Mapping[str, str]) -> Scope:
    """The request as it came to the gateway: from whom, and over what. The token goes no further."""
    kept = [(name, value) for name, value in scope["headers"] if name not in _NO_FURTHER]
    client = (headers[CLIENT], 0) if CLIENT in headers else scope.get("client")
    return {**scope, "headers": kept, "client": client, "scheme": headers.get(SCHEME, scope.get("scheme", "http"))}
