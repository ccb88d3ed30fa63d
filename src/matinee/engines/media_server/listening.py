"""The socket that viewers connect to, or several at one port; and in words why there is none."""

import errno
import socket
import sys

from matinee.kernel.errors import Unavailable

_BACKLOG = 1024


def listen(host: str, port: int, *, beside: bool = False) -> socket.socket:
    """`beside` another socket of ours that lets others listen at its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if beside:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setblocking(False)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _named(error, host, port) from error
    return listener


class SharedPort:
    """A port with a listening socket for each of several processes, among which the system divides the connections.

    All sockets are ours and handed on: when a process is killed, those who had connected to it and were not yet accepted
    wait for its successor. The first one listens alone before it lets others in, or a second server at the same port would
    take half of our viewers instead of being told that the port is taken. Only Linux divides; elsewhere all processes
    accept from the one socket.
    """

    def __init__(self, host: str, port: int, count: int) -> None:
        first = listen(host, port)
        self._host, self.port = first.getsockname()[:2]
        self._divides = sys.platform == "linux"
        self._sockets: list[socket.socket | None] = [first, *[None] * (count - 1)]
        if self._divides:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    def socket(self, at: int) -> socket.socket:
        """That of one process. Opened when it is asked for, so that nobody waits at one that no process has."""
        found = self._sockets[at if self._divides else 0]
        if found is None:
            found = self._sockets[at] = listen(self._host, self.port, beside=True)
        return found

    def withdraw(self, at: int) -> None:
        """Nobody accepts there for now: let viewers go to the others. The last one stays, for the port is ours."""
        found = self._sockets[at]
        if found is not None and sum(each is not None for each in self._sockets) > 1:
            found.close()
            self._sockets[at] = None

    def close(self) -> None:
        for each in self._sockets:
            if each is not None:
                each.close()


def _named(error: OSError, host: str, port: int) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        reason = "another program listens there. Stop it or choose another port"
    elif error.errno == errno.EACCES:
        reason = "only the superuser may. Choose a port above 1023"
    else:
        reason = f"{error.strerror}. Check the host's address"
    return Unavailable(f"The edge cannot listen on port {port} of {host}: {reason}.", port=port)
