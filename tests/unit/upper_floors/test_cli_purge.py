"""`matinee purge`: it asks first, waits until the edges have done it, and says who has not."""

import argparse
import io
from collections.abc import Iterator
from typing import Any

import pytest

from matinee.app.doors import Doors
from matinee.cli import main
from matinee.cli.asking import NotConfirmed
from matinee.cli.purge import NotCarriedOut, run
from matinee.cli.service_client import ServiceClient
from matinee.kernel.errors import InvalidInput
from matinee.kernel.network import Answer
from matinee.kernel.quantities import Span
from matinee.wire.encoding import from_json, to_json

RELEASE = "01a1fcc8-d294-7b94-9f37-1e199d59939e"


def purge(acknowledged: int, waiting: int, fenced: int = 0) -> dict[str, object]:
    states = ["acknowledged"] * acknowledged + ["waiting"] * waiting + ["fenced"] * fenced
    return {
        "number": 17,
        "at": "2026-01-02T10:00:00Z",
        "by": "op",
        "reason": "wrong cut",
        "title_id": "",
        "release_id": RELEASE,
        "path": "",
        "refetch": False,
        "appliance_id": "",
        "tombstones": [17],
        "acknowledged": acknowledged,
        "waiting": waiting,
        "fenced": fenced,
        "appliances": [
            {"appliance_id": f"edge-{n}", "state": state, "last_seen_at": None} for n, state in enumerate(states)
        ],
    }


class Service(ServiceClient):
    """A service that remembers what was ordered, and whose edges take their time."""

    def __init__(self, *later: dict[str, object]) -> None:
        super().__init__("http://service.test", "token", Doors())
        self.ordered: list[dict[str, Any]] = []
        self.later: Iterator[dict[str, object]] = iter(later)

    async def send(self, method: str, path: str, *, body: bytes = b"", **_: Any) -> Answer:
        if method == "POST":
            assert path == "/edge/purge"
            self.ordered.append(from_json(body, dict[str, Any]))
            return Answer(201, {}, to_json({"data": purge(0, 2)}))
        found: object = next(self.later)
        return Answer(200, {}, to_json({"data": {"purges": [found]} if path == "/edge/purges" else found}))

    async def pause(self, span: Span) -> None:
        """No time passes here."""


def said(what: str, *words: str, **more: object) -> argparse.Namespace:
    usual = {"reason": "wrong cut", "refetch": False, "appliance": None, "no_wait": False, "yes": True, "json": False}
    return argparse.Namespace(what=what, words=list(words), **{**usual, **more})


async def test_it_waits_until_all_have_carried_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    service = Service(purge(1, 1), purge(2, 0))
    await run(service, said("release", RELEASE))
    assert service.ordered[0]["release_id"] == RELEASE
    assert service.ordered[0]["reason"] == "wrong cut"
    out, progress = capsys.readouterr()
    assert out == f"17  2026-01-02 10:00:00 UTC  release {RELEASE}  2 of 2 edges  by op: wrong cut\n"
    assert "1 of 2 edges" in progress


async def test_who_has_not_is_named_and_it_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotCarriedOut, match="edge-1"):
        await run(Service(purge(1, 0, 1)), said("title", RELEASE))
    assert "1 of 2 edges, 1 fenced" in capsys.readouterr().out


async def test_a_file_is_named_by_its_release_and_path_and_may_be_fetched_anew() -> None:
    service = Service()
    order = said("file", RELEASE, "hd/v1/3.m4s", refetch=True, appliance="edge-1", no_wait=True)
    await run(service, order)
    assert service.ordered == [
        {
            "reason": "wrong cut",
            "title_id": None,
            "release_id": RELEASE,
            "path": "hd/v1/3.m4s",
            "refetch": True,
            "appliance_id": "edge-1",
        }
    ]


async def test_without_a_reason_or_a_yes_nothing_is_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    with pytest.raises(InvalidInput, match="--reason"):
        await run(service, said("title", RELEASE, reason=""))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises((InvalidInput, NotConfirmed)):
        await run(service, said("title", RELEASE, yes=False))
    assert service.ordered == []


async def test_those_ordered_so_far_and_one_edge_by_edge(capsys: pytest.CaptureFixture[str]) -> None:
    await run(Service(purge(1, 1)), said("list"))
    await run(Service(purge(1, 1)), said("show", "17"))
    await run(Service(purge(1, 1)), said("show", "17", json=True))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[1]
    assert lines[2:4] == ["  edge-0  acknowledged, not heard of", "  edge-1  waiting, not heard of"]
    assert from_json(lines[4], dict[str, Any])["number"] == 17
    with pytest.raises(InvalidInput, match="by its number"):
        await run(Service(), said("show", "../17"))


@pytest.mark.parametrize("words", [["title"], ["file", RELEASE], ["list", "x"], ["show"]])
def test_a_word_too_few_or_too_many_is_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["purge", *words, "--yes", "--reason", "x"]) == 2
    assert "matinee purge" in capsys.readouterr().err
