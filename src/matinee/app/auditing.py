"""What operators do is written down before it is done, wherever they are let in, and how it ended once that is known.

No route has to think of it: whoever asks for `operator` and changes something is recorded. Looking is recorded where it is
at people: such a route says `opt={"audit": True}`. One that says False is no act of its own, as a piece of an upload. What
is sent to one that says `"audit_fields": False` is a file, which nobody reads here.
"""

import re
from collections.abc import Iterator, Mapping
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
_SUBJECTS_MAX = 200
_IDS = re.compile(r"(^|_)ids$")
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""As ids and the names of appliances are. What else is in such a field is not written down."""
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
        body = await _body(request)
        subjects = (*(str(value)[:_WORD_MAX] for value in request.path_params.values()), *_named(body))
        fields = [*request.query_params.keys(), *(name[:_WORD_MAX] for name in body)]
        act = Act(
            actor=AccountId(operator.account),
            action=f"{request.method} {path}",
            subjects=tuple(dict.fromkeys(subjects))[:_SUBJECTS_MAX],
            # The names of what is sent, and of what is asked: never their values.
            said=tuple(dict.fromkeys(fields))[:_FIELDS_MAX],
            device=operator.device,
            request_id=request_id.get(),
        )
        request.scope[_ENTRY] = await self._audit.begin(act)  # type: ignore[literal-required]  # ours, beside ASGI's

    async def before_send(self, message: Message, scope: Scope) -> None:
        """Before the answer leaves, so that whoever has it finds the entry finished."""
        if message["type"] == "http.response.start" and (entry := scope.get(_ENTRY)) is not None:
            await self._audit.finish(str(entry), int(message["status"]))


async def _body(request: Request[Any, Any, Any]) -> Mapping[str, object]:
    """What is sent, where it is a JSON object."""
    if request.content_type[0] != "application/json" or not _may_be_read(request):
        return {}
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}  # the handler will refuse it in its own words
    return body if isinstance(body, dict) else {}


def _named(body: Mapping[str, object]) -> Iterator[str]:
    """The ids in it, and in the objects that it holds, as what a bulk edit selects."""
    yield from _ids(body)
    for held in body.values():
        if isinstance(held, dict):
            yield from _ids(held)


def _ids(body: Mapping[str, object]) -> Iterator[str]:
    for name, value in body.items():
        found = [value] if name.endswith("_id") else value if _IDS.search(name) and isinstance(value, list) else []
        yield from (each for each in found if isinstance(each, str) and _ID.fullmatch(each))


def _may_be_read(request: Request[Any, Any, Any]) -> bool:
    length = request.headers.get("content-length", "")
    is_large = length.isdecimal() and int(length) > _READ_MAX_BYTES
    return bool(request.route_handler.opt.get("audit_fields", True)) and not is_large
