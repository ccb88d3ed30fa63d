"""The control plane as several processes: each request goes on to the service that owns its route, as it arrives.

Neither body is held: a part of an upload streams through, and so does the answer. Until the head of the answer is there,
the request is a call like any other: it has a place, the breaker's word, and another attempt where nobody took it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack

from matinee.delivery.gateway.api import Asgi, ClientGone, Owners, Receive, Scope, Send
from matinee.delivery.gateway.model.requests import headers_of
from matinee.delivery.gateway.model.routing import RouteTable
from matinee.kernel.clock import Clock
from matinee.kernel.context import request_id
from matinee.kernel.errors import NotFound, Unavailable
from matinee.kernel.network import Incoming, Network, NotReached, Outgoing
from matinee.kernel.policy import CallPolicy
from matinee.kernel.quantities import Span, minutes
from matinee.resilience.deadlines import time_for
from matinee.resilience.neighbor import AskerFailed, Neighbor, NoAnswer, NotAsked
from matinee.resilience.spans import Spans, passed_on
from matinee.wire.inside import CLIENT, DEADLINE_MS, REQUEST_ID, SCHEME, TOKEN, TRACEPARENT

_LONGEST = minutes(90)
"""Of what the gateway allows: to take in a large master."""
_CALL = "http"
"""Under which its time is noted, beside the calls between services."""
_OURS = frozenset({CLIENT, DEADLINE_MS, REQUEST_ID, SCHEME, TOKEN, TRACEPARENT})
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


class Proxy:
    """`own` answers what belongs to no service: the description of the API, this process's metrics, and who is lost.

    Below `/metrics/` are those of each other process: an operator reaches them all at one address. `neighbor` makes what
    guards the way to one of them.
    """

    def __init__(
        self,
        routes: RouteTable,
        owners: Owners,
        network: Network,
        clock: Clock,
        spans: Spans,
        *,
        secret: str,
        own: Asgi,
        neighbor: Callable[[str], Neighbor],
        processes: Sequence[str],
    ) -> None:
        self._routes = routes
        self._owners = owners
        self._network = network
        self._clock = clock
        self._spans = spans
        self._secret = secret
        self._own = own
        self._metrics = {f"/metrics/{name}": name for name in processes}
        self._neighbors = {name: neighbor(name) for name in processes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner = self._routes.owner(scope["method"], scope["path"]) or self._metrics.get(scope["path"])
        if owner is None:
            await self._own(scope, receive, send)
            return
        with self._spans.asking(f"{scope['method']} {owner}") as span:
            span.outcome = await self._pass_to(owner, scope, receive, send)

    async def _pass_to(self, owner: str, scope: Scope, receive: Receive, send: Send) -> str:
        """The status of the answer."""
        path, body = self._path(scope), _Body(receive)
        # What the request has left is the time of this call; a longer silence is the neighbor's.
        policy = CallPolicy(time_for(_LONGEST, now=self._clock.monotonic()))
        async with AsyncExitStack() as answering:

            async def ask(time: Span) -> tuple[str, Incoming]:
                place = await self._owners.find(owner)
                request = self._request(scope, f"{place}{path}", body, time)
                try:
                    return place, await answering.enter_async_context(self._network.stream(request))
                except Unavailable as error:
                    raise self._failed(owner, place, body, error) from None

            try:
                place, answer = await self._neighbors[owner].within_limits(_CALL, policy, ask)
            except AskerFailed as stopped:
                raise stopped.error from None
            try:
                await _pass_on(answer, send, is_head=scope["method"] == "HEAD")
            except Unavailable:
                if body.error is not None:
                    raise body.error from None
                self._owners.note_failure(owner, place)
                raise
            return str(answer.status)

    def _failed(self, owner: str, place: str, body: "_Body", error: Unavailable) -> Exception:
        if body.error is not None:
            return AskerFailed(body.error)
        self._owners.note_failure(owner, place)
        kind = NotAsked if isinstance(error, NotReached) and not body.is_begun else NoAnswer
        return kind(f"{owner.capitalize()} does not answer. Try again in a few seconds.")

    def _path(self, scope: Scope) -> str:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        if b"%2f" in raw.lower() or b"%5c" in raw.lower():
            raise NotFound("There is nothing at this address.")
        path = "/metrics" if scope["path"] in self._metrics else raw.split(b"?")[0].decode("ascii", "replace")
        query = scope.get("query_string", b"").decode("latin-1")
        return f"{path}{'?' + query if query else ''}"

    def _request(self, scope: Scope, url: str, body: "_Body", time: Span) -> Outgoing:
        headers = headers_of(scope["headers"])
        has_body = "content-length" in headers or "transfer-encoding" in headers
        client = scope.get("client") or ("", 0)
        sent = {name: value for name, value in headers.items() if name not in _OURS and name not in _HOP_BY_HOP}
        sent |= {
            TOKEN: self._secret,
            REQUEST_ID: request_id.get(),
            DEADLINE_MS: str(int(time.total_seconds() * 1000)),
            **passed_on(),
            CLIENT: client[0],
            SCHEME: scope["scheme"],
            # Else the client's library asks for encodings the caller does not know.
            "accept-encoding": headers.get("accept-encoding", "identity"),
        }
        pieces = body.pieces() if has_body and headers.get("content-length") != "0" else None
        return Outgoing(scope["method"], url, sent, timeout=time, pieces=pieces)


class _Body:
    """The request's body as it arrives; what stopped it is kept, for the network reports only that it stopped."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_begun = False
        self.error: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        try:
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                if piece := message.get("body", b""):
                    yield piece
                if not message.get("more_body"):
                    return
        except Exception as error:
            self.error = error
            raise


async def _pass_on(answer: Incoming, send: Send, *, is_head: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _passed(answer.fields)})
    if not is_head:
        async for chunk in answer.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _passed(fields: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    kept = ((n, v) for n, v in fields if n not in _HOP_BY_HOP and n not in ("date", "server"))
    return [(name.encode("latin-1"), value.encode("utf-8", "surrogateescape")) for name, value in kept]
