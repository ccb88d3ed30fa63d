"""Listening: one socket, one server, in the loop that is running."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import uvicorn

from matinee.delivery.gateway.api import WAITING, Asgi, Receive, Scope, Send
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.network import port_is_free

_CONNECTIONS_MAX = 12_000
"""Two of each of 5,000 appliances, and viewers'. What is asked at once has a limit of its own, at the gateway."""


class PortTaken(Unavailable):
    """Another program listens there."""

    status = 503


def bind(host: str, port: int) -> socket.socket:
    """Bind before anything else starts, so that a taken port is said at once and nothing is half up."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Cannot listen on {host} port {port}: {error.strerror}. Stop what uses it, or choose another with --port."
        ) from error
    return listener


def check_free(host: str, ports: Mapping[str, int]) -> None:
    """Ports that companions will listen on, by the flag that moves them: said now rather than retried for ever."""
    for flag, port in ports.items():
        if not port_is_free(port, host):
            raise PortTaken(
                f"Cannot listen on {host} port {port}: it is in use. Stop what uses it, or choose another with {flag}."
            )


def check_certificate(certificate: Path | None, private_key: Path | None) -> None:
    if certificate is None or private_key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, private_key)
    except OSError as error:  # SSLError is one
        raise InvalidInput(
            f"The certificate {certificate} cannot be used with the key {private_key}: {error.strerror or error}."
        ) from error


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one place that decides when it ends."""

    def __init__(self, app: Asgi, *, certificate: Path | None = None, private_key: Path | None = None) -> None:
        self._held: set[asyncio.Task[Any]] = set()
        self._is_ending = False
        super().__init__(
            uvicorn.Config(
                self._without_those_who_wait(app),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=2,
                limit_concurrency=_CONNECTIONS_MAX,
                h11_max_incomplete_event_size=32 << 10,
                ssl_certfile=certificate,
                ssl_keyfile=private_key,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def _without_those_who_wait(self, app: Asgi) -> Asgi:
        """Requests that are held open keep no orderly end waiting: they are told to come again. Each is a task of the
        server's already, so none is made for it: thousands of them are woken at once."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope.get("path") != WAITING or (task := asyncio.current_task()) is None:
                await app(scope, receive, send)
                return
            self._held.add(task)
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if not self._is_ending:
                    raise
                task.uncancel()
                headers = [(b"content-length", b"0"), (b"retry-after", b"2")]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
            finally:
                self._held.discard(task)

        return answer

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._is_ending = True
        for held in self._held:
            held.cancel()
        await super().shutdown(sockets)

    async def run_on(self, listener: socket.socket) -> None:
        await self.serve(sockets=[listener])
