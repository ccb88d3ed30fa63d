"""The media servers, by the contract; and what only the embedded one has to see to."""

from pathlib import Path

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.port import MediaServer
from matinee.engines.media_server.sendfile import SendfileServer
from matinee.kernel.clock import SystemClock
from tests.contract.media_server_sockets import PATIENT, SocketConformance, Start
from tests.contract.media_server_wire import RELEASE, path_of, ticket


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
