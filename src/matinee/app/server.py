"""Listening: one socket, one server, in the loop that is running."""

import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from matinee.delivery.gateway.api import Asgi
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.network import port_is_free

_CONNECTIONS_MAX = 2000


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
        super().__init__(
            uvicorn.Config(
                app,
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

    async def run_on(self, listener: socket.socket) -> None:
        await self.serve(sockets=[listener])
