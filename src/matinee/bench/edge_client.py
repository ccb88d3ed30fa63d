"""Many viewers in one process that cost as little as they can: what they read is thrown away inside the kernel.

Prints what came, as one line of JSON. Every request is read to its end, so that bytes and processor time belong together.
"""

import argparse
import os
import re
import select
import socket
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path

from matinee.kernel.clock import SystemClock
from matinee.wire.encoding import to_json

_BLOCK = bytearray(4 << 20)
_HEAD_MAX = 4096
_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


class Refused(Exception):
    """The server did not hand out the file."""


@dataclass(slots=True)
class Viewer:
    socket: socket.socket
    paths: list[bytes]
    asked: int = 0
    missing: int = 0
    """Bytes of the answer that are still to come."""
    head: bytearray = field(default_factory=bytearray)

    def ask(self) -> None:
        path = self.paths[self.asked % len(self.paths)]
        self.asked += 1
        self.head.clear()
        self.missing = -1
        self.socket.sendall(b"GET %s HTTP/1.1\r\nHost: edge\r\n\r\n" % path)

    def read(self) -> int:
        """How many bytes of a file came. Afterwards `missing` is 0 where the answer is whole."""
        came = self._read_head() if self.missing < 0 else 0
        while self.missing > 0:
            try:
                count = self._skip(self.missing)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            if count == 0:
                raise Refused("the server closed the connection in the middle of a file")
            self.missing -= count
            came += count
        return came

    def _skip(self, most: int) -> int:
        if isinstance(self.socket, ssl.SSLSocket):
            return self.socket.recv_into(_BLOCK, min(most, len(_BLOCK)))
        return self.socket.recv_into(_BLOCK, min(most, len(_BLOCK)), socket.MSG_TRUNC)

    def _read_head(self) -> int:
        try:
            block = self.socket.recv(_HEAD_MAX)
        except (BlockingIOError, ssl.SSLWantReadError):
            return 0
        if not block:
            raise Refused("the server closed the connection")
        self.head += block
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return 0
        length = _LENGTH.search(self.head, 0, end)
        if not self.head.startswith(b"HTTP/1.1 200") or length is None:
            raise Refused(bytes(self.head[:end]).decode(errors="replace"))
        came = len(self.head) - end - 4
        self.missing = int(length[1]) - came
        return came


def view(viewers: list[Viewer], ends: float, clock: SystemClock) -> tuple[int, int]:
    """Bytes and requests, until `ends` and then until the last answer is whole."""
    poll = select.epoll()
    by_handle = {viewer.socket.fileno(): viewer for viewer in viewers}
    for handle, viewer in by_handle.items():
        poll.register(handle, select.EPOLLIN)
        viewer.ask()
    came = requests = 0
    busy = len(viewers)
    while busy:
        for handle, _ in poll.poll():
            viewer = by_handle[handle]
            came += viewer.read()
            if viewer.missing != 0:
                continue
            requests += 1
            if clock.monotonic() < ends:
                viewer.ask()
            else:
                busy -= 1
    return came, requests


def connected(port: int, certificate: Path | None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if certificate is not None:
        trust = ssl.create_default_context(cafile=str(certificate))
        plain = trust.wrap_socket(plain, server_hostname="localhost")
    plain.setblocking(False)
    return plain


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--paths", type=Path, required=True, help="a line of paths for each viewer")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--certificate", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})
    lines = options.paths.read_bytes().splitlines()
    viewers = [Viewer(connected(options.port, options.certificate), line.split()) for line in lines]
    clock = SystemClock()
    began = clock.monotonic()
    came, requests = view(viewers, began + options.seconds, clock)
    told = {"bytes": came, "requests": requests, "seconds": clock.monotonic() - began}
    sys.stdout.write(to_json(told).decode() + "\n")


if __name__ == "__main__":
    main()
