"""Orders for software at an appliance: who is believed, what is fetched, and the whole way with real builds of this very code."""

import asyncio
import hashlib
import io
import os
import stat
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee import __version__
from matinee.delivery.edge.model.slots import Wanted, fresh, told
from matinee.delivery.edge.service import SlotAgent, SlotFolder
from matinee.kernel.archives import BadArchive, unpack
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import SystemFiles
from matinee.kernel.network import free_port
from matinee.kernel.usage import own_usage
from matinee.wire.purge import PurgeKey
from matinee.wire.rollout import SlotOrder, is_order_signed_by, sign_order
from tests.domain.edge_world import PURGE_KEY, TOKEN, Desk
from tests.domain.slots_world import build, zipped
from tests.running import ROOT

INSTALLED = "1.0"
DATA = build("1.1")
SHA = hashlib.sha256(DATA).hexdigest()


def order(
    number: int = 2, name: str = "1.1", sha256: str = SHA, *, go: bool = False, size: int = len(DATA)
) -> SlotOrder:
    return sign_order(PURGE_KEY, SlotOrder(number, name, sha256, size, go))


class Agent:
    """The agent's half, with a service that has some builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = SlotFolder(folder, SystemFiles())
        self.builds = {SHA: DATA}
        self.asked = 0
        self.agent = self.fresh()

    def fresh(self) -> SlotAgent:
        return SlotAgent(self.folder, fresh(INSTALLED), "life", self.fetch, SystemClock(), SystemChance())

    async def fetch(self, sha256: str, _size: int) -> bytes:
        self.asked += 1
        if sha256 not in self.builds:
            raise Unavailable("There is no such build.")
        return self.builds[sha256]

    async def hear(self, heard: SlotOrder | None) -> Wanted | None:
        await self.agent.report()
        await self.agent.obey(heard, PURGE_KEY.public)
        return await self.folder.wanted()

    async def until(self, state: str, holds: Callable[[str], bool] = lambda _: True) -> str:
        work = asyncio.create_task(self.agent.run())
        try:
            async with asyncio.timeout(30):
                while (said := await self.agent.report()).state != state or not holds(said.reason):
                    await asyncio.sleep(0.01)
            return said.reason
        finally:
            work.cancel()


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(tmp_path / "slots")


async def test_an_order_is_fetched_checked_and_told_to_be_ready_and_goes_when_it_is_said(agent: Agent) -> None:
    assert (await agent.agent.report()).state == "running"
    wanted = await agent.hear(order())
    assert wanted is not None
    assert not wanted.is_here
    await agent.until("ready")
    assert agent.folder.build(SHA).read_bytes() == DATA
    wanted = await agent.hear(order(go=True))
    assert wanted is not None
    assert wanted.go


async def test_an_order_to_go_does_not_start_what_is_not_here(agent: Agent) -> None:
    wanted = await agent.hear(order(go=True))
    assert wanted is not None
    assert not wanted.go


@pytest.mark.parametrize(
    "bad",
    [
        SlotOrder(2, "1.1", SHA, len(DATA), True),
        sign_order(PurgeKey(b"o" * 32), SlotOrder(2, "1.1", SHA, len(DATA))),
        replace(order(), go=True),
        replace(order(), sha256="0" * 64),
        replace(order(), build="1.2"),
        replace(order(), number=3),
        replace(order(), signature="AAAA"),
        order(name="../1.1"),
        order(name=""),
        order(sha256="../" + "0" * 61),
        order(size=1 << 40),
        order(size=-1),
        order(name="0.9", sha256="", size=0),
    ],
)
async def test_what_is_unsigned_altered_or_cannot_be_is_refused_and_counted(agent: Agent, bad: SlotOrder) -> None:
    assert await agent.hear(bad) is None
    assert (await agent.agent.report()).refused == 1
    assert agent.asked == 0


async def test_an_order_older_than_the_last_is_refused_also_after_a_restart(agent: Agent) -> None:
    """So that nobody can have an appliance go back to software with a known hole by playing an old order again."""
    await agent.hear(order(8))
    agent.agent = agent.fresh()
    wanted = await agent.hear(order(6, name="0.9"))
    assert wanted is not None
    assert wanted.order == 8
    await agent.hear(order(8, name="0.9"))
    assert (await agent.agent.report()).refused == 2


@pytest.mark.parametrize("came", [b"", DATA[:-1], DATA[:-1] + b"x", DATA + b"x"])
async def test_what_comes_in_other_than_signed_is_thrown_away_and_asked_for_again(agent: Agent, came: bytes) -> None:
    agent.builds[SHA] = came
    await agent.hear(order())
    reason = await agent.until("wanted", bool)
    assert "not what was signed" in reason
    assert not agent.folder.build(SHA).exists()


async def test_a_build_that_nobody_has_is_said_to_be_missing(agent: Agent) -> None:
    agent.builds.clear()
    await agent.hear(order())
    assert await agent.until("wanted", bool) == "There is no such build."


async def test_to_go_back_to_what_is_installed_nothing_is_fetched(agent: Agent) -> None:
    await agent.hear(order(3, name=INSTALLED, sha256="", size=0))
    await agent.until("ready")
    assert agent.asked == 0


def test_after_a_fall_back_the_next_order_is_what_is_told() -> None:
    slots = replace(fresh(INSTALLED), order=2, fell_back="it ended")
    assert told(slots, None, problem="", refused=0).state == "fell back"


def test_a_signature_for_software_is_none_for_a_purge_and_is_over_all_of_it() -> None:
    good = order()
    assert is_order_signed_by(good, PURGE_KEY.public)
    assert not is_order_signed_by(good, "not a key")
    assert not is_order_signed_by(replace(good, version=2), PURGE_KEY.public)


# ---- what is unpacked


def linked() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        entry = zipfile.ZipInfo("matinee/__main__.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        DATA[: len(DATA) // 2],
        linked(),
        zipped({"matinee/__main__.py": "", "../evil.py": ""}),
        zipped({"matinee/__main__.py": "", "/evil.py": ""}),
        zipped({"matinee/__main__.py": "", "matinee/../../evil.py": ""}),
        zipped({"other/__main__.py": ""}),
        zipped({"matinee/__main__.py": "", **{f"matinee/{n}.py": "" for n in range(6000)}}),
    ],
)
async def test_an_archive_that_leads_elsewhere_or_is_none_is_not_unpacked(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadArchive):
        await unpack(data, hashlib.sha256(data).hexdigest(), tmp_path / "a" / "b", package="matinee")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_of_a_wheel_only_the_package_is_taken_and_what_was_there_before_is_gone(tmp_path: Path) -> None:
    (tmp_path / "old.py").touch()
    data = zipped({"matinee/__main__.py": "x", "matinee-1.1.dist-info/METADATA": "", "sitecustomize.py": "boom"})
    await unpack(data, hashlib.sha256(data).hexdigest(), tmp_path, package="matinee")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["__main__.py"]
    with pytest.raises(BadArchive, match="hash"):
        await unpack(data, SHA, tmp_path, package="matinee")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
async def test_what_an_agent_uses_is_counted_with_what_it_started() -> None:
    before = own_usage()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "x = b'x' * (64 << 20); print(flush=True); input()",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    await child.stdout.readline()
    during = own_usage()
    await child.communicate(b"\n")
    assert before is not None
    assert during is not None
    assert during.memory_bytes - before.memory_bytes > 60 << 20
    assert during.processor_s >= before.processor_s > 0


# ---- the whole way


def this_code(*, broken: bool = False) -> bytes:
    """A build of the package that is under test; `broken`: as it would be after a bad merge."""
    package = ROOT / "src" / "matinee"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(package.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts and "web" not in file.relative_to(package).parts[:1]:
                if broken and file.name == "appliance.py" and file.parent.name == "cli":
                    archive.writestr("matinee/cli/appliance.py", "import nothing_that_exists\n")
                else:
                    archive.write(file, file.relative_to(package.parent))
    return data.getvalue()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.open()
    yield desk
    await desk.close()


async def start(tmp_path: Path, desk: Desk) -> asyncio.subprocess.Process:
    (tmp_path / "token").write_text(TOKEN)
    flags = ["--id", "oca-1", "--control", desk.url, "--agent-token-file", str(tmp_path / "token")]
    flags += ["--port", str(free_port("127.0.0.1")), "--data", str(tmp_path / "disk"), "--serving-processes", "1"]
    flags += ["--slots", str(tmp_path / "slots"), "--trial", "30"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "matinee", "appliance", *flags, env=environment)


async def bring(desk: Desk, number: int, name: str, data: bytes) -> None:
    """As steering does: fetch; and once it is there, go."""
    sha256 = hashlib.sha256(data).hexdigest()
    desk.builds[sha256] = data
    desk.slot = order(number, name, sha256, size=len(data))
    await desk.until(lambda each: each.slot is not None and (each.slot.order, each.slot.state) == (number, "ready"))
    desk.slot = order(number, name, sha256, size=len(data), go=True)


async def test_an_appliance_takes_a_build_of_this_code_and_goes_back_from_one_that_does_not_start(
    tmp_path: Path, desk: Desk
) -> None:
    launcher = await start(tmp_path, desk)
    try:
        first = await desk.until(lambda each: each.build == __version__)
        assert first.slot is not None
        assert first.slot.state == "running"
        assert first.counts is not None
        assert first.memory_bytes > 10 << 20
        await bring(desk, 2, "9.1", this_code())
        good = await desk.until(
            lambda each: each.build == "9.1" and each.slot is not None and each.slot.state == "running"
        )
        assert good.boot_id != first.boot_id
        await bring(desk, 4, "9.2", this_code(broken=True))
        back = await desk.until(lambda each: each.slot is not None and each.slot.state == "fell back")
        assert back.slot is not None
        assert (back.build, back.slot.order, back.slot.build) == ("9.1", 4, "9.2")
        assert "ended with status" in back.slot.reason
        desk.slot = order(5, __version__, "", size=0)
        await desk.until(lambda each: each.slot is not None and (each.slot.order, each.slot.state) == (5, "ready"))
        desk.slot = order(5, __version__, "", size=0, go=True)
        await desk.until(
            lambda each: each.build == __version__ and each.slot is not None and each.slot.state == "running"
        )
    finally:
        launcher.terminate()
        assert await launcher.wait() == 0
