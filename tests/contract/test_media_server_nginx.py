"""NGINX, by the same contract, once for each that can be had; and what only it has to see to."""

import asyncio
import json
import os
import random
import signal
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.nginx import NginxServer
from matinee.engines.media_server.nginx_program import (
    HOW_TO_GET,
    NginxProgram,
    nginx_at,
    path_in_system,
    path_in_wheel,
)
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import Unavailable
from matinee.kernel.processes import Child, Command, SystemProcesses
from matinee.kernel.quantities import from_epoch_ms, seconds
from matinee.wire.encoding import b64url, to_json
from matinee.wire.tickets import EdgeTicket, KeyRing, TicketRefused, verify
from tests.contract.media_server_sockets import PATIENT, SocketConformance, Start
from tests.contract.media_server_wire import FILE, RELEASE, RING, SMALL, Running, make_root, path_of, ticket

VECTORS = Path(__file__).parents[2] / "vectors" / "tickets.json"
# The vectors have a time of their own, so a handler of the test's own asks the script that the gate asks.
JUDGE = """
import tickets from 'tickets.js';
function judge(r) {
    const asked = JSON.parse(r.requestText);
    let said;
    try {
        const payload = tickets.verify(asked.ticket, asked.keys, asked.now);
        said = {
            payload,
            admits: asked.release ? tickets.admits(payload, asked.release, asked.tier) : null,
            isFor: asked.address ? tickets.isFor(payload, Buffer.from(asked.address, 'hex')) : null,
        };
    } catch (error) {
        said = { refused: error.message };
    }
    r.return(200, JSON.stringify(said));
}
export default { judge };
"""


class Judge:
    """An NGINX that is asked about tickets, by the script that the server runs."""

    def __init__(self, child: Child, socket: Path) -> None:
        self._child = child
        self._socket = socket

    @classmethod
    async def started(cls, program: NginxProgram, scripts: Path) -> "Judge":
        folder = scripts / "judge"
        (folder / "temporary").mkdir(parents=True)
        (folder / "tickets.js").write_bytes((scripts / "tickets.js").read_bytes())
        (folder / "judge.js").write_text(JUDGE)
        (folder / "nginx.conf").write_text(settings_of_judge(program, folder))
        argv = [program.path, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"]
        child = await SystemProcesses().spawn(Command(argv, folder=folder, is_part_of_us=True, killed_by="TERM"))
        async with asyncio.timeout(20):
            while not (folder / "socket").exists():
                await asyncio.sleep(0.01)
        return cls(child, folder / "socket")

    async def ask(self, **words: object) -> dict[str, object]:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        body = json.dumps(words).encode()
        writer.write(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer: dict[str, object] = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
        writer.close()
        return answer

    async def stop(self) -> None:
        await self._child.stop(seconds(5))


def settings_of_judge(program: NginxProgram, folder: Path) -> str:
    load = f'load_module "{program.module}";' if program.module else ""
    user = "user root root;" if os.geteuid() == 0 else ""
    kept = " ".join(f"{each}_temp_path temporary;" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""{load} {user} daemon off; pid nginx.pid; lock_file nginx.lock; events {{}} http {{
        js_path .; js_import judge from judge.js; access_log off; {kept} client_body_buffer_size 64k;
        server {{ listen "unix:{folder}/socket"; location / {{ js_content judge.judge; }} }} }}"""


def folder_of(edge: Running) -> Path:
    assert isinstance(edge.server, NginxServer)
    return edge.server.folder


def family(edge: Running) -> list[int]:
    """The master, and after it its workers."""
    master = int((folder_of(edge) / "nginx.pid").read_text())
    return [master, *map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]


class NginxConformance(SocketConformance):
    """Subclasses say where their NGINX is."""

    program: NginxProgram

    def path(self) -> str | None:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    @pytest.fixture(autouse=True)
    async def _program(self) -> None:
        path = self.path()
        found = await nginx_at(path, SystemProcesses()) if path is not None else None
        if found is None:
            pytest.skip(f"no NGINX that runs scripts: {HOW_TO_GET}")
        self.program = found

    def another(self, limits: ServerLimits = PATIENT) -> MediaServer:
        return NginxServer(SystemClock(), SystemProcesses(), limits, self.program)

    async def test_what_viewers_sent_and_what_keys_are_is_in_no_file_that_others_can_read(self, start: Start) -> None:
        edge = await start()
        for path in (path_of(ticket()), path_of(ticket(ends_in=-5)), path_of(ticket(), f"{RELEASE}/hd/v1/link.m4s")):
            await edge.ask(path)
        await edge.count(3)
        folder = folder_of(edge)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
        for file in folder.iterdir():
            if file.is_file():
                assert b"eyJ" not in file.read_bytes(), file
        log = (folder / "access.log").read_text()
        assert f"200\t{len(FILE)}\t-\t{RELEASE}/hd/v1/seg1.m4s\tsession-1\t-\n" in log
        for pid in family(edge):
            words = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
            assert not any(key in words or b64url(key).encode() in words for key in RING.keys.values())

    async def test_an_orderly_end_leaves_nothing_behind(self, start: Start) -> None:
        edge = await start()
        folder, pids = folder_of(edge), family(edge)
        await edge.stop()
        assert not folder.exists()
        assert not any(Path(f"/proc/{pid}").exists() for pid in pids)

    async def test_keys_rotate_under_a_viewer_who_never_stops_reading(self, edge: Running) -> None:
        wire = await edge.connect()
        for number in range(20):
            path = path_of(ticket())
            await wire.send(f"GET {path} HTTP/1.1\r\nHost: edge\r\n\r\n".encode())
            edge.server.trust({"k1": RING.keys["k1"], f"k{number + 3}": bytes([number]) * 32})
            assert (await wire.reply()).body == FILE
        assert not wire.reader.at_eof()

    async def test_a_denied_release_is_refused_by_every_worker(self, edge: Running) -> None:
        wires = [await edge.connect() for _ in range(24)]
        first = await asyncio.gather(*[wire.ask(path_of(ticket())) for wire in wires])
        assert {reply.status for reply in first} == {200}
        edge.server.deny(RELEASE)
        second = await asyncio.gather(*[wire.ask(path_of(ticket())) for wire in wires])
        assert {reply.status for reply in second} == {403}

    async def test_a_worker_that_was_killed_is_replaced(self, edge: Running) -> None:
        for worker in family(edge)[1:]:
            os.kill(worker, signal.SIGKILL)
        assert (await edge.ask(path_of(ticket()))).body == FILE

    async def test_a_master_that_was_killed_is_started_again_with_its_keys_and_what_is_denied(
        self, edge: Running
    ) -> None:
        edge.server.deny(RELEASE)
        before = family(edge)
        os.kill(before[0], signal.SIGKILL)
        async with asyncio.timeout(20):
            while any(Path(f"/proc/{pid}").exists() for pid in before):
                await asyncio.sleep(0.01)
        # Nobody is turned away meanwhile: the connection waits.
        assert (await edge.ask(path_of(ticket()))).status == 403
        assert (await edge.ask(path_of(ticket(release="rel-2"), "rel-2/hd/v1/seg1.m4s"))).body == FILE
        assert edge.server.served().errors == 1

    async def test_its_log_is_turned_over_and_no_request_is_lost(self, tmp_path: Path) -> None:
        server = NginxServer(SystemClock(), SystemProcesses(), PATIENT, self.program, log_bytes_max=2000)
        root = make_root(tmp_path)
        await server.start(MediaServerConfig(root, RING.keys, "127.0.0.1", 0, workers=2))
        edge = Running(server, root)
        try:
            wires = [await edge.connect() for _ in range(8)]
            path, asked = path_of(ticket(), f"{RELEASE}/hd/v1/small.m4s"), 0
            async with asyncio.timeout(60):
                while not (server.folder / "access.before").exists() or asked < 400:
                    await asyncio.gather(*[wire.ask(path) for wire in wires])
                    asked += len(wires)
            await asyncio.gather(*[wire.ask(path) for wire in wires])
            asked += len(wires)
            await edge.count(asked)
            assert server.served().bytes == asked * len(SMALL)
            assert b"eyJ" not in (server.folder / "access.before").read_bytes()
        finally:
            await edge.stop()

    @pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::1"])
    async def test_it_listens_where_it_is_told(self, tmp_path: Path, host: str) -> None:
        server = self.another()
        try:
            await server.start(MediaServerConfig(make_root(tmp_path), RING.keys, host, 0))
        except Unavailable as error:
            pytest.skip(f"no such address here: {error.sentence}")
        reader, writer = await asyncio.open_connection("::1" if host == "::1" else "127.0.0.1", server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()
        await server.stop()

    async def test_ticket_vectors_are_judged_alike_by_its_script(self, edge: Running) -> None:
        document = json.loads(VECTORS.read_text())
        keys = {name: b64url(bytes.fromhex(key)) for name, key in document["keys"].items()}
        edges = [case for case in document["cases"] if case["purpose"] == "edge"]
        good = {case["ticket"]: case["payload"] for case in edges if "payload" in case}
        judge = await Judge.started(self.program, folder_of(edge))
        try:
            for case in document["cases"]:
                said = await judge.ask(ticket=case["ticket"], keys=keys, now=document["now"])
                if case["ticket"] in good:
                    payload = said["payload"]
                    assert isinstance(payload, dict)
                    known = {name: payload.get(name) for name in good[case["ticket"]]}
                    assert known == good[case["ticket"]], case["name"]
                elif case["purpose"] == "edge":
                    assert said == {"refused": case["refused"]}, case["name"]
                else:
                    assert said["refused"], case["name"]
            for case in document["admits"]:
                wanted = {name: case[name] for name in ("ticket", "release", "tier")}
                said = await judge.ask(**wanted, keys=keys, now=document["now"])
                assert said["admits"] == case["admits"]
            for case in document["clients"]:
                said = await judge.ask(ticket=case["ticket"], address=case["bytes"], keys=keys, now=document["now"])
                assert said["isFor"] == case["is_for"], case
        finally:
            await judge.stop()

    async def test_its_script_judges_spoiled_tickets_as_we_do(self, edge: Running) -> None:
        now = int(datetime.now(UTC).timestamp())
        keys = {name: b64url(key) for name, key in RING.keys.items()}
        judge = await Judge.started(self.program, folder_of(edge))
        try:
            for text in spoiled_tickets(random.Random(7), 600):
                said = await judge.ask(ticket=text, keys=keys, now=now)
                assert {name: said[name] for name in ("payload", "refused") if name in said} == ours(text, now), text
        finally:
            await judge.stop()


def ours(text: str, now: int) -> object:
    try:
        payload = verify(text, EdgeTicket, RING.keys, now=from_epoch_ms(now * 1000))
    except TicketRefused as error:
        return {"refused": error.reason}
    return json.loads(to_json({"payload": payload}))


def spoiled_tickets(chance: random.Random, count: int) -> Iterator[str]:
    """Genuine ones with something done to them, and now and then nothing."""
    letters = "ABCxyz019-_.=+/% é\u202e"
    for number in range(count):
        good = ticket(session=f"session-{number}", client=chance.choice([None, "4:c63364"]))
        body, mac = good.split(".")
        at, letter = chance.randrange(len(good)), chance.choice(letters)
        yield chance.choice(
            [
                good,
                good[:at],
                good[at:],
                good[:at] + letter + good[at:],
                good[:at] + letter + good[at + 1 :],
                good[:at] + good[at + 1 :],
                f"{mac}.{body}",
                f"{body}.{ticket(session='another').split('.')[1]}",
                f"{body}.{mac[:-1]}{chance.choice('ABCDEFGHIJKLMNOP')}",
                f"{body}{'A' * 1024}.{mac}",
                good[::-1],
                ticket(ends_in=-1),
                ticket(kid="k9", ring=KeyRing("k9", {"k9": b"9" * 32})),
                ticket(ring=KeyRing("k1", {"k1": b"x" * 32})),
            ]
        )


class TestSystemNginx(NginxConformance):
    def path(self) -> str | None:
        return path_in_system()


class TestWheelNginx(NginxConformance):
    def path(self) -> str | None:
        return path_in_wheel()
