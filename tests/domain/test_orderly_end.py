"""A server that ends while questions are held open: they are told to come again, and nobody waits for them."""

import asyncio

import aiohttp

from matinee.app.server import HttpServer, bind
from matinee.delivery.gateway.api import WAITING, Receive, Scope, Send
from tests.wire import wait_started


async def test_an_orderly_end_tells_those_who_wait_to_come_again() -> None:
    arrived, never = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        arrived.set()
        await never.wait()

    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = HttpServer(app)
    serving = asyncio.create_task(server.run_on(listener))
    await wait_started(server)
    async with aiohttp.ClientSession() as client, asyncio.timeout(20):
        question = asyncio.create_task(client.post(url + WAITING))
        await arrived.wait()
        server.should_exit = True
        answer = await question
        assert answer.status == 503
        assert answer.headers["retry-after"]
        await serving


async def test_a_question_whose_asker_has_hung_up_keeps_no_end_waiting() -> None:
    arrived, ended = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == WAITING:
            arrived.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = HttpServer(app)
    serving = asyncio.create_task(server.run_on(listener))
    await wait_started(server)
    async with aiohttp.ClientSession() as client, asyncio.timeout(20):
        question = asyncio.create_task(client.post(url + WAITING))
        await arrived.wait()
        question.cancel()
        assert (await client.get(url + "/healthz")).status == 204
        server.should_exit = True
        await serving
        assert ended.is_set()
