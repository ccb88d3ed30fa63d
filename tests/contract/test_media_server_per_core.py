"""The embedded server by several processes, by the contract; and what only several processes have to see to."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from matinee.engines.media_server.core_counts import SharedBoard
from matinee.engines.media_server.core_orders import Begin, Order, spelled, written
from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.listening import listen
from matinee.engines.media_server.per_core import PerCoreServer
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import Unavailable
from matinee.kernel.processes import Child, Command, ProgramFailed, SystemProcesses
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import b64url
from matinee.wire.tickets import KeyRing
from tests.contract.media_server_sockets import PATIENT, SocketConformance
from tests.contract.media_server_wire import (
    FILE,
    OTHER,
    RELEASE,
    RING,
    SMALL,
    Running,
    Wire,
    make_root,
    path_of,
    ticket,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="who serves whom is read from /proc")
PROGRAM = b"matinee.engines.media_server.core_process"
TINY = f"{RELEASE}/hd/v1/small.m4s"


def workers(agent: int | None = None) -> list[int]:
    """The processes that serve for this one, or for another."""
    children = Path(f"/proc/{agent or os.getpid()}/task").glob("*/children")
    pids = [int(pid) for each in children for pid in each.read_text().split()]
    return [pid for pid in pids if PROGRAM in said(pid, "cmdline")]


def said(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def holder(wire: Wire, pids: Sequence[int]) -> int | None:
    """The process that has accepted a connection."""
    here, there = (int(wire.writer.get_extra_info(name)[1]) for name in ("sockname", "peername"))
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:])
    inode = next(row[9] for row in rows if row[1].endswith(f":{there:04X}") and row[2].endswith(f":{here:04X}"))
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if file.readlink() == Path(f"socket:[{inode}]"):
                    return pid
            except FileNotFoundError:  # closed while we looked
                continue
    return None


async def one_for_each(edge: Running, pids: Sequence[int]) -> dict[int, Wire]:
    """A connection to each of these processes."""
    found: dict[int, Wire] = {}
    async with asyncio.timeout(20):
        while set(found) != set(pids):
            wire = await edge.connect()
            assert (await wire.ask("/healthz")).status == 200
            if (pid := holder(wire, pids)) is not None:
                found.setdefault(pid, wire)
    return found


async def pause(pid: int) -> None:
    """It is stopped when all of its threads are, and may go on for a moment before."""
    os.kill(pid, signal.SIGSTOP)
    tasks = Path(f"/proc/{pid}/task")
    await until(lambda: all((each / "stat").read_text().rsplit(") ", 1)[1][0] == "T" for each in tasks.iterdir()))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


async def replaced(before: Sequence[int], *killed: int) -> list[int]:
    """The processes that were started for those."""
    async with asyncio.timeout(30):
        while True:
            now = workers()
            if not set(killed) & set(now) and len(now) == len(before):
                return [pid for pid in now if pid not in before]
            await asyncio.sleep(0.01)


class FailingProcesses(SystemProcesses):
    """Starts nothing while it is told to."""

    fails = False

    async def spawn(self, command: Command) -> Child:
        if self.fails:
            raise ProgramFailed("python", "could not be started", "")
        return await super().spawn(command)


Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    begun: list[Running] = []

    async def serve(server: PerCoreServer | None = None, *, workers: int = 2) -> Running:
        server = server or PerCoreServer(SystemClock(), SystemProcesses())
        root = make_root(tmp_path)
        await server.start(MediaServerConfig(root, RING.keys, "127.0.0.1", 0, workers=workers))
        begun.append(Running(server, root))
        return begun[-1]

    yield serve
    for each in begun:
        await each.stop()
    assert workers() == []


class TestPerCoreServer(SocketConformance):
    def another(self, limits: ServerLimits = PATIENT) -> MediaServer:
        return PerCoreServer(SystemClock(), SystemProcesses(), limits)


async def test_a_denied_release_is_refused_by_every_process_when_the_call_returns(serve: Serve) -> None:
    edge = await serve(workers=3)
    wires = (await one_for_each(edge, workers())).values()
    assert [(await wire.ask(path_of(ticket()))).status for wire in wires] == [200] * 3
    edge.server.deny(RELEASE)
    assert [(await wire.ask(path_of(ticket()))).status for wire in wires] == [403] * 3
    other = path_of(ticket(release=OTHER), f"{OTHER}/hd/v1/seg1.m4s")
    assert [(await wire.ask(other)).status for wire in wires] == [200] * 3


async def test_new_keys_are_taken_and_old_ones_refused_by_every_process_when_the_call_returns(serve: Serve) -> None:
    edge = await serve(workers=3)
    wires = (await one_for_each(edge, workers())).values()
    old, new = ticket(), ticket(kid="k3", ring=KeyRing("k3", {"k3": b"3" * 32}))
    for wire in wires:
        assert [(await wire.ask(path_of(each))).status for each in (old, new)] == [200, 403]
    edge.server.trust({"k3": b"3" * 32})
    for wire in wires:
        assert [(await wire.ask(path_of(each))).status for each in (old, new)] == [403, 200]


async def test_a_call_returns_only_when_the_last_process_has_carried_it_out(serve: Serve) -> None:
    edge = await serve()
    pids = workers()
    wires = await one_for_each(edge, pids)
    went_on = threading.Event()

    def go_on() -> None:
        went_on.set()
        os.kill(pids[0], signal.SIGCONT)

    await pause(pids[0])
    later = threading.Timer(0.2, go_on)
    later.start()
    edge.server.deny(RELEASE)
    assert went_on.is_set()
    assert (await wires[pids[0]].ask(path_of(ticket()))).status == 403
    assert workers() == pids
    later.join()


async def test_an_order_holds_for_a_process_under_load(serve: Serve) -> None:
    edge = await serve()
    wires = [await edge.connect() for _ in range(16)]

    async def watch(wire: Wire) -> int:
        seen = 0
        while (await wire.ask(path_of(ticket()))).status == 200:
            seen += 1
        return seen

    watching = [asyncio.ensure_future(watch(wire)) for wire in wires]
    await edge.count(100)
    edge.server.deny(RELEASE)
    async with asyncio.timeout(20):
        assert sum(await asyncio.gather(*watching)) > 0
    assert [(await wire.ask(path_of(ticket()))).status for wire in wires] == [403] * 16


async def test_a_process_that_does_not_answer_is_ended_and_replaced_and_others_go_on(serve: Serve) -> None:
    edge = await serve(PerCoreServer(SystemClock(), SystemProcesses(), answers_within=seconds(0.5)))
    pids = workers()
    wires = await one_for_each(edge, pids)
    await pause(pids[0])
    edge.server.deny(RELEASE)
    assert (await wires[pids[1]].ask(path_of(ticket()))).status == 403
    assert await wires[pids[0]].is_closed()
    [new] = await replaced(pids, pids[0])
    wire = (await one_for_each(edge, [new]))[new]
    assert (await wire.ask(path_of(ticket()))).status == 403


async def test_a_killed_process_is_replaced_with_all_that_holds_while_another_sends_on(serve: Serve) -> None:
    edge = await serve()
    large = bytes(range(256)) * (128 << 10)
    (edge.root / OTHER / "hd/v1/large.m4s").write_bytes(large)
    edge.server.deny(RELEASE)
    edge.server.trust({"k3": b"3" * 32})
    ring = KeyRing("k3", {"k3": b"3" * 32})
    denied = path_of(ticket(kid="k3", ring=ring))
    good = path_of(ticket(kid="k3", ring=ring, release=OTHER), f"{OTHER}/hd/v1/large.m4s")
    pids = workers()
    wires = await one_for_each(edge, pids)
    await wires[pids[1]].send(f"GET {good} HTTP/1.1\r\nHost: edge\r\n\r\n".encode())
    await wires[pids[1]].reader.readuntil(b"\r\n\r\n")
    begun = await wires[pids[1]].reader.readexactly(1000)
    os.kill(pids[0], signal.SIGKILL)
    assert await wires[pids[0]].is_closed()
    assert begun + await wires[pids[1]].reader.readexactly(len(large) - 1000) == large
    [new] = await replaced(pids, pids[0])
    wire = (await one_for_each(edge, [new]))[new]
    assert (await wire.ask(denied)).status == 403
    assert (await wire.ask(path_of(ticket(release=OTHER), f"{OTHER}/hd/v1/seg1.m4s"))).status == 403
    assert (await wire.ask(good)).body == large
    assert edge.server.served().errors == 1


async def test_who_had_connected_to_a_killed_process_and_was_not_accepted_waits_for_the_next(serve: Serve) -> None:
    edge = await serve()
    pids = workers()
    await pause(pids[0])
    asked = [asyncio.ensure_future(edge.ask(path_of(ticket()))) for _ in range(24)]
    await edge.count(1)
    os.kill(pids[0], signal.SIGKILL)
    async with asyncio.timeout(20):
        assert [(await each).body == FILE for each in asked] == [True] * 24


async def test_all_processes_can_be_killed_and_nobody_is_turned_away(serve: Serve) -> None:
    edge = await serve()
    for _ in range(3):
        pids = workers()
        await one_for_each(edge, pids)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert (await edge.ask(path_of(ticket()))).body == FILE
        await replaced(pids, *pids)
    assert edge.server.served().errors == 6


async def test_while_a_process_cannot_be_started_its_viewers_go_to_the_others(serve: Serve) -> None:
    processes = FailingProcesses()
    edge = await serve(PerCoreServer(SystemClock(), processes))
    pids = workers()
    processes.fails = True
    os.kill(pids[0], signal.SIGKILL)
    async with asyncio.timeout(20):
        while await waits(edge):
            pass
    assert [reply.body for reply in await asyncio.gather(*(edge.ask(path_of(ticket(), TINY)) for _ in range(16)))] == [
        SMALL
    ] * 16
    processes.fails = False
    [new] = await replaced(pids, pids[0])
    assert (await (await one_for_each(edge, [new]))[new].ask(path_of(ticket()))).body == FILE


async def waits(edge: Running) -> bool:
    """Whether anyone of sixteen viewers connects to a place where nobody accepts."""
    asked = [asyncio.ensure_future(edge.ask(path_of(ticket(), TINY))) for _ in range(16)]
    _, waiting = await asyncio.wait(asked, timeout=0.5)
    for each in waiting:
        each.cancel()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    return any(isinstance(each, BaseException) for each in ended)


async def test_what_all_processes_counted_is_summed_also_of_those_that_ended(serve: Serve) -> None:
    edge = await serve()
    pids = workers()
    wires = await one_for_each(edge, pids)
    for wire in wires.values():
        await wire.ask(path_of(ticket()))
        await wire.ask(path_of("forged"))
    counted = edge.server.served()
    asked = counted.requests
    assert (counted.bytes, counted.refused) == (2 * len(FILE), 2)
    assert counted.connections == len(edge.wires)
    os.kill(pids[0], signal.SIGKILL)
    [new] = await replaced(pids, pids[0])
    again = await one_for_each(edge, [new, pids[1]])
    await again[new].ask(path_of(ticket(), TINY))
    for wire in again.values():
        told = (await wire.ask("/metrics")).body.decode()
        assert f"edge_bytes_total {2 * len(FILE) + len(SMALL)}\n" in told
        assert 'edge_tickets_refused_total{reason="malformed"} 2\n' in told
        assert "edge_errors_total 1\n" in told
    await edge.stop()
    ended = edge.server.served()
    assert ended.requests > asked
    assert (ended.bytes, ended.refused, ended.connections) == (2 * len(FILE) + len(SMALL), 2, 0)


async def test_keys_are_in_no_argument_and_no_environment(serve: Serve) -> None:
    await serve()
    for pid in workers():
        words = said(pid, "cmdline") + said(pid, "environ")
        assert PROGRAM in words
        assert not any(key in words or b64url(key).encode() in words for key in RING.keys.values())


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::1"])
async def test_all_processes_listen_where_they_are_told(tmp_path: Path, host: str) -> None:
    server = PerCoreServer(SystemClock(), SystemProcesses())
    try:
        await server.start(MediaServerConfig(make_root(tmp_path), RING.keys, host, 0, workers=2))
    except Unavailable as error:
        pytest.skip(f"no such address here: {error.sentence}")
    for _ in range(8):
        reader, writer = await asyncio.open_connection("::1" if host == "::1" else "127.0.0.1", server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()
    await server.stop()


async def test_every_process_has_a_listening_socket_of_its_own(serve: Serve) -> None:
    edge = await serve(workers=3)
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:])
    listening = [row for row in rows if row[1].endswith(f":{edge.server.port:04X}") and row[3] == "0A"]
    assert len(listening) == 3


async def test_a_process_ends_when_its_line_does_without_anyone_ending_it(tmp_path: Path) -> None:
    loop, board, listener = asyncio.get_running_loop(), SharedBoard.made(workers=1), listen("127.0.0.1", 0)
    ours, theirs = socket.socketpair()
    handles = (theirs.fileno(), listener.fileno(), board.handle)
    with ours, theirs, listener:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", PROGRAM.decode(), *map(str, handles), pass_fds=handles
        )
        theirs.close()
        assert await loop.run_in_executor(None, ours.recv, 16) == b"0\n"
        begin = Begin(str(make_root(tmp_path)), 0, None, None, PATIENT)
        ours.sendall(written(Order(1, begin, spelled(dict(RING.keys)))))
        assert await loop.run_in_executor(None, ours.recv, 16) == b"1\n"
        wire = Wire(*await asyncio.open_connection(*listener.getsockname()))
        assert (await wire.ask(path_of(ticket(), TINY))).body == SMALL
        ours.sendall(written(Order(2, deny=(OTHER,)))[:-5])  # broken off, as by a kill in the middle of a word
        ours.close()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        assert await wire.is_closed()
    await wire.close()
    board.close()


async def test_of_what_a_killed_process_sent_only_what_it_had_not_told_yet_is_lost(serve: Serve) -> None:
    edge = await serve()
    pids = workers()
    wires = await one_for_each(edge, pids)
    for number, wire in enumerate(wires.values()):
        await wire.ask(path_of(ticket(session=f"s{number}")))
    assert {key[0]: one.bytes for key, one in (await edge.sent(2)).items()} == {"s0": len(FILE), "s1": len(FILE)}
    edge.bytes_unnamed = 2 * len(FILE)
    os.kill(pids[0], signal.SIGKILL)
    [new] = await replaced(pids, pids[0])
    wire = (await one_for_each(edge, [new]))[new]
    await wire.ask(path_of(ticket(session="s2"), TINY))
    await wires[pids[1]].ask(path_of(ticket(session="s1"), TINY))
    told = {key[0]: one.bytes for key, one in (await edge.sent(2)).items()}
    assert told == {"s1": len(SMALL), "s2": len(SMALL)}


async def test_a_process_with_more_to_tell_than_a_line_holds_still_hears_what_it_is_told(serve: Serve) -> None:
    edge = await serve(workers=1)
    wire = await edge.connect()
    for number in range(3000):
        await wire.ask(path_of(ticket(session=f"session-{number}"), TINY))
    assert edge.server.sent() == []
    edge.server.deny(RELEASE)
    assert (await wire.ask(path_of(ticket()))).status == 403
    assert len(await edge.sent(3000)) == 3000
