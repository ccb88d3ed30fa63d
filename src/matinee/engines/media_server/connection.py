"""One plain connection: heads in, answers out, never waiting. The loop calls it when the socket is ready."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field

from matinee.engines.media_server.answers import Answer, Responder, refusal
from matinee.engines.media_server.counters import Counting
from matinee.engines.media_server.limits import ServerLimits

_RECEIVE_BYTES = 16 << 10
_DRAIN_BYTES = 256 << 10
_SMALL_BYTES = 16 << 10
"""Below this, one read and one send are cheaper than a head, a sendfile and a corked socket."""
_TURN_BYTES = 8 << 20
"""What one connection may send before the others have their turn."""
# The head waits in the kernel for the file's first bytes, so that both leave in one packet; without it Nagle and the
# delayed acknowledgement cost 40 ms a request.
_MORE = getattr(socket, "MSG_MORE", 0)
_END = b"\r\n\r\n"


class Gone(Exception):
    """The connection is over: closed by the client, broken, or done."""


@dataclass(slots=True)
class Connection:
    socket: socket.socket
    responder: Responder
    limits: ServerLimits
    counts: Counting
    deadline: float
    """Monotonic; moved by progress, checked by the loop."""
    received: bytearray = field(default_factory=bytearray)
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    answer: Answer | None = None
    served: int = 0
    unsent_of_file: int = 0
    """Bytes of a small file that go with its head."""

    @property
    def is_sending(self) -> bool:
        return self.answer is not None

    def read(self, now: float) -> None:
        """Take what arrived; begin to answer when a head is complete."""
        try:
            block = self.socket.recv(_RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            raise Gone from None
        if not block:
            raise Gone
        if not self.received:
            self.deadline = now + self.limits.head_timeout.total_seconds()
        self.received += block
        self.proceed(now)

    def proceed(self, now: float) -> None:
        """Answer what is complete, request after request, until the client must read or write."""
        sent = 0
        while True:
            if self.answer is None and not self._begin(now):
                return
            before = self.counts.bytes
            finished = self._send(now, _TURN_BYTES - sent)
            sent += self.counts.bytes - before
            if not finished:
                return

    def close(self) -> None:
        """Say that no more comes, and look at what is unread: closing over it would be a reset that overtakes the answer."""
        if self.answer is not None:
            self.answer.close()
            self.answer = None
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.recv(_DRAIN_BYTES)
        self.socket.close()

    def _begin(self, now: float) -> bool:
        """Whether there was a whole head (or one too long) to answer."""
        while self.received.startswith(b"\r\n"):  # RFC 9112: an empty line before a request is ignored
            del self.received[:2]
        end = self.received.find(_END)
        if end > self.limits.head_bytes_max or (end < 0 and len(self.received) > self.limits.head_bytes_max):
            sentence = f"A request's head has at most {self.limits.head_bytes_max} bytes."
            self.answer = refusal(431, "head-too-long", sentence, self.counts, keep_alive=False)
        elif end < 0:
            return False
        else:
            self.served += 1
            head = bytes(self.received[:end])
            del self.received[: end + len(_END)]
            last = self.served >= self.limits.requests_max
            self.answer = self.responder.answer(
                head, self.counts, peer=lambda: str(self.socket.getpeername()[0]), last=last
            )
        self.unsent = memoryview(self._with_small_body(self.answer))
        self.deadline = now + self.limits.stall_timeout.total_seconds()
        return True

    def _with_small_body(self, answer: Answer) -> bytes:
        if answer.file is None or answer.length > _SMALL_BYTES:
            return answer.head
        body = os.pread(answer.file, answer.length, answer.offset)
        if len(body) != answer.length:
            self.counts.errors += 1
            raise Gone
        self.counts.bytes += len(body)
        self.unsent_of_file = len(body)
        answer.length = 0
        return answer.head + body

    def _send(self, now: float, room: int) -> bool:
        """Whether the answer is out entirely."""
        answer = self.answer
        assert answer is not None
        try:
            while self.unsent:
                taken = self.socket.send(self.unsent, _MORE if answer.length else 0)
                self.unsent = self.unsent[taken:]
                self.deadline = now + self.limits.stall_timeout.total_seconds()
            if self.unsent_of_file:
                self._tell(answer, self.unsent_of_file)
                self.unsent_of_file = 0
            while answer.length and room > 0:
                assert answer.file is not None
                count = os.sendfile(self.socket.fileno(), answer.file, answer.offset, min(answer.length, room))
                if count == 0:  # the file became shorter under us: the promised length cannot be kept
                    self.counts.errors += 1
                    raise Gone
                answer.offset += count
                answer.length -= count
                room -= count
                self.counts.bytes += count
                self._tell(answer, count)
                self.deadline = now + self.limits.stall_timeout.total_seconds()
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            raise Gone from None
        if answer.length:
            return False
        return self._finish(now, answer)

    def _tell(self, answer: Answer, count: int) -> None:
        if answer.to is not None:
            self.responder.sent.moved(answer.to, count)

    def _finish(self, now: float, answer: Answer) -> bool:
        answer.close()
        self.answer = None
        if not answer.keep_alive:
            raise Gone
        waits = self.limits.head_timeout if self.received else self.limits.idle_timeout
        self.deadline = now + waits.total_seconds()
        return True
