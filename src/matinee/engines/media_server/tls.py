"""The HTTPS server: a thread a connection, blocking TLS over a mapped file.

asyncio's TLS copies every byte through the interpreter several times; blocking TLS over a mapped file does not. Threads
spend their time inside OpenSSL and the kernel, where the interpreter's lock is free.
"""

import mmap
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from matinee.engines.media_server.answers import Answer, Responder, refusal
from matinee.engines.media_server.counters import Counting, Counts
from matinee.engines.media_server.limits import ServerLimits
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput

_BLOCK_BYTES = 256 << 10
_END = b"\r\n\r\n"


def tls_context(certificate: Path, private_key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, private_key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(f"{certificate} and its key cannot be used for HTTPS: {error}.") from error
    return context


class TlsWorker:
    """Accepts in one thread and serves each connection in its own."""

    def __init__(
        self,
        listener: socket.socket,
        context: ssl.SSLContext,
        responder: Responder,
        limits: ServerLimits,
        clock: Clock,
        counts: Counting | None = None,
    ) -> None:
        self.counts: Counting = counts if counts is not None else Counts()
        self._listener = listener
        self._context = context
        self._responder = responder
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        """Guards the counts and the two sets below: here many threads share them."""
        self._open: set[socket.socket] = set()
        self._serving: set[threading.Thread] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="edge-tls", daemon=True)

    def start(self) -> None:
        self._listener.settimeout(0.2)
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._thread.join()
        with self._lock:
            open_now, serving = list(self._open), list(self._serving)
        for connection in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in serving:
            thread.join()
        self._responder.close()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # the look at `_stopping` every now and then, or no descriptor free right now
                continue
            with self._lock:
                if len(self._open) >= self._limits.tls_connections_max:
                    self.counts.answered(503)
                    accepted.close()
                    continue
                thread = threading.Thread(target=self._serve, args=(accepted,), name="edge-tls", daemon=True)
                self._open.add(accepted)
                self._serving.add(thread)
                self.counts.connections += 1
            self._begin(thread, accepted)

    def _begin(self, thread: threading.Thread, accepted: socket.socket) -> None:
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left for us: this viewer goes elsewhere, the others stay
            with self._lock:
                self._open.discard(accepted)
                self._serving.discard(thread)
                self.counts.connections -= 1
                self.counts.answered(503)
            accepted.close()

    def _serve(self, accepted: socket.socket) -> None:
        wrapped: ssl.SSLSocket | None = None
        try:
            accepted.settimeout(self._limits.head_timeout.total_seconds())
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wrapped = self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            with self._lock:
                self._open.discard(accepted)
                self._open.add(wrapped)
            wrapped.do_handshake()
            self._converse(wrapped)
        except (OSError, ValueError):  # the client went, stalled, or never spoke TLS
            pass
        finally:
            ended = wrapped if wrapped is not None else accepted
            with self._lock:
                self._open.discard(ended)
                self._open.discard(accepted)
                self._serving.discard(threading.current_thread())
                self.counts.connections -= 1
            ended.close()

    def _converse(self, connection: ssl.SSLSocket) -> None:
        received = bytearray()
        for served in range(1, self._limits.requests_max + 1):
            head = self._read_head(connection, received, first=served == 1)
            if head is None:
                return
            with self._lock:
                if len(head) > self._limits.head_bytes_max:
                    sentence = f"A request's head has at most {self._limits.head_bytes_max} bytes."
                    answer = refusal(431, "head-too-long", sentence, self.counts, keep_alive=False)
                else:
                    last = served == self._limits.requests_max
                    answer = self._responder.answer(
                        head, self.counts, peer=lambda: str(connection.getpeername()[0]), last=last
                    )
            try:
                connection.settimeout(self._limits.stall_timeout.total_seconds())
                self._send(connection, answer)
            finally:
                answer.close()
            if not answer.keep_alive:
                return

    def _read_head(self, connection: ssl.SSLSocket, received: bytearray, *, first: bool) -> bytes | None:
        """The next head, or None where the client is done. A head too long is returned as far as it came."""
        until: float | None = None
        # Before its first request a client has no claim to a whole minute of a thread.
        patience = self._limits.head_timeout if first else self._limits.idle_timeout
        connection.settimeout(patience.total_seconds())
        while (end := received.find(_END)) < 0:
            if len(received) > self._limits.head_bytes_max:
                return bytes(received)
            if received:
                until = until or self._clock.monotonic() + self._limits.head_timeout.total_seconds()
                connection.settimeout(max(0.001, until - self._clock.monotonic()))
            block = connection.recv(16 << 10)
            if not block:
                return None
            received += block
        head = bytes(received[:end])
        del received[: end + len(_END)]
        return head.lstrip(b"\r\n")

    def _send(self, connection: ssl.SSLSocket, answer: Answer) -> None:
        if answer.file is None or answer.length == 0:
            connection.sendall(answer.head)
            return
        end = answer.offset + answer.length
        with mmap.mmap(answer.file, 0, prot=mmap.PROT_READ) as mapped, memoryview(mapped) as view:
            first = view[answer.offset : min(end, answer.offset + _BLOCK_BYTES)]
            with first:
                connection.sendall(answer.head + bytes(first))
                self._tell(answer, len(first))
            for at in range(answer.offset + _BLOCK_BYTES, end, _BLOCK_BYTES):
                with view[at : min(end, at + _BLOCK_BYTES)] as block:
                    connection.sendall(block)
                    self._tell(answer, len(block))
        with self._lock:
            self.counts.bytes += answer.length

    def _tell(self, answer: Answer, count: int) -> None:
        if answer.to is not None:
            self._responder.sent.moved(answer.to, count)
