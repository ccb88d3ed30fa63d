"""`matinee rollout`: it asks first, sends a build in parts, and says how it goes."""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from matinee.app.doors import Doors
from matinee.cli import main
from matinee.cli.rollout import line, packed, run
from matinee.cli.service_client import ServiceClient
from matinee.control.steering.api import Rollout
from matinee.kernel.errors import InvalidInput
from matinee.kernel.network import Answer
from matinee.wire.encoding import from_json, to_json

ROLLOUT: dict[str, object] = {
    "number": 3, "build": "1.1", "by": "op", "reason": "faster", "started_at": "2026-01-02T10:00:00Z", "state": "running",
    "stage": "one", "says": "They have served 0.1 GB of 2.0.", "appliances": 8, "there": 1, "underway": 0, "failed": 1,
    "builds": {"1.1": {"requests": 10, "bytes": 5_000_000_000, "refused": 1, "errors": 2}},
    "members": [{"appliance_id": "edge-1", "state": "there", "is_back": False, "before": "1.0", "reason": ""}],
    "acts": [{"at": "2026-01-02T10:00:00Z", "by": "op", "what": "started", "reason": "faster"}],
}  # fmt: skip


class Service(ServiceClient):
    def __init__(self) -> None:
        super().__init__("http://service.test", "token", Doors())
        self.heard: list[tuple[str, str, Any]] = []

    async def send(self, method: str, path: str, *, body: bytes = b"", **_: Any) -> Answer:
        self.heard.append((method, path, body))
        if method == "PUT":
            return Answer(204, {}, b"")
        if path == "/edge/builds":
            made = from_json(body, dict[str, Any])
            known = {
                "name": made["name"],
                "sha256": made["sha256"],
                "size": 1,
                "added_at": ROLLOUT["started_at"],
                "by": "op",
            }
            return Answer(201, {}, to_json({"data": known}))
        return Answer(200, {}, to_json({"data": ROLLOUT}))


def options(what: str, *words: str, **more: Any) -> argparse.Namespace:
    known = {"reason": "", "soak_gb": 2.0, "soak_minutes": 30.0, "yes": True, "json": False}
    return argparse.Namespace(what=what, words=list(words), **known | more)


def package(folder: Path) -> Path:
    for name in ("__init__.py", "__main__.py", "web/index.html", "cli/__init__.py", "cli/__pycache__/x.pyc"):
        file = folder / "matinee" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return folder


async def test_a_build_is_sent_in_parts_and_named_by_its_hash(tmp_path: Path) -> None:
    wheel = tmp_path / "matinee-1.1-py3-none-any.whl"
    wheel.write_bytes(b"PK" * (1 << 20))
    service = Service()
    await run(service, options("add", "1.1", str(wheel)))
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert [path for method, path, _ in service.heard if method == "PUT"] == [
        f"/edge/builds/{sha256}/parts/0",
        f"/edge/builds/{sha256}/parts/1",
    ]
    assert b"".join(body for method, _, body in service.heard if method == "PUT") == wheel.read_bytes()
    assert from_json(service.heard[-1][2], dict[str, Any]) == {"name": "1.1", "sha256": sha256, "parts": 2}


def test_a_folder_is_packed_the_same_each_time_without_pages_and_leavings(tmp_path: Path) -> None:
    data = packed(package(tmp_path))
    assert data == packed(tmp_path)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["matinee/__init__.py", "matinee/__main__.py", "matinee/cli/__init__.py"]
    with pytest.raises(InvalidInput, match="no wheel"):
        packed(tmp_path / "matinee")


async def test_a_roll_out_is_started_with_its_soak_and_a_reason() -> None:
    service = Service()
    await run(service, options("start", "1.1", reason="faster", soak_gb=0.5, soak_minutes=60))
    assert from_json(service.heard[-1][2], dict[str, Any]) == {
        "build": "1.1", "reason": "faster", "soak_bytes": 500_000_000, "soak_blocks": 12,
    }  # fmt: skip
    with pytest.raises(InvalidInput, match="Say why"):
        await run(service, options("start", "1.1"))


@pytest.mark.parametrize("what", ["pause", "resume", "abort"])
async def test_it_is_stopped_by_its_number_and_with_a_reason(what: str) -> None:
    service = Service()
    await run(service, options(what, "3", reason="a premiere"))
    assert service.heard == [("POST", f"/edge/rollouts/3/{what}", b'{"reason":"a premiere"}')]
    with pytest.raises(InvalidInput, match="number"):
        await run(service, options(what, "../3", reason="x"))


async def test_a_status_says_what_each_build_did_and_where_each_appliance_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await run(Service(), options("status", "3"))
    said = capsys.readouterr().out
    assert "1.1  running (one), 1 of 8 have it, 1 failed: They have served 0.1 GB of 2.0." in said
    assert "build 1.1: 10 requests, 5.0 GB, 2 errors, 1 refused" in said
    assert "edge-1  there" in said
    assert "op started: faster" in said
    assert line(from_json(to_json(ROLLOUT), Rollout)).startswith("3  2026-01-02 10:00:00 UTC")


def test_too_few_words_are_answered_with_how_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rollout", "add", "1.1"]) == 2
    assert "matinee rollout add NAME FILE" in capsys.readouterr().err
