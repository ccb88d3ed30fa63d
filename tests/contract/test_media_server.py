"""The media servers, by the contract; and what only the embedded one has to see to."""

import threading
from pathlib import Path

import pytest

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.port import MediaServer
from matinee.engines.media_server.sendfile import SendfileServer
from matinee.kernel.clock import SystemClock
from tests.contract.media_server_sockets import PATIENT, SocketConformance, Start
from tests.contract.media_server_wire import FILE, RELEASE, path_of, ticket


class TestSendfileServer(SocketConformance):
    def another(self, limits: ServerLimits = PATIENT) -> MediaServer:
        return SendfileServer(SystemClock(), limits)

    async def test_many_tracks_do_not_keep_many_folders_open(self, start: Start) -> None:
        edge = await start()
        for number in range(400):
            folder = edge.root / RELEASE / "hd" / f"t{number}"
            folder.mkdir()
            (folder / "a.m4s").write_bytes(b"%d" % number)
        wire = await edge.connect()
        before = len(list(Path("/proc/self/fd").iterdir()))
        for number in range(400):
            reply = await wire.ask(path_of(ticket(), f"{RELEASE}/hd/t{number}/a.m4s"))
            assert reply.body == b"%d" % number
        assert len(list(Path("/proc/self/fd").iterdir())) < before + 200
        await edge.stop()
        assert len(list(Path("/proc/self/fd").iterdir())) < before

    async def test_https_outlives_a_moment_without_a_thread_to_spare(
        self, start: Start, certificate: tuple[Path, Path]
    ) -> None:
        edge = await start(certificate=certificate[0], private_key=certificate[1])
        threading.stack_size(1 << 46)  # more than there is: no thread can be begun
        try:
            with pytest.raises(OSError):
                await edge.connect_securely(certificate[0])
        finally:
            threading.stack_size(0)
        assert (await (await edge.connect_securely(certificate[0])).ask(path_of(ticket()))).body == FILE
        assert edge.server.served().errors == 1
