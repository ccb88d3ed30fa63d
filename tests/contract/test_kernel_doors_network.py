"""The real network door against a real server that misbehaves in the ways servers do."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from matinee.kernel.errors import Unavailable
from matinee.kernel.network import NotReached, Outgoing, SystemNetwork, free_port, port_is_free
from matinee.kernel.quantities import seconds

_HOLD = web.AppKey("hold", asyncio.Event)
TICKET = "eyJ" + "x" * 60


async def _echo(request: web.Request) -> web.Response:
    body = await request.read()
    seen = request.headers.get("X-Trace", "")
    return web.Response(status=418, body=request.method.encode() + b" " + body, headers={"X-Seen": seen})


async def _host(request: web.Request) -> web.Response:
    return web.Response(text=request.host)


async def _silent(request: web.Request) -> web.Response:
    await request.app[_HOLD].wait()
    return web.Response()


async def _breaks_off(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000000"})
    await answer.prepare(request)
    await answer.write(b"x" * 1000)
    assert request.transport is not None
    request.transport.abort()
    return answer


async def _drips(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for block in (b"one", b"two", b"three"):
        await answer.write(block)
        await asyncio.sleep(0)
    return answer


async def _zipped(_request: web.Request) -> web.Response:
    return web.Response(body=b"not really gzip", headers={"Content-Encoding": "gzip"})


@pytest.fixture
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app[_HOLD] = asyncio.Event()
    app.router.add_route("*", "/echo", _echo)
    app.router.add_get("/host", _host)
    for path, handler in (("silent", _silent), ("breaks-off", _breaks_off), ("drips", _drips), ("zipped", _zipped)):
        app.router.add_get(f"/{path}", handler)
    app.router.add_get(f"/v1/{TICKET}/breaks-off", _breaks_off)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    app[_HOLD].set()
    await runner.cleanup()


@pytest.fixture
async def network() -> AsyncIterator[SystemNetwork]:
    door = SystemNetwork()
    yield door
    await door.close()


async def test_a_request_is_sent_as_it_was_made_and_its_answer_comes_whole(network: SystemNetwork, server: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await network.fetch(Outgoing(method, f"{server}/echo", headers={"X-Trace": "t1"}, body=b"hello"))
        assert (answer.status, answer.body, answer.headers["x-seen"]) == (418, f"{method} hello".encode(), "t1")


async def test_a_body_is_handed_on_as_it_came(network: SystemNetwork, server: str) -> None:
    answer = await network.fetch(Outgoing("GET", f"{server}/zipped"))
    assert (answer.body, answer.headers["content-encoding"]) == (b"not really gzip", "gzip")


async def test_silence_is_unavailable(network: SystemNetwork, server: str) -> None:
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:\d+ did not answer: TimeoutError"):
        await network.fetch(Outgoing("GET", f"{server}/silent", timeout=seconds(0.05)))


async def test_a_closed_port_and_a_name_nobody_has_are_unavailable(network: SystemNetwork) -> None:
    for url in (f"http://127.0.0.1:{free_port()}/x", "http://nobody.invalid/x", "http://"):
        with pytest.raises(Unavailable, match="did not answer"):
            await network.fetch(Outgoing("GET", url, timeout=seconds(5)))


async def test_only_where_nothing_was_sent_is_it_said_so(network: SystemNetwork, server: str) -> None:
    with pytest.raises(NotReached):
        await network.fetch(Outgoing("POST", f"http://127.0.0.1:{free_port()}/x"))
    with pytest.raises(NotReached, match="did not answer"):
        await _read_all(network, f"http://127.0.0.1:{free_port()}/x")
    for path, timeout in (("breaks-off", seconds(5)), ("silent", seconds(0.05))):
        with pytest.raises(Unavailable) as failed:
            await network.fetch(Outgoing("GET", f"{server}/{path}", timeout=timeout))
        assert not isinstance(failed.value, NotReached)
    with pytest.raises(Unavailable) as broken:
        await _read_all(network, f"{server}/breaks-off")
    assert not isinstance(broken.value, NotReached)


async def test_a_neighbor_that_hangs_does_not_hold_the_connections_to_others(network: SystemNetwork) -> None:
    held: list[asyncio.StreamWriter] = []

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(hold, "127.0.0.1", 0) as slow,
        await asyncio.start_server(answer, "127.0.0.1", 0) as well,
    ):
        hanging, answering = (f"http://127.0.0.1:{s.sockets[0].getsockname()[1]}/" for s in (slow, well))
        patient = Outgoing("GET", hanging, timeout=seconds(60))
        asking = [asyncio.create_task(network.fetch(patient)) for _ in range(250)]
        try:
            async with asyncio.timeout(30):
                while len(held) < 200:
                    await asyncio.sleep(0.01)
            assert (await network.fetch(Outgoing("GET", answering, timeout=seconds(10)))).status == 204
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            for writer in held:
                writer.close()


async def test_an_answer_that_breaks_off_is_unavailable_not_short(network: SystemNetwork, server: str) -> None:
    with pytest.raises(Unavailable):
        await network.fetch(Outgoing("GET", f"{server}/breaks-off"))
    with pytest.raises(Unavailable, match="stopped answering"):
        await _read_all(network, f"{server}/breaks-off")


async def _read_all(network: SystemNetwork, url: str) -> bytes:
    async with network.stream(Outgoing("GET", url)) as incoming:
        return b"".join([block async for block in incoming.chunks])


async def test_an_error_never_names_the_path_which_can_hold_a_ticket(network: SystemNetwork, server: str) -> None:
    with pytest.raises(Unavailable) as failed:
        await network.fetch(Outgoing("GET", f"{server}/v1/{TICKET}/breaks-off"))
    assert TICKET not in str(failed.value)


async def test_a_stream_is_read_as_it_arrives(network: SystemNetwork, server: str) -> None:
    assert await _read_all(network, f"{server}/drips") == b"onetwothree"


async def test_a_reader_who_leaves_early_leaves_nothing_open(network: SystemNetwork, server: str) -> None:
    async with network.stream(Outgoing("GET", f"{server}/drips")):
        pass
    assert (await network.fetch(Outgoing("POST", f"{server}/echo", body=b"again"))).body == b"POST again"


async def test_a_closed_door_opens_again_when_it_is_used(network: SystemNetwork, server: str) -> None:
    await network.close()
    assert (await network.fetch(Outgoing("GET", f"{server}/echo"))).status == 418


async def test_a_port_is_free_until_somebody_listens(server: str) -> None:
    assert port_is_free(free_port())
    assert not port_is_free(int(server.rsplit(":", 1)[1]))


@pytest.mark.parametrize("host", ["::1", "::"])
def test_a_port_of_an_address_of_the_sixth_version_is_free_until_somebody_listens(host: str) -> None:
    with socket.socket(socket.AF_INET6) as holder:
        try:
            holder.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        holder.listen()
        assert not port_is_free(holder.getsockname()[1], host)
    assert port_is_free(free_port(host), host)


async def test_a_neighbor_inside_is_reached_at_its_address_and_called_by_its_name(server: str) -> None:
    port = server.rsplit(":", 1)[1]
    door = SystemNetwork(inside={f"film.invalid:{port}": "127.0.0.1"})
    answer = await door.fetch(Outgoing("GET", f"http://film.invalid:{port}/host"))
    assert answer.body.decode() == f"film.invalid:{port}"
    with pytest.raises(Unavailable):
        await door.fetch(Outgoing("GET", f"http://other.invalid:{port}/host"))
    await door.close()
