"""One worker process of the embedded server: `python -m matinee.engines.media_server.core_process LINE LISTENER BOARD`.

The three numbers are open files that it inherits. It serves what it is told over the line, and ends when the line does: in
good order, also when whoever started it was killed. It imports little, so that it starts fast and stays small.
"""

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.engines.media_server.answers import Responder
from matinee.engines.media_server.core_counts import SharedBoard
from matinee.engines.media_server.core_orders import UP, Begin, read, sent_written
from matinee.engines.media_server.counters import exposition
from matinee.engines.media_server.gate import Gate
from matinee.engines.media_server.loop import Worker
from matinee.engines.media_server.sent import Gathered
from matinee.kernel.clock import SystemClock

if TYPE_CHECKING:
    from matinee.engines.media_server.tls import TlsWorker


class CoreProcess:
    def __init__(self, listener: socket.socket, board: SharedBoard) -> None:
        self._listener = listener
        self._board = board
        self._clock = SystemClock()
        self._gate = Gate(self._clock, {})
        self._sent = Gathered()
        self._worker: Worker | TlsWorker | None = None

    def obey(self, line: bytes) -> bytes:
        """Returns what to say: at last the number of the order, which holds from here on."""
        order = read(line)
        if (keys := order.ticket_keys()) is not None:
            self._gate.trust(keys)
        if order.deny:
            self._gate.deny(*order.deny)
        if order.revoke:
            self._gate.revoke(order.revoke)
        if order.begin is not None:
            self._worker = self._made(order.begin)
            self._worker.start()
        told = sent_written(self._sent.taken()) if order.tell_sent else b""
        return told + b"%d\n" % order.number

    def end(self) -> None:
        if self._worker is not None:
            self._worker.stop()

    def _made(self, begin: Begin) -> "Worker | TlsWorker":
        counts = self._board.rows[begin.row]
        responder = Responder(Path(begin.root), self._gate, lambda: exposition(self._board.rows), self._sent)
        if begin.certificate is None:
            return Worker(self._listener, responder, begin.limits, self._clock, counts)
        # Only here: TLS takes a fifth of the time that all the rest takes to import.
        from matinee.engines.media_server.tls import TlsWorker, tls_context

        key = Path(begin.private_key) if begin.private_key is not None else None
        context = tls_context(Path(begin.certificate), key)
        return TlsWorker(self._listener, context, responder, begin.limits, self._clock, counts)


def main() -> None:
    line, listener, board = map(int, sys.argv[1:4])
    control, listening = socket.socket(fileno=line), socket.socket(fileno=listener)
    listening.setblocking(False)
    process = CoreProcess(listening, SharedBoard(board))
    try:
        control.sendall(b"%d\n" % UP)
        with control.makefile("rb") as orders:
            for order in orders:
                if order.endswith(b"\n"):  # the last one may have broken off with who said it
                    control.sendall(process.obey(order))
    except OSError:  # nobody is there any more
        pass
    finally:
        process.end()


if __name__ == "__main__":
    main()
