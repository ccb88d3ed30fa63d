"""What the gateway needs from others, in wire values, and what it refuses with."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from matinee.kernel.errors import NotAllowed, Refusal, Unavailable
from matinee.kernel.quantities import Span, minutes, seconds

# ASGI's own shapes: dictionaries of anything.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


WAITING = "/api/v1/edge/agent/tombstones"
"""Held open until there is news: who waits there is no load, and how long they wait says nothing of how fast we are."""


class Callers(Protocol):
    """Who is behind a sign-in. `app` wires it to members and billing."""

    async def ticket(self, token: str, profile_id: str | None, *, address: str = "") -> str | None:
        """A signed `wire.callers.Caller`, or None where the sign-in is not valid (any more). `address`: of the viewer."""
        ...


class Owners(Protocol):
    """Where the services behind the routes are, when each is a process. `app` wires it to the registry."""

    async def find(self, service: str) -> str:
        """The base URL of an instance. Raises `Unavailable` when there is none."""
        ...

    def note_failure(self, service: str, url: str) -> None:
        """That one did not answer: try another, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A built file of the web client."""

    body: bytes
    media_type: str
    compressed: bytes | None
    """The same in gzip, where that is smaller."""
    immutable: bool


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    cookies: tuple[str, ...] = ("__Host-matinee", "matinee")
    profile_cookie: str = "matinee-profile"
    """Pictures are fetched by the browser itself, which cannot send a header of ours. Not a secret."""
    body_max_bytes: int = 2 << 20
    upload_max_bytes: int = 17 << 20
    """One part of an upload; files themselves are larger."""
    upload_prefix: str = "/api/v1/content/uploads"
    edge_origins: tuple[str, ...] = ()
    """Origins the player may fetch from (content security policy)."""
    in_flight_max: int = 512
    deadline: Span = seconds(30)
    """For one request, and for all that it asks of others."""
    deadline_content: Span = minutes(15)
    """The same below `content_prefix`, where parts of films arrive and whole titles go."""
    content_prefix: str = "/api/v1/content/"
    deadline_intake: Span = minutes(90)
    """The same at `intake_path`: a hundred gigabytes, read twice at 50 MB a second, take 70 minutes."""
    intake_path: str = "/api/v1/content/ingest"
    import_path: str = "/api/v1/catalog/import"
    import_max_bytes: int = 1 << 30
    """A file of titles, read as it comes: a million of them are half of it, and have `deadline_intake`."""
    pages: Path | None = None
    """Where the built web client lies."""
    boot: Mapping[str, object] | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Networks of those who stand before us: who they say asks, asks."""


class BodyTooLarge(Refusal):
    status = 413

    def __init__(self, allowed: int) -> None:
        super().__init__(f"This request is larger than the {allowed} bytes allowed here.", allowed=allowed)


class RequestTooSlow(Refusal):
    status = 408

    def __init__(self) -> None:
        super().__init__("The request stopped arriving. Send it again.")


class ClientGone(Refusal):
    """Whoever sent the request has gone before all of it had arrived."""

    status = 400

    def __init__(self) -> None:
        super().__init__("The request broke off. Send it again.")


class ForeignOrigin(NotAllowed):
    """A page of another origin tried to act with this browser's sign-in."""

    def __init__(self) -> None:
        super().__init__("This request came from another site's page and was not carried out.")


class Overloaded(Unavailable):
    def __init__(self) -> None:
        super().__init__("The service is busy. Try again in a few seconds.", retry_after_s=2)
