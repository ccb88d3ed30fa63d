"""The test of the test: faults planted in the house, each of which a world has to find."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from matinee.app.callers import CallerDesk
from matinee.control.playback.model.streams import Admission
from matinee.control.playback.service import press_play
from matinee.engines.sqlite import group_commit
from matinee.sim.nature import Temper
from matinee.sim.world import World
from tests.sim.worlds import in_world


def test_a_stream_too_many_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def admits_everyone(*_: Any, **__: Any) -> Admission:
        return Admission(admitted=True)

    monkeypatch.setattr(press_play, "admit", admits_everyone)
    with pytest.raises(AssertionError, match=r"streams at .* and may have"):
        in_world("leaked slot", tmp_path, _live_long, viewers=12)


def test_a_page_cached_for_everyone_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kept ticket's key forgets whose it is."""
    honest = CallerDesk.ticket
    kept: list[str | None] = []

    async def mixes_up(desk: CallerDesk, token: str, profile_id: str | None, **more: Any) -> str | None:
        ticket = await honest(desk, token, profile_id, **more)
        if len(kept) < 1 and profile_id is not None:
            kept.append(ticket)
            asyncio.get_running_loop().call_later(4, kept.clear)
        return kept[0] if kept and profile_id is not None else ticket

    monkeypatch.setattr(CallerDesk, "ticket", mixes_up)
    with pytest.raises(AssertionError, match=r"as begun, which another has watched|is offered to go on"):
        in_world("mixed up", tmp_path, _live_long, viewers=12)


def test_an_acknowledgment_before_the_commit_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A skipped sync: answered first, written a while later, lost by a kill in between."""

    async def answers_first(commit: group_commit.LoopCommit) -> None:
        while commit._waiting:
            group, commit._waiting = commit._waiting, []
            late = [unit for unit in group if unit.items is not None and commit._path.name == "rows.sqlite"]
            commit._work_off([unit for unit in group if unit not in late])
            for unit in late:
                unit.future.set_result(None)
            await asyncio.sleep(2 if late else 0)
            commit._work_off(late)

    monkeypatch.setattr(group_commit.LoopCommit, "_write", answers_first)

    async def story(world: World) -> None:
        await world.rage(900, Temper(every_s=10, lasts_s=4, kills=1.0))

    with pytest.raises(AssertionError, match=r"is offered to go on"):
        in_world("skipped sync", tmp_path, story, viewers=12)


async def _live_long(world: World) -> None:
    await world.live(1200)
