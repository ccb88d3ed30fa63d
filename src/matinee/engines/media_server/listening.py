"""The socket that viewers connect to, and in words why there is none."""

import errno
import socket

from matinee.kernel.errors import Unavailable

_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _named(error, host, port) from error
    return listener


def _named(error: OSError, host: str, port: int) -> Unavailable:
    if error.errno == errno.EADDRINUSE:
        reason = "another program listens there. Stop it or choose another port"
    elif error.errno == errno.EACCES:
        reason = "only the superuser may. Choose a port above 1023"
    else:
        reason = f"{error.strerror}. Check the host's address"
    return Unavailable(f"The edge cannot listen on port {port} of {host}: {reason}.", port=port)
