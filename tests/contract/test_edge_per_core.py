"""An appliance that serves by a process for each core, started as an operator starts it: how it comes, how it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from matinee.kernel.network import free_port
from tests.contract.test_media_server_per_core import until, workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its processes are found in /proc")
Begin = Callable[..., Awaitable["Appliance"]]


class Appliance:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def is_well(self) -> bool:
        async with asyncio.timeout(60):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
                return answer.endswith(b"ok\n")


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Begin]:
    begun: list[Appliance] = []
    (tmp_path / "token").write_text("token")

    async def begin(*flags: str) -> Appliance:
        port = free_port()
        words = ["appliance", "--data", str(tmp_path / "edge"), "--port", str(port), *flags]
        words += ["--control", f"http://127.0.0.1:{free_port()}", "--agent-token-file", str(tmp_path / "token")]
        begun.append(Appliance(await asyncio.create_subprocess_exec(sys.executable, "-m", "matinee", *words), port))
        return begun[-1]

    yield begin
    for each in begun:
        if each.process.returncode is None:
            each.process.kill()
            await each.process.wait()


def are_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


async def test_it_serves_by_a_process_for_each_core_that_it_may_use(begin: Begin) -> None:
    appliance = await begin()
    assert await appliance.is_well()
    cores = len(os.sched_getaffinity(0))
    await until(lambda: len(workers(appliance.process.pid)) == (cores if cores > 1 else 0))


async def test_told_to_use_one_process_it_serves_by_itself(begin: Begin) -> None:
    appliance = await begin("--serving-processes", "1")
    assert await appliance.is_well()
    assert workers(appliance.process.pid) == []


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
async def test_however_it_ends_no_process_stays_and_the_port_is_free(begin: Begin, ended_by: signal.Signals) -> None:
    appliance = await begin("--serving-processes", "3")
    assert await appliance.is_well()
    pids = workers(appliance.process.pid)
    assert len(pids) == 3
    appliance.process.send_signal(ended_by)
    assert await appliance.process.wait() == (0 if ended_by == signal.SIGTERM else -signal.SIGKILL)
    await until(lambda: are_gone(pids))
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", appliance.port)
