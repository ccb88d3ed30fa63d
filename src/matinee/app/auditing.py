"""What operators do is written down before it is done, wherever they are let in, and how it ended once that is known.

No route has to think of it: whoever asks for `operator` and changes something is recorded. Looking is recorded where it is
at people: such a route says `opt={"audit": True}`. One that says False is no act of its own, as a piece of an upload. What
is sent to one that says `"audit_fields": False` is a file, which nobody reads here.
"""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.types import Message, Scope

from matinee.control.members.api.audit import Act, Audit
from matinee.kernel.context import request_id
from matinee.kernel.ids import AccountId
from matinee.wire.callers import Caller

_LOOKS = ("GET", "HEAD", "OPTIONS")
_ENTRY = "matinee_audit_entry"
_TYPED = re.compile(r":\w+\}")
_FIELDS_MAX = 40
_WORD_MAX = 200
_READ_MAX_BYTES = 64 << 10
"""Larger ones are many of the same, and reading them twice keeps everybody waiting."""


class Auditor:
    def __init__(self, audit: Audit, *, below: str) -> None:
        self._audit = audit
        self._below = below

    async def asked(self, request: Request[Any, Any, Any], operator: Caller) -> None:
        """Raises what the trail raises: what cannot be recorded is not done."""
        wanted = request.route_handler.opt.get("audit", request.method not in _LOOKS)
        if not wanted:
            return
        path = _TYPED.sub("}", str(request.scope["path_template"])).removeprefix(self._below)
        act = Act(
            actor=AccountId(operator.account),
            action=f"{request.method} {path}",
            subjects=tuple(str(value)[:_WORD_MAX] for value in request.path_params.values()),
            said=await _fields(request),
            device=operator.device,
            request_id=request_id.get(),
        )
        request.scope[_ENTRY] = await self._audit.begin(act)  # type: ignore[literal-required]  # ours, beside ASGI's

    async def before_send(self, message: Message, scope: Scope) -> None:
        """Before the answer leaves, so that whoever has it finds the entry finished."""
        if message["type"] == "http.response.start" and (entry := scope.get(_ENTRY)) is not None:
            await self._audit.finish(str(entry), int(message["status"]))


async def _fields(request: Request[Any, Any, Any]) -> tuple[str, ...]:
    """The names of what is sent, and of what is asked: never their values."""
    named = list(request.query_params.keys())
    if request.content_type[0] == "application/json" and _may_be_read(request):
        try:
            body = msgspec.json.decode(await request.body())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            body = None  # the handler will refuse it in its own words
        named += [str(name)[:_WORD_MAX] for name in body] if isinstance(body, dict) else []
    return tuple(dict.fromkeys(named))[:_FIELDS_MAX]


def _may_be_read(request: Request[Any, Any, Any]) -> bool:
    length = request.headers.get("content-length", "")
    is_large = length.isdecimal() and int(length) > _READ_MAX_BYTES
    return bool(request.route_handler.opt.get("audit_fields", True)) and not is_large
