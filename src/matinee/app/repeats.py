"""A write that is sent again, because its answer got lost on the way, is answered again and not done again.

The client names its intention in `Idempotency-Key`. The answer is kept for a while under account, profile, path and key;
what failed is not kept, so that it can be tried again, and no secret either: an answer that says `no-store`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from matinee.delivery.gateway.api import Asgi, Message, Receive, Scope, Send
from matinee.engines.cache.port import Cache
from matinee.kernel.clock import Clock
from matinee.kernel.context import request_id
from matinee.kernel.errors import Conflict
from matinee.kernel.quantities import minutes
from matinee.wire.callers import HEADER, Caller
from matinee.wire.encoding import from_json, to_json
from matinee.wire.problems import MEDIA_TYPE, problem, render
from matinee.wire.tickets import TicketRefused, verify

_KEPT = minutes(5)
"""As long as the license token that may be in an answer lives."""
_KEY_LENGTH_MAX = 200
_BODY_BYTES_MAX = 64 << 10
_UNDER_WAY = b"{}"


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer; Latin-1 text carries its bytes."""

    status: int
    headers: list[tuple[str, str]]
    body: str


class StillUnderWay(Conflict):
    def __init__(self) -> None:
        super().__init__("This request is being carried out already. Ask again in a moment.", retry_after_s=1)


def once_each(app: Asgi, keys: Mapping[str, bytes], cache: Cache, clock: Clock) -> Asgi:
    """`app`, with repeated writes answered from what is kept. `keys` verify the caller ticket, which says whose it is."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        name = _name_of(scope, keys, clock)
        if name is None:
            return await app(scope, receive, send)
        if not await cache.add(name, _UNDER_WAY, ttl=_KEPT):
            return await _say_again(await cache.get(name), send)
        heard = _Heard(send)
        try:
            await app(scope, receive, heard)
        finally:
            if (kept := heard.worth_keeping()) is not None:
                await cache.put(name, to_json(kept), ttl=_KEPT)
            else:
                await cache.remove([name])

    return answer


class _Heard:
    """`send`, listened to."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._is_whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
        await self._send(message)

    def worth_keeping(self) -> _Kept | None:
        is_secret = any(
            name.lower() == "set-cookie" or (name.lower() == "cache-control" and "no-store" in value.lower())
            for name, value in self._headers
        )
        is_done = self._is_whole and 200 <= self._status < 300 and not is_secret
        if not is_done or len(self._body) > _BODY_BYTES_MAX:
            return None
        return _Kept(self._status, self._headers, self._body.decode("latin-1"))


def _name_of(scope: Scope, keys: Mapping[str, bytes], clock: Clock) -> str | None:
    """Where the answer is kept; None where this is no write that may be repeated, or nobody's."""
    if scope["method"] != "POST":
        return None
    headers = {n.lower(): v for n, v in scope["headers"]}
    key, ticket = headers.get(b"idempotency-key"), headers.get(HEADER.lower().encode())
    if not key or len(key) > _KEY_LENGTH_MAX or ticket is None:
        return None
    try:
        caller = verify(ticket.decode("latin-1"), Caller, keys, now=clock.now())
    except TicketRefused:
        return None  # the application says so itself
    whose = to_json([caller.account, caller.profile, caller.device, scope["path"], key.decode("latin-1")])
    return f"repeats:{hashlib.sha256(whose).hexdigest()}"


async def _say_again(found: bytes | None, send: Send) -> None:
    if found is None or found == _UNDER_WAY:
        status, said = problem(StillUnderWay(), request_id=request_id.get())
        headers, body = [("content-type", MEDIA_TYPE)], render(said)
    else:
        kept = from_json(found, _Kept, what="a kept answer")
        status, headers, body = kept.status, kept.headers, kept.body.encode("latin-1")
    raw = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
