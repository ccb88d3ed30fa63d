"""The control plane's HTTP application: every domain's routes, one caller check, one form of answer and of error."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from matinee import __version__
from matinee.app.auditing import Auditor
from matinee.app.known_callers import KnownCallers, refused
from matinee.app.lean import Lean
from matinee.app.openapi import OPENAPI, describe
from matinee.control.members.api.audit import Audit
from matinee.delivery.gateway.api import Asgi
from matinee.kernel.clock import Clock
from matinee.kernel.context import request_id
from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.kernel.log import logger
from matinee.wire.callers import HEADER, Caller
from matinee.wire.problems import MEDIA_TYPE, document, problem, retry_after
from matinee.wire.tickets import TicketRefused

_log = logger("http")
BELOW = "/api/v1"
"""Where all routes lie."""


def control_app(routes: Sequence[HTTPRouteHandler], callers: KnownCallers, audit: Audit) -> Litestar:
    """Handlers ask for `caller: Caller` or `operator: Caller` and get a checked one; what operators do is recorded."""
    auditor = Auditor(audit, below=BELOW)

    async def caller(request: Request[Any, Any, Any]) -> Caller:
        return callers.caller(request.headers.get(HEADER))

    async def operator(request: Request[Any, Any, Any]) -> Caller:
        found = callers.operator(request.headers.get(HEADER))
        await auditor.asked(request, found)
        return found

    for handler in routes:
        if not handler.opt.get("bare"):
            handler.after_request = _envelope

    @get("/metrics", include_in_schema=False, opt={"bare": True}, sync_to_thread=False)
    def metrics(operator: NamedDependency[Caller]) -> Response[bytes]:
        """For Prometheus, with an operator's token as its bearer token."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app: Litestar

    @get("/api/docs", include_in_schema=False, media_type="application/json", sync_to_thread=False)
    def docs() -> Response[dict[str, Any]]:
        return Response(describe(app), media_type="application/json")

    app = Litestar(
        [Router(BELOW, route_handlers=list(routes)), metrics, docs],
        before_send=[auditor.before_send],
        dependencies={"caller": Provide(caller), "operator": Provide(operator)},
        exception_handlers={Exception: lambda asked, error: refuse(asked.method, asked.url.path, error)},
        openapi_config=OPENAPI,
        logging_config=None,
        debug=False,
    )
    return app


def answering(routes: Sequence[HTTPRouteHandler], keys: Mapping[str, bytes], clock: Clock, audit: Audit) -> Asgi:
    """The application, with the calls in front of it that are answered without its machinery. `keys` verify callers."""
    callers = KnownCallers(keys, clock)
    app = control_app(routes, callers, audit)
    return Lean(app, routes, callers, below=BELOW, refuse=refuse, wrap=_wrapped)  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar


async def _envelope(response: Response[Any]) -> Response[Any]:
    if isinstance(response.content, bytes) or response.status_code == 204:
        return response
    response.content = _wrapped(response.content)
    return response


def _wrapped(content: object) -> object:
    return {"data": content, "meta": {"request_id": request_id.get(), "version": __version__}}


def refuse(method: str, path: str, error: Exception) -> Response[Mapping[str, object]]:
    """What is answered instead of what was asked for."""
    request = request_id.get()
    if isinstance(error, ValidationException):
        body: Mapping[str, object] = document(
            400,
            "invalid-input",
            _validation_sentence(error),
            request_id=request,
            members={"errors": error.extra or []},
        )
        return Response(body, status_code=400, media_type=MEDIA_TYPE)
    if isinstance(error, HTTPException):
        name = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}.get(error.status_code)
        sentence = "There is nothing at this address." if error.status_code == 404 else error.detail
        body = document(error.status_code, name or "invalid-input", sentence, request_id=request)
        # The headers say what goes here instead: `Allow` with a 405.
        return Response(body, status_code=error.status_code, media_type=MEDIA_TYPE, headers=error.headers)
    if isinstance(error, RecursionError):  # nothing of ours goes so deep; what is sent may
        error = InvalidInput("What was sent is nested too deeply.")
    if isinstance(error, TicketRefused):
        refused.labels("other", error.reason).inc()
    status, body = problem(error, request_id=request)
    what = f"{method} {path}"
    if not isinstance(error, MatineeError):
        _log.error("unexpected", asked=what, error=f"{type(error).__name__}: {error}", exc_info=error)
    elif status >= 500:
        _log.warning("failed", asked=what, kind=error.type, error=error.sentence)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=retry_after(status, body))


def _validation_sentence(error: ValidationException) -> str:
    faults = error.extra if isinstance(error.extra, list) else []
    named = [f"{f.get('key', 'body')}: {f.get('message')}" for f in faults if isinstance(f, dict)]
    return "; ".join(named)[:500] or error.detail
