"""Steps that read a film through: whoever watches is told how far a plan is, and few films are read at once."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from matinee.engines.encoder.port import Examined
from matinee.studio.encoding.api import Profile
from tests.domain.studio_house import stand_in, studio


@pytest.mark.parametrize("profile", ["fast", "full"])
async def test_a_plan_tells_how_far_it_is_until_it_is_made(tmp_path: Path, profile: Profile) -> None:
    told: list[float] = []

    async def hear(progress: float) -> None:
        told.append(progress)

    async with studio(tmp_path / "house", stand_ins=True) as house:
        master = stand_in(tmp_path / "boat.film", seconds=90)
        inspection = await house.encoding.inspect(str(master))
        plan = await house.encoding.plan(str(master), "a" * 64, inspection, profile, told=hear)
    assert len(plan.trials) >= (2 if profile == "full" else 0)
    assert len(told) >= 4
    assert all(before < after for before, after in pairwise(told))
    assert told[-1] == pytest.approx(1.0 if plan.trials else 0.5)


async def test_of_many_masters_that_are_handed_in_at_once_two_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house", stand_ins=True) as house:
        masters = [stand_in(tmp_path / f"{name}.film", name=name) for name in ("Boat", "Kite", "Lamp", "Moth")]
        examine, here, most, both = house.encoder.examine, 0, 0, asyncio.Event()

        async def watched(*arguments: Any, **named: Any) -> Examined:
            nonlocal here, most
            here, most = here + 1, max(most, here + 1)
            if here == 2:
                both.set()
            await both.wait()
            found = await examine(*arguments, **named)
            here -= 1
            return found

        monkeypatch.setattr(house.encoder, "examine", watched)
        async with asyncio.timeout(60):
            await asyncio.gather(*(house.encoding.inspect(str(master)) for master in masters))
    assert most == 2
