"""The front door as one ASGI application: filters before, a route, filters after.

Written on raw ASGI, since every request of the service passes here.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from matinee.delivery.gateway.api import (
    WAITING,
    Asgi,
    BodyTooLarge,
    Callers,
    ForeignOrigin,
    GatewayConfig,
    Message,
    Overloaded,
    Page,
    Receive,
    RequestTooSlow,
    Scope,
    Send,
)
from matinee.delivery.gateway.model.addresses import Network, networks_of, viewer_address
from matinee.delivery.gateway.model.requests import (
    cookie_of,
    declared_length,
    headers_of,
    is_foreign,
    sign_in_of,
)
from matinee.delivery.gateway.service.pages import page_for
from matinee.kernel.clock import Clock
from matinee.kernel.context import deadline_monotonic, request_id
from matinee.kernel.errors import MatineeError, NotFound
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import Span, seconds
from matinee.resilience.spans import Spans
from matinee.wire.callers import HEADER
from matinee.wire.inside import TRACEPARENT
from matinee.wire.problems import MEDIA_TYPE, problem, render, retry_after

_log = logger("gateway")
_requests = Counter("matinee_http_requests_total", "Requests by route family and status class", ["family", "status"])
_seconds = Histogram(
    "matinee_http_request_seconds",
    "Time to answer by route family",
    ["family"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_in_flight = Gauge("matinee_http_requests_in_flight", "Requests being answered")

_FAMILIES = frozenset(
    (
        "accounts",
        "artwork",
        "billing",
        "browse",
        "catalog",
        "content",
        "edge",
        "licenses",
        "play",
        "playback",
        "profiles",
        "search",
        "sessions",
        "titles",
    )
)
# Never shed: an edge that is not heard for five seconds is taken for dead, and a film nobody hears of loses its place.
# The server's own limit on connections still holds.
_VITAL = re.compile(r"/api/v1/(edge/agent/health|playback/sessions/[^/]+/heartbeat)\Z")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
_SILENCE_MAX = seconds(30)
"""Between two pieces of a body: who says nothing for longer must not hold a place."""
_AGENTS = "/api/v1/edge/agent/"
_NO_PAGES = ("/api/", "/metrics")
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Gateway:
    def __init__(
        self,
        control: Asgi,
        callers: Callers,
        pages: Mapping[str, Page],
        config: GatewayConfig,
        clock: Clock,
        ids: Ids,
        spans: Spans | None = None,
    ) -> None:
        self._control = control
        self._callers = callers
        self._pages = pages
        self._config = config
        self._clock = clock
        self._ids = ids
        self._spans = spans or Spans("house", clock, ids)
        self._trusted: Sequence[Network] = networks_of(config.trusted_proxies)
        self._busy = 0
        self.ready = False
        self.awaited: Sequence[str] = ()
        """Who has to be there before it is ready, and is not."""
        self.failing: Callable[[], Sequence[str]] = tuple
        """What of the work in the background keeps failing, by name."""
        self.allow_edges(())

    def allow_edges(self, origins: Sequence[str]) -> None:
        """Let the pages fetch from these, beside those of the configuration: appliances come and go."""
        self._security = _security_headers((*self._config.edge_origins, *origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = self._clock.monotonic()
        headers = headers_of(scope["headers"])
        given = headers.get("x-request-id", "")
        request = given if _REQUEST_ID.match(given) else self._ids.new()
        scope = self._seen_through(scope, headers)
        token = request_id.set(request)
        deadline = deadline_monotonic.set(began + self._allowed(scope["path"]).total_seconds())
        # Only a page needs to know the edges. With hundreds of them their names are more than clients take in a header.
        security = _API_SECURITY if scope["path"].startswith(_NO_PAGES) else self._security
        outcome = _Outcome(send, request, (*security, _HSTS) if scope["scheme"] == "https" else security)
        load = 0 if scope["path"] == WAITING else 1
        self._busy += load
        _in_flight.set(self._busy)
        family = _family(scope["path"])
        try:
            with self._spans.answering(
                f"{scope['method']} {family}", headers.get(TRACEPARENT), request=request
            ) as span:
                await self._answered(scope, headers, receive, outcome)
                span.outcome = str(outcome.status)
        finally:
            self._busy -= load
            _requests_of(family, outcome.status // 100).inc()
            _seconds_of(family).observe(self._clock.monotonic() - began)
            deadline_monotonic.reset(deadline)
            request_id.reset(token)

    def _seen_through(self, scope: Scope, headers: Mapping[str, str]) -> Scope:
        """With the viewer's own address, where one of ours stands between and says it."""
        client = scope.get("client")
        if not self._trusted or not client or "x-forwarded-for" not in headers:
            return scope
        return {**scope, "client": (viewer_address(client[0], headers["x-forwarded-for"], self._trusted), client[1])}

    def _allowed(self, path: str) -> Span:
        if path in (self._config.intake_path, self._config.import_path):
            return self._config.deadline_intake
        return self._config.deadline_content if path.startswith(self._config.content_prefix) else self._config.deadline

    async def _answered(self, scope: Scope, headers: Mapping[str, str], receive: Receive, outcome: "_Outcome") -> None:
        try:
            await self._answer(scope, headers, receive, outcome)
        except Exception as error:  # the last line of defense: every failure is answered, in one form
            await self._refuse(error, request_id.get(), outcome)

    async def _answer(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(("/api/", "/metrics/")) or path == "/metrics":
            await self._call(scope, headers, receive, send)
        elif path in ("/healthz", "/readyz"):
            failing = () if path == "/healthz" else self.failing()
            ready = path == "/healthz" or (self.ready and not failing)
            said = "ok" if ready else f"failing: {', '.join(failing)}" if failing else self._starting()
            await _reply(send, 200 if ready else 503, said.encode(), "text/plain")
        elif scope["method"] not in ("GET", "HEAD"):
            raise NotFound("There is nothing here to write to.")
        else:
            await self._page(path, headers, send)

    def _starting(self) -> str:
        return f"starting: waiting for {', '.join(self.awaited)}" if self.awaited else "starting"

    async def _call(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Pre filters: load, origin, size, caller. Then the control plane."""
        if self._busy > self._config.in_flight_max and not _VITAL.match(scope["path"]):
            raise Overloaded
        if is_foreign(scope["method"], headers):
            raise ForeignOrigin
        limit = self._body_limit(scope["path"])
        if declared_length(headers) > limit:
            raise BodyTooLarge(limit)
        # A caller ticket from outside is never believed: it is dropped, and made anew from the sign-in.
        kept = [(n, v) for n, v in scope["headers"] if n.lower() != HEADER.encode()]
        # An agent shows a token of its own, each second: it is nobody's sign-in, and looked for in vain.
        token = None if scope["path"].startswith(_AGENTS) else sign_in_of(headers, self._config.cookies)
        if token is not None:
            client = scope.get("client")
            ticket = await self._ticket(token, headers, client[0] if client else "")
            if ticket is not None:
                kept.append((HEADER.encode(), ticket.encode()))
        await self._control({**scope, "headers": kept}, _bounded(receive, limit), send)

    async def _ticket(self, token: str, headers: Mapping[str, str], address: str) -> str | None:
        """A header names the profile on purpose, so a wrong one is refused. A cookie may be left over from another
        account or a profile since removed: then nobody is chosen, or this browser could never sign in again."""
        if named := headers.get("x-matinee-profile"):
            return await self._callers.ticket(token, named, address=address)
        if remembered := cookie_of(headers, self._config.profile_cookie):
            with suppress(NotFound):
                return await self._callers.ticket(token, remembered, address=address)
        return await self._callers.ticket(token, None, address=address)

    async def _page(self, path: str, headers: Mapping[str, str], send: Send) -> None:
        page = page_for(self._pages, path)
        if page is None:
            raise NotFound("There is no such page.")
        cache = b"public, max-age=31536000, immutable" if page.immutable else b"no-cache"
        extra = [(b"cache-control", cache), (b"vary", b"accept-encoding")]
        body = page.body
        if page.compressed is not None and "gzip" in headers.get("accept-encoding", ""):
            body = page.compressed
            extra.append((b"content-encoding", b"gzip"))
        await _reply(send, 200, body, page.media_type, extra)

    async def _refuse(self, error: Exception, request: str, send: "_Outcome") -> None:
        status, document = problem(error, request_id=request)
        if not isinstance(error, MatineeError):
            _log.error("unexpected", error=f"{type(error).__name__}: {error}", exc_info=error)
        if send.status:
            raise error  # the answer has begun: all that is left is to break the connection
        later = [(name.encode(), value.encode()) for name, value in retry_after(status, document).items()]
        await _reply(send, status, render(document), MEDIA_TYPE, later)

    def _body_limit(self, path: str) -> int:
        if path == self._config.import_path:
            return self._config.import_max_bytes
        uploads = path.startswith(self._config.upload_prefix)
        return self._config.upload_max_bytes if uploads else self._config.body_max_bytes


class _Outcome:
    """`send`, with the post filters: the request id and the security headers go on every answer."""

    def __init__(self, send: Send, request: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._send = send
        self._headers = [(b"x-request-id", request.encode()), *headers]
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
        await self._send(message)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Count the body as it comes: a chunked request has no length to believe."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        try:
            async with asyncio.timeout(_SILENCE_MAX.total_seconds()):
                message = await receive()
        except TimeoutError:
            raise RequestTooSlow from None
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLarge(limit)
        return message

    return bounded


async def _reply(
    send: Send, status: int, body: bytes, media_type: str, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# To find a metric's child by its labels takes longer than to count. Families and classes of status are few.
@cache
def _requests_of(family: str, status_class: int) -> Counter:
    return _requests.labels(family, f"{status_class}xx")


@cache
def _seconds_of(family: str) -> Histogram:
    return _seconds.labels(family)


def _family(path: str) -> str:
    """A label with few values: never an id, never a ticket."""
    parts = path.split("/", 4)
    if not path.startswith("/api/"):
        return "pages"
    if path == WAITING:
        return "waiting"
    return parts[3] if len(parts) > 3 and parts[3] in _FAMILIES else "other"


def _security_headers(edge_origins: Sequence[str]) -> tuple[tuple[bytes, bytes], ...]:
    edges = " ".join(dict.fromkeys(edge_origins))
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob: {edges}; media-src 'self' blob: {edges}; connect-src 'self' {edges}; "
        "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    )


_API_SECURITY = _security_headers(())
