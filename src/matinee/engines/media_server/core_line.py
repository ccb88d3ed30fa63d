"""Our end of the line to one worker process.

To tell it something and to wait until it holds takes the loop's thread: the caller's next line may rely on it. That is a
moment, for a worker listens to us in a thread of its own; who does not answer in time is given up.
"""

import asyncio
import select
import socket
from collections.abc import Callable, Sequence

from matinee.engines.media_server.core_orders import Order, is_sent, sent_read, written
from matinee.engines.media_server.port import Sent
from matinee.kernel.clock import Clock

_RECEIVE_BYTES = 64 << 10


class ControlLine:
    def __init__(self, clock: Clock, hear_sent: Callable[[Sequence[Sent]], None]) -> None:
        self._clock = clock
        self._hear_sent = hear_sent
        self._ours, self.theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._broken_off = b""
        self._heard = -1
        self._news = asyncio.Event()
        self.is_cut = False
        """The process has ended, or is about to."""
        asyncio.get_running_loop().add_reader(self._ours, self._take)

    def tell(self, order: Order, until: float) -> None:
        """Raises `TimeoutError` when it does not listen. Says nothing over a line that is cut."""
        left = memoryview(written(order))
        while left and not self.is_cut:
            try:
                left = left[self._ours.send(left) :]
            except BlockingIOError:
                # It may be waiting itself, until we have heard what it says.
                self._wait(select.POLLOUT | select.POLLIN, until)
                self._take()
            except OSError:
                self.close()

    def wait_for(self, number: int, until: float) -> None:
        """Until the order of that number holds, or nobody is there whom it could hold for. Raises `TimeoutError`."""
        while self._heard < number and not self.is_cut:
            self._wait(select.POLLIN, until)
            self._take()

    async def heard(self, number: int) -> bool:
        """The same without an end and without taking the loop's thread. Whether it holds."""
        while self._heard < number and not self.is_cut:
            self._news.clear()
            await self._news.wait()
        return self._heard >= number

    def close(self) -> None:
        if not self.is_cut:
            self.is_cut = True
            asyncio.get_running_loop().remove_reader(self._ours)
            self._ours.close()
            self._news.set()

    def _take(self) -> None:
        try:
            said = self._ours.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self.close()
            return
        *lines, self._broken_off = (self._broken_off + said).split(b"\n")
        for line in lines:
            if is_sent(line):
                self._hear_sent(sent_read(line))
            else:
                self._heard = max(self._heard, int(line))
        self._news.set()

    def _wait(self, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(self._ours, event)
        if not poll.poll(max(0.0, until - self._clock.monotonic()) * 1000):
            raise TimeoutError
