"""A media server for simulated time: requests as values instead of sockets, files by the Files door, the same gate.

What it answers is what the embedded one answers. An entity tag is the bytes' checksum, for the Files door tells no times.
"""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from matinee.engines.media_server.answers import CORS, FOREVER, PREFLIGHT, type_of, wanted
from matinee.engines.media_server.counters import Counts, exposition, total
from matinee.engines.media_server.gate import Gate, NoSuchPath, denied_name
from matinee.engines.media_server.http1 import Request, Unsatisfiable, tag_matches
from matinee.engines.media_server.port import MediaServerConfig, Sent, Served
from matinee.engines.media_server.sent import Gathered, recipient
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import Files
from matinee.kernel.network import Answer, Outgoing
from matinee.wire.cmcd import said_with
from matinee.wire.problems import MEDIA_TYPE, document, render
from matinee.wire.tickets import TicketRefused

_FREE_PORT = 8401


class InLoopServer:
    """Implements `MediaServer`; `serve` is its socket."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files = files
        self._gate = Gate(clock, {})
        self._counts = Counts()
        self._sent = Gathered()
        self._root: Path | None = None
        self._port = 0

    async def start(self, config: MediaServerConfig) -> None:
        if self._root is not None:
            raise RuntimeError("the server runs already")
        self._gate.trust(config.keys)
        self._root = config.root
        self._port = config.port or _FREE_PORT

    @property
    def port(self) -> int:
        return self._port

    def deny(self, release: str, path: str | None = None) -> None:
        self._gate.deny(denied_name(release, path))

    def revoke(self, sessions: Mapping[str, int]) -> None:
        self._gate.revoke(sessions)

    def trust(self, keys: Mapping[str, bytes]) -> None:
        self._gate.trust(keys)

    def served(self) -> Served:
        return total([self._counts])

    def sent(self) -> Sequence[Sent]:
        return self._sent.taken()

    async def stop(self) -> None:
        self._root = None

    async def serve(self, request: Outgoing) -> Answer:
        if self._root is None:
            raise Unavailable("The edge does not listen.")
        self._counts.connections += 1
        try:
            return await self._answer(self._root, _read(request))
        finally:
            self._counts.connections -= 1

    async def _answer(self, root: Path, request: Request) -> Answer:
        try:
            return await self._route(root, request)
        except TicketRefused as error:
            self._counts.by_reason[error.reason] += 1
            return self._refusal(request, 403, error.type, error.sentence)
        except NoSuchPath:
            return self._refusal(request, 404, "not-found", "There is no such file here.")

    async def _route(self, root: Path, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return self._say(204, {**_CORS, **_PREFLIGHT})
        if request.method not in ("GET", "HEAD"):
            allow = {"allow": "GET, HEAD, OPTIONS"}
            return self._refusal(request, 405, "method-not-allowed", "Files can only be read here.", allow)
        if request.path == "/healthz":
            return self._text(request, b"ok\n")
        if request.path == "/metrics":
            return self._text(request, exposition([self._counts]))
        admitted = self._gate.admit(request.path)
        answer = await self._admitted(root, request, admitted.segments)
        if (to := recipient(admitted.session, admitted.segments)) is not None:
            self._sent.answered(to, said_with(request.query, request.headers), failed=answer.status >= 500)
            if answer.status in (200, 206):
                self._sent.moved(to, len(answer.body))
        return answer

    async def _admitted(self, root: Path, request: Request, segments: tuple[str, ...]) -> Answer:
        try:
            return self._file(request, segments[-1], await self._files.read(root.joinpath(*segments)))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return self._refusal(request, 404, "not-found", "There is no such file here.")
        except OSError:
            return self._refusal(request, 500, "unreadable", "The file cannot be read here. Try another edge.")

    def _file(self, request: Request, name: str, data: bytes) -> Answer:
        etag = f'"{len(data):x}-{zlib.crc32(data):x}"'
        known = request.headers.get("if-none-match")
        if known is not None and tag_matches(known, etag, weak=True):
            return self._say(304, {**_LASTING, "etag": etag})
        try:
            part = wanted(request, etag, len(data))
        except Unsatisfiable:
            sizes = {"content-range": f"bytes */{len(data)}"}
            return self._refusal(request, 416, "range-not-satisfiable", f"The file has {len(data)} bytes.", sizes)
        headers = {**_LASTING, "content-type": type_of(name), "etag": etag}
        body = data
        if part is not None:
            body = data[part.start : part.start + part.length]
            headers["content-range"] = f"bytes {part.start}-{part.start + part.length - 1}/{len(data)}"
        headers["content-length"] = str(len(body))
        if request.method == "HEAD":
            body = b""
        self._counts.bytes += len(body)
        return self._say(200 if part is None else 206, headers, body)

    def _text(self, request: Request, text: bytes) -> Answer:
        headers = {**_CORS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
        headers["content-length"] = str(len(text))
        return self._say(200, headers, text if request.method == "GET" else b"")

    def _refusal(
        self, request: Request, status: int, name: str, sentence: str, more: Mapping[str, str] | None = None
    ) -> Answer:
        text = render(document(status, name, sentence, request_id=f"edge-{self._counts.requests + 1}"))
        headers = {**_CORS, **(more or {}), "content-type": MEDIA_TYPE, "cache-control": "no-store"}
        headers["content-length"] = str(len(text))
        return self._say(status, headers, b"" if request.method == "HEAD" else text)

    def _say(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        self._counts.answered(status)
        return Answer(status, headers, body)


def _read(request: Outgoing) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = urlsplit(request.url)
    return Request(request.method, url.path, headers, keep_alive=True, query=url.query)


def _fields(head: bytes) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    return {name.lower(): value for name, value in pairs}


_CORS = _fields(CORS)
_PREFLIGHT = _fields(PREFLIGHT)
_LASTING = {**_CORS, **_fields(FOREVER)}
