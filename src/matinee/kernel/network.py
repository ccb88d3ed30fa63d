"""Door 3: the network. Requests out, and a port to listen on. Servers themselves are engines."""

import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import AsyncContextManager, Protocol

import aiohttp
from yarl import URL

from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import Span, seconds

_CONNECTIONS_MAX = 200
"""To one neighbor at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers with lower-case names, the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer whose body is still arriving."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    fields: Sequence[tuple[str, str]]
    """The headers as they came, in their order: some come more than once, and two cookies cannot be joined to one."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: Span = seconds(10)
    pieces: AsyncIterator[bytes] | None = None
    """A body that is still arriving, instead of `body`: sent on as it comes. Only `stream` takes one."""


class NotReached(Unavailable):
    """Nobody took the connection: the request was not sent, so it can safely be sent again."""


_NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Network(Protocol):
    async def fetch(self, request: Outgoing) -> Answer:
        """One request, its whole answer. Raises `Unavailable` when nobody answers in time: `NotReached` where it is sure
        that nothing was sent."""
        ...

    def stream(self, request: Outgoing) -> AsyncContextManager[Incoming]:
        """One request whose body is read as it arrives; `timeout` bounds each silence, not the whole. Raises as `fetch`."""
        ...

    async def close(self) -> None: ...


class SystemNetwork:
    """aiohttp, one pooled session a process."""

    def __init__(self, *, trusted: Path | None = None, inside: Mapping[str, str] | None = None) -> None:
        """`trusted`: a certificate of our own making that neighbors may show, beside those of known authorities.

        `inside`: for `name:port` of a neighbor on this machine, the address to connect to in place of the name. Behind
        an address translation the public name often cannot be reached from inside. Certificates are judged by the name.
        """
        self._session: aiohttp.ClientSession | None = None
        self._trusted = trusted
        self._inside = dict(inside or {})

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            context = ssl.create_default_context()
            if self._trusted is not None:
                context.load_verify_locations(self._trusted)
            # Each neighbor has its own: one that hangs must not hold the connections to all others.
            connector = aiohttp.TCPConnector(ssl=context, limit=0, limit_per_host=_CONNECTIONS_MAX)
            self._session = aiohttp.ClientSession(auto_decompress=False, connector=connector)
        return self._session

    async def fetch(self, request: Outgoing) -> Answer:
        total = aiohttp.ClientTimeout(total=request.timeout.total_seconds())
        try:
            async with self._ask(request, total) as answer:
                return Answer(answer.status, _lower(answer.headers), await answer.read())
        except _NOT_REACHED as error:
            raise NotReached(f"{_host(request.url)} did not answer: {type(error).__name__}.") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{_host(request.url)} did not answer: {type(error).__name__}.") from error

    @asynccontextmanager
    async def stream(self, request: Outgoing) -> AsyncIterator[Incoming]:
        silence = request.timeout.total_seconds()
        limits = aiohttp.ClientTimeout(total=None, connect=silence, sock_read=silence)
        try:
            async with self._ask(request, limits) as answer:
                fields = [(name.lower(), value) for name, value in answer.headers.items()]
                yield Incoming(answer.status, dict(fields), answer.content.iter_chunked(1 << 18), fields)
        except _NOT_REACHED as error:
            raise NotReached(f"{_host(request.url)} did not answer: {type(error).__name__}.") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Unavailable(f"{_host(request.url)} stopped answering: {type(error).__name__}.") from error

    def _ask(self, request: Outgoing, timeout: aiohttp.ClientTimeout) -> AsyncContextManager[aiohttp.ClientResponse]:
        url, headers, name = URL(request.url), dict(request.headers), None
        if self._inside and (address := self._inside.get(f"{url.host}:{url.port}")) is not None:
            headers["host"], name = url.authority, url.host
            url = url.with_host(address)
        return self._client().request(
            request.method,
            url,
            headers=headers,
            data=request.pieces or request.body or None,
            timeout=timeout,
            server_hostname=name if url.scheme == "https" else None,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket(_family(host)) as probe:
        # As servers do, so that the last connections of one that has just ended are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """What came in several lines is one list, as RFC 9110 5.3 has it."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        before = found.get(name.lower())
        found[name.lower()] = value if before is None else f"{before}, {value}"
    return found


def _host(url: str) -> str:
    """The part of a URL that may be named in an error: never the path, which can hold a ticket."""
    return "/".join(url.split("/", 3)[:3])
