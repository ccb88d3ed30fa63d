"""From a request to an answer: which bytes of which file, under which head. Shared by the plain and the TLS server."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from matinee.engines.media_server.counters import Counting
from matinee.engines.media_server.folders import Folders
from matinee.engines.media_server.gate import Gate, NoSuchPath, Peer
from matinee.engines.media_server.http1 import (
    Malformed,
    Part,
    Request,
    Unsatisfiable,
    parse_request,
    part_of,
    tag_matches,
)
from matinee.engines.media_server.sent import Gathered, Recipient, recipient
from matinee.wire.cmcd import said_with
from matinee.wire.problems import MEDIA_TYPE, document, render
from matinee.wire.tickets import TicketRefused

CORS = (
    b"Access-Control-Allow-Origin: *\r\n"
    b"Access-Control-Expose-Headers: Content-Length, Content-Range, ETag, Accept-Ranges, Date\r\n"
    b"Timing-Allow-Origin: *\r\n"
    b"Cross-Origin-Resource-Policy: cross-origin\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)
PREFLIGHT = (
    b"Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
    b"Access-Control-Allow-Headers: Range, If-Range, If-None-Match, CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session\r\n"
    b"Access-Control-Allow-Private-Network: true\r\n"
    b"Access-Control-Max-Age: 86400\r\n"
)
FOREVER = b"Cache-Control: public, max-age=31536000, immutable\r\nAccept-Ranges: bytes\r\n"
TYPES = {
    "m4s": "video/mp4",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "m4a": "audio/mp4",
    "vtt": "text/vtt; charset=utf-8",
    "ttml": "application/ttml+xml; charset=utf-8",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "json": "application/json",
    "mpd": "application/dash+xml",
    "m3u8": "application/vnd.apple.mpegurl",
}

_STATUS_LINES = {
    each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\nServer: matinee\r\n".encode() for each in HTTPStatus
}


@dataclass(slots=True)
class Answer:
    """`head` (with a small body, where there is one), then `length` bytes of `file` from `offset`. Whoever has it closes `file`."""

    head: bytes
    keep_alive: bool
    file: int | None = None
    offset: int = 0
    length: int = 0
    to: Recipient | None = None
    """The viewer whom its bytes are sent to."""

    def close(self) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None


class Responder:
    """One for each worker: it keeps folders open."""

    def __init__(self, root: Path, gate: Gate, metrics: Callable[[], bytes], sent: Gathered) -> None:
        self.sent = sent
        self._folders = Folders(root)
        self._gate = gate
        self._metrics = metrics

    def answer(self, head: bytes, counts: Counting, *, peer: Peer = str, last: bool = False) -> Answer:
        """Decide about one request head of `peer`. `last`: this connection has had its share of requests."""
        try:
            request = parse_request(head)
        except Malformed as error:
            return refusal(error.status, "malformed-request", error.sentence, counts, keep_alive=False)
        keep = request.keep_alive and not last
        try:
            return self._route(request, counts, keep, peer)
        except TicketRefused as error:
            counts.not_admitted(error.reason)
            return refusal(403, error.type, error.sentence, counts, keep_alive=keep, body=request.method != "HEAD")
        except NoSuchPath:
            return _missing(request, counts, keep)
        except OSError:
            return _unreadable(request, counts, keep)

    def close(self) -> None:
        self._folders.close()

    def _route(self, request: Request, counts: Counting, keep: bool, peer: Peer) -> Answer:
        if request.method == "OPTIONS":
            counts.answered(204)
            return Answer(_head(204, CORS + PREFLIGHT, keep), keep)
        if request.method not in ("GET", "HEAD"):
            allow = b"Allow: GET, HEAD, OPTIONS\r\n"
            sentence = "Files can only be read here."
            return refusal(405, "method-not-allowed", sentence, counts, keep_alive=keep, headers=allow)
        if request.path == "/healthz":
            return _text(b"ok\n", request, counts, keep)
        if request.path == "/metrics":
            return _text(self._metrics(), request, counts, keep)
        admitted = self._gate.admit(request.path, peer)
        failed = False
        try:
            answer = self._file(admitted.segments, request, counts, keep)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            answer = _missing(request, counts, keep)
        except OSError:
            failed = True
            answer = _unreadable(request, counts, keep)
        if (to := recipient(admitted.session, admitted.segments)) is not None:
            self.sent.answered(to, said_with(request.query, request.headers), failed=failed)
            answer.to = to
        return answer

    def _file(self, segments: tuple[str, ...], request: Request, counts: Counting, keep: bool) -> Answer:
        file = self._folders.open(segments)
        try:
            answer = _serve(file, segments[-1], request, counts, keep)
        except BaseException:
            os.close(file)
            raise
        if answer.file is None:
            os.close(file)
        return answer


def _missing(request: Request, counts: Counting, keep: bool) -> Answer:
    sentence = "There is no such file here."
    return refusal(404, "not-found", sentence, counts, keep_alive=keep, body=request.method != "HEAD")


def _unreadable(request: Request, counts: Counting, keep: bool) -> Answer:
    sentence = "The file cannot be read here. Try another edge."
    return refusal(500, "unreadable", sentence, counts, keep_alive=keep, body=request.method != "HEAD")


def refusal(
    status: int,
    name: str,
    sentence: str,
    counts: Counting,
    *,
    keep_alive: bool,
    headers: bytes = b"",
    body: bool = True,
) -> Answer:
    """A small problem document. Its request id is the count of this worker: enough to find it, and nothing secret."""
    counts.answered(status)
    text = render(document(status, name, sentence, request_id=f"edge-{counts.requests}"))
    fields = CORS + headers + f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(text)}\r\n".encode()
    return Answer(
        _head(status, fields + b"Cache-Control: no-store\r\n", keep_alive) + (text if body else b""), keep_alive
    )


def _serve(file: int, name: str, request: Request, counts: Counting, keep: bool) -> Answer:
    facts = os.fstat(file)
    if not stat.S_ISREG(facts.st_mode):
        raise FileNotFoundError
    etag = f'"{facts.st_size:x}-{facts.st_mtime_ns:x}"'
    headers = request.headers
    if (known := headers.get("if-none-match")) is not None and tag_matches(known, etag, weak=True):
        counts.answered(304)
        return Answer(_head(304, CORS + FOREVER + f"ETag: {etag}\r\n".encode(), keep), keep)
    try:
        part = wanted(request, etag, facts.st_size)
    except Unsatisfiable:
        sizes = f"Content-Range: bytes */{facts.st_size}\r\n".encode()
        sentence = f"The file has {facts.st_size} bytes."
        body = request.method != "HEAD"
        return refusal(416, "range-not-satisfiable", sentence, counts, keep_alive=keep, headers=sizes, body=body)
    whole = part or Part(0, facts.st_size)
    fields = f"Content-Type: {type_of(name)}\r\nContent-Length: {whole.length}\r\nETag: {etag}\r\n"
    if part is not None:
        fields += f"Content-Range: bytes {part.start}-{part.start + part.length - 1}/{facts.st_size}\r\n"
    status = 206 if part is not None else 200
    counts.answered(status)
    head = _head(status, CORS + FOREVER + fields.encode(), keep)
    if request.method == "HEAD":
        return Answer(head, keep)
    return Answer(head, keep, file, whole.start, whole.length)


def wanted(request: Request, etag: str, size: int) -> Part | None:
    condition = request.headers.get("if-range")
    if request.method == "HEAD" or (condition is not None and not tag_matches(condition, etag, weak=False)):
        return None  # ranges are for GET, and only of the file that the client already has a part of
    return part_of(request.headers.get("range"), size)


def _text(body: bytes, request: Request, counts: Counting, keep: bool) -> Answer:
    counts.answered(200)
    fields = f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nCache-Control: no-store\r\n"
    return Answer(_head(200, CORS + fields.encode(), keep) + (body if request.method == "GET" else b""), keep)


def _head(status: int, fields: bytes, keep: bool) -> bytes:
    return _STATUS_LINES[status] + fields + (b"\r\n" if keep else b"Connection: close\r\n\r\n")


def type_of(name: str) -> str:
    return TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
