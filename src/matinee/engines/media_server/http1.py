"""Reading one HTTP/1.1 request for a file: strict where it protects, plain where players are plain. Pure."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_TARGET = re.compile(rb"/[!-~]*\Z")
_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,18})[ \t]*-[ \t]*([0-9]{0,18})\Z")


class Malformed(Exception):
    """The request cannot be answered for what it asks; `status` says which way it is wrong."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    """Lower-case names."""
    keep_alive: bool
    query: str = ""
    """As it was sent: players say there how they fare."""


@dataclass(frozen=True, slots=True)
class Part:
    start: int
    length: int


class Unsatisfiable(Exception):
    """No byte of the file lies in the range."""


def parse_request(head: bytes) -> Request:
    """`head` is everything before the empty line."""
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not _TOKEN.match(words[0]):
        raise Malformed(400, "The request line is not valid.")
    method, target, version = words
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Malformed(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if not _TARGET.match(target):
        raise Malformed(400, "The request target is not a path.")
    headers = _headers(lines)
    if version == b"HTTP/1.1" and "host" not in headers:
        raise Malformed(400, "A request says which host it is for.")
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise Malformed(400, "A request for a file has no body.")
    connection = headers.get("connection", "").lower()
    keep = "close" not in connection if version == b"HTTP/1.1" else "keep-alive" in connection
    path, _, query = target.decode().partition("?")
    return Request(method.decode(), path, headers, keep, query)


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.match(name):
            raise Malformed(400, "A header line is not valid.")
        if b"\n" in value or b"\r" in value or b"\0" in value:
            raise Malformed(400, "A header holds a control character.")
        text = value.strip(b" \t").decode("latin-1")
        key = name.decode().lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def part_of(header: str | None, size: int) -> Part | None:
    """The one range asked for; None means the whole file.

    What is not a single byte range (other units, several ranges, nonsense) is ignored, as RFC 9110 allows: the whole
    file is always a right answer. A range that begins past the end has none.
    """
    found = _RANGE.match(header.strip()) if header is not None else None
    if found is None or found.group(0).endswith("=-"):
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise Unsatisfiable
        return Part(size - length, length)
    start = int(first)
    end = int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, min(end, size - 1) - start + 1)


def tag_matches(header: str, etag: str, *, weak: bool) -> bool:
    """Whether an entity tag is in a list; `weak` comparison for If-None-Match, strong for If-Range."""
    for candidate in header.split(","):
        text = candidate.strip()
        if weak and text == "*":
            return True
        if (text.removeprefix("W/") if weak else text) == etag:
            return True
    return False
