"""Calls that machines make by the thousand, answered without the framework's machinery (ADR 46).

A handler that is marked `opt={"lean": True}` is a handler of the framework like any other: it stands in the description of
the API, and is registered there. Here the same function is called with what its signature asks for: a body that its type
decodes strictly, a checked caller, words of the path, the request. Whatever is not plainly so is handed to the framework,
body and all, which refuses it in its own words, or understands it after all.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction, signature
from typing import Any, get_origin, get_type_hints

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.serialization import encode_json

from matinee.app import for_kids
from matinee.app.known_callers import KnownCallers
from matinee.delivery.gateway.api import Asgi, Message, Receive, Scope, Send
from matinee.wire.callers import HEADER

LEAN = "lean"

_HEADER = HEADER.encode()
_WORD = re.compile(r"\{(\w+):str\}")
_GIVEN = ("data", "caller", "operator", "request")
_JSON = (b"content-type", b"application/json")

Refuse = Callable[[str, str, Exception], Response[Mapping[str, object]]]
Wrap = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class _Call:
    """A handler, and what it asks for."""

    handle: Callable[..., Awaitable[object]]
    body: msgspec.json.Decoder[Any] | None
    who: str
    """`caller`, `operator` or nothing."""
    with_request: bool
    word: str
    """Of the path; nothing where it has none."""
    status: int
    wrap: Wrap | None


class Lean:
    """An ASGI application before the framework's, `app`."""

    def __init__(
        self,
        app: Asgi,
        handlers: Sequence[HTTPRouteHandler],
        callers: KnownCallers,
        *,
        below: str,
        refuse: Refuse,
        wrap: Wrap,
    ) -> None:
        """`wrap` puts what is answered into the envelope, where the handler is not bare."""
        self._app = app
        self._callers = callers
        self._refuse = refuse
        self._below = below
        self._literal: dict[tuple[str, str], _Call] = {}
        patterned: list[tuple[str, str, _Call]] = []
        for handler in handlers:
            if not handler.opt.get(LEAN):
                continue
            call = _call_of(handler, None if handler.opt.get("bare") else wrap)
            for path in handler.paths:
                for method in handler.http_methods:
                    if call.word:
                        patterned.append((str(method), below + path, call))
                    else:
                        self._literal[str(method), below + path] = call
        one_of = "|".join(f"{method} {_WORD.sub('([^/]+)', path)}" for method, path, _ in patterned)
        self._pattern = re.compile(one_of or r"(?!)")
        self._patterned = [call for _, _, call in patterned]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, word = self._find(scope) if scope["type"] == "http" else (None, "")
        if call is None:
            await self._app(scope, receive, send)
            return
        given: dict[str, object] = {call.word: word} if call.word else {}
        if call.body is not None:
            heard = await _heard(receive)
            try:
                given["data"] = call.body.decode(b"".join(message.get("body", b"") for message in heard))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # also of a body that broke off
                await self._app(scope, _again(heard, receive), send)
                return
        await _say(await self._answer(call, given, scope, receive, send), call.status, send)

    def _find(self, scope: Scope) -> tuple[_Call | None, str]:
        """With the word of the path."""
        method, path = scope["method"], scope["path"]
        if (call := self._literal.get((method, path))) is not None:
            return call, ""
        found = self._pattern.fullmatch(f"{method} {path}")
        if found is None or found.lastindex is None:
            return None, ""
        return self._patterned[found.lastindex - 1], found[found.lastindex]

    async def _answer(
        self, call: _Call, given: dict[str, object], scope: Scope, receive: Receive, send: Send
    ) -> object:
        try:
            if call.who:
                given[call.who] = found = getattr(self._callers, call.who)(_ticket(scope))
                for_kids.check(found, scope["method"], scope["path"].removeprefix(self._below))
            if call.with_request:
                given["request"] = Request[Any, Any, Any](scope, receive, send)  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
            answer = await call.handle(**given)
        except Exception as error:
            return self._refuse(scope["method"], scope["path"], error)
        return answer if call.wrap is None or call.status == 204 else call.wrap(answer)


def _call_of(handler: HTTPRouteHandler, wrap: Wrap | None) -> _Call:
    asked = signature(handler.fn).parameters
    words = {word for path in handler.paths for word in _WORD.findall(path)}
    types = get_type_hints(handler.fn)
    is_filtered = handler.guards or handler.before_request or handler.dependencies
    is_bare = bool(handler.opt.get("bare"))
    for is_right, mistake in (
        (not set(asked) - words - set(_GIVEN), "asks for what only the framework can give"),
        (len(words) <= 1, "asks for two words of its path"),
        (not {"caller", "operator"} <= set(asked), "asks for a caller and for an operator"),
        (iscoroutinefunction(handler.fn), "does not wait"),
        (
            is_bare or get_origin(types.get("return")) is not Response,
            "makes its answer, and has it put into the envelope",
        ),
        (not is_filtered, "has filters that only the framework applies"),
    ):
        assert is_right, f"{handler.fn.__name__} cannot be lean: it {mistake}"
    body = types.get("data")
    return _Call(
        handle=handler.fn,
        body=None if body is None else msgspec.json.Decoder(body),
        who=next((name for name in ("caller", "operator") if name in asked), ""),
        with_request="request" in asked,
        word=next(iter(words), ""),
        status=handler.status_code,
        wrap=wrap,
    )


def _ticket(scope: Scope) -> str | None:
    for name, value in reversed(scope["headers"]):  # the gateway puts it last
        if name == _HEADER:
            return str(value.decode("latin-1"))
    return None


async def _heard(receive: Receive) -> list[Message]:
    heard = [await receive()]
    while heard[-1].get("more_body"):
        heard.append(await receive())
    return heard


def _again(heard: Sequence[Message], receive: Receive) -> Receive:
    """`receive`, for who has not heard yet what was heard."""
    kept = list(reversed(heard))

    async def again() -> Message:
        return kept.pop() if kept else await receive()

    return again


async def _say(answer: object, status: int, send: Send) -> None:
    headers: list[tuple[bytes, bytes]] = []
    kind = _JSON
    if isinstance(answer, Response):
        status = answer.status_code or status
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        if answer.media_type is not None:
            kind = (b"content-type", str(answer.media_type).encode())
        answer = answer.content
    if status == 204:
        body = b""
    else:
        body = answer if isinstance(answer, bytes) else encode_json(answer)
        headers += [kind, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
