"""A gateway without a socket: an ASGI application as a machine of a simulated world serves it, and a client of it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from matinee.delivery.gateway.api import Asgi, Message
from matinee.kernel.network import Answer, Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.wire.encoding import from_json, to_json


def serving(application: Asgi) -> Any:  # a network.Serve; naming it here would be a cycle
    async def serve(request: Outgoing) -> Answer:
        parts = urlsplit(request.url)
        sent: list[Message] = []
        is_read = False

        async def receive() -> Message:
            nonlocal is_read
            if is_read:
                return {"type": "http.disconnect"}
            is_read = True
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = {"host": parts.netloc, "content-length": str(len(request.body)), **request.headers}
        await application(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": request.method,
                "scheme": parts.scheme,
                "path": parts.path,
                "raw_path": parts.path.encode(),
                "query_string": parts.query.encode(),
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
                "client": ("192.0.2.1", 1),
                "server": (parts.hostname, parts.port),
                "root_path": "",
                "extensions": {},
            },
            receive,
            send,
        )
        body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        found = {n.decode().lower(): v.decode() for n, v in sent[0].get("headers", ())}
        return Answer(sent[0]["status"], found, body)

    return serve


@dataclass(slots=True)
class Client:
    """Someone with a token at the front door."""

    network: Network
    base: str
    token: str | None = None
    profile: str | None = None
    timeout: Span = seconds(10)
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: object | None = None) -> tuple[int, Any]:
        """The status, and `data` or the whole problem. Raises `Unavailable` when nobody answers."""
        headers = {"content-type": "application/json", **self.headers}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        if self.profile is not None:
            headers["x-matinee-profile"] = self.profile
        request = Outgoing(
            method,
            f"{self.base}/api/v1{path}",
            headers,
            to_json(body) if body is not None else b"",
            self.timeout,
        )
        answer = await self.network.fetch(request)
        if not answer.body:
            return answer.status, None
        found = from_json(answer.body, dict)
        return answer.status, found.get("data", found) if answer.status < 400 else found

    async def text(self, path: str) -> tuple[int, str]:
        headers = {"authorization": f"Bearer {self.token}"} | (
            {"x-matinee-profile": self.profile} if self.profile else {}
        )
        answer = await self.network.fetch(Outgoing("GET", f"{self.base}{path}", headers, timeout=self.timeout))
        return answer.status, answer.body.decode(errors="replace")
