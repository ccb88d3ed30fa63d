"""Simulated time against real time, with few viewers and with many; and whole seeds a minute, as the tests tell them."""

import argparse
import os
from collections.abc import Callable

from matinee.app.doors import Doors
from matinee.bench.report import Figure, Report
from matinee.kernel.errors import MatineeError
from matinee.sim.tale import Tale, Told
from matinee.sim.telling import all_told, in_a_process

_GOALS = {20: 1000.0, 200: 100.0}
"""Simulated seconds a second, by viewers, whether or not anything goes wrong."""


class PromiseNotKept(MatineeError):
    """A benchmark of a house that breaks its promises says nothing."""


async def run(options: argparse.Namespace, doors: Doors, say: Callable[[str], None]) -> Report:
    tell = in_a_process(doors.processes)
    worlds: list[Told] = []
    for viewers in _GOALS:
        tale = Tale(options.seed, viewers=viewers, seconds=options.simulated)
        say(f"{viewers} viewers for {options.simulated:g} simulated seconds …")
        worlds.append(_whole(await tell(tale.calm())))
        worlds.append(_whole(await tell(tale)))
    say(f"{options.seeds} seeds, as small as those of the tests …")
    small = [Tale(str(n + 1), viewers=6, films=1, seconds=240) for n in range(options.seeds)]
    began = doors.clock.monotonic()
    seeds = [_whole(told) async for told in all_told(small, tell, at_once=os.cpu_count() or 1)]
    took_s = doors.clock.monotonic() - began
    return Report(
        "sim",
        {"seed": options.seed, "simulated_s": options.simulated, "seeds": options.seeds},
        [
            *(_rate(told) for told in worlds),
            Figure("seeds_per_minute", len(seeds) / took_s * 60, "1/min", better="higher"),
        ],
        {"worlds": [_row(told) for told in worlds]},
    )


def _whole(told: Told) -> Told:
    if told.broken is not None:
        raise PromiseNotKept(f"Seed {told.tale.seed} with {told.tale.viewers} viewers: {told.broken}")
    return told


def _rate(told: Told) -> Figure:
    tale = told.tale
    weather = "in_weather" if tale.befall else "calm"
    name = f"simulated_s_per_s_{tale.viewers}_viewers_{weather}"
    return Figure(name, tale.seconds / told.lived_wall_s, "s/s", _GOALS[tale.viewers], better="higher")


def _row(told: Told) -> dict[str, object]:
    segments = told.counts.get("segments", 0)
    return {
        "viewers": told.tale.viewers,
        "misfortunes": len(told.tale.befall or ()),
        "wall_s": round(told.lived_wall_s, 3),
        "cpu_s": round(told.lived_cpu_s, 3),
        "films_begun": told.counts.get("watched", 0),
        "segments": segments,
        "cpu_us_per_viewer_second": round(told.lived_cpu_s / told.tale.seconds / told.tale.viewers * 1e6, 1),
    }
