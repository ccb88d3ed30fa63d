"""`matinee title`: it asks before it does what cannot be undone, and does what the service is asked for by name."""

import argparse
import io
from pathlib import Path
from typing import Any

import pytest

from matinee.app.doors import Doors
from matinee.cli import main
from matinee.cli.asking import NotConfirmed
from matinee.cli.service_client import ServiceClient
from matinee.cli.title import delete, roll_back
from matinee.kernel.errors import InvalidInput
from matinee.kernel.network import Answer
from matinee.wire.encoding import to_json

TITLE = "01a1fcc8-d294-7b94-9f37-1e199d59939e"
ANSWERS = {
    ("GET", f"/content/{TITLE}/encoding-status"): {"versions": [{"name": "Ship & Boat"}]},
    ("GET", f"/catalog/titles/{TITLE}"): {
        "name": "Ship & Boat",
        "current_release": "r2",
        "earlier_release": "r1",
        "releases": [
            {"id": "r2", "profile": "full", "created_at": "2026-01-02T10:00:00Z"},
            {"id": "r1", "profile": "fast", "created_at": "2026-01-02T09:30:00Z"},
        ],
    },
    ("POST", f"/content/{TITLE}/rollback"): {"release_id": "r1"},
}


class Service(ServiceClient):
    """A service that has one title, and remembers what it was told to change."""

    def __init__(self) -> None:
        super().__init__("http://service.test", "token", Doors())
        self.changes: list[tuple[str, str]] = []

    async def send(self, method: str, path: str, **_: Any) -> Answer:
        if method != "GET":
            self.changes.append((method, path))
        return Answer(200, {}, to_json({"data": ANSWERS.get((method, path))}))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def said(*, yes: bool = False, reason: str = "") -> argparse.Namespace:
    return argparse.Namespace(id=TITLE, yes=yes, reason=reason)


async def test_a_title_is_deleted_by_its_name_with_the_reason() -> None:
    service = Service()
    assert await delete(service, said(yes=True, reason="lost rights")) == "deleted  Ship & Boat"
    assert service.changes == [("DELETE", f"/content/{TITLE}?name=Ship+%26+Boat&reason=lost+rights")]


async def test_a_title_goes_back_to_the_master_before() -> None:
    service = Service()
    assert await roll_back(service, said(yes=True)) == (
        "'Ship & Boat' is back at release r1 (fast, made 2026-01-02 09:30 UTC). It is live now, and stays until a later "
        "master is published."
    )
    assert service.changes == [("POST", f"/content/{TITLE}/rollback")]


@pytest.mark.parametrize("act", [delete, roll_back])
@pytest.mark.parametrize(("stdin", "refusal"), [(Terminal("n\n"), NotConfirmed), (Terminal(""), NotConfirmed),
                                                (io.StringIO("y\n"), InvalidInput)])  # fmt: skip
async def test_nothing_is_changed_unless_somebody_says_so(
    act: Any, stdin: io.StringIO, refusal: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service()
    monkeypatch.setattr("sys.stdin", stdin)
    stdin.seek(0)
    with pytest.raises(refusal):
        await act(service, said())
    assert service.changes == []


async def test_who_says_yes_is_asked_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    await delete(service, said())
    assert "This deletes 'Ship & Boat' for good" in capsys.readouterr().err
    assert len(service.changes) == 1
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    await roll_back(service, said())
    assert capsys.readouterr().err.startswith(
        "This takes 'Ship & Boat' back from release r2 (full, made 2026-01-02 10:00 UTC) to the master before, "
        "release r1 (fast, made 2026-01-02 09:30 UTC)."
    )


def test_without_a_service_it_says_how_to_have_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["title", "delete", TITLE, "--yes", "--data", str(tmp_path)]) == 1
    assert "Start it with `matinee up`" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["title", "rename", TITLE])
