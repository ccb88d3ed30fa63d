"""Recordings of journeys: what the studio knew of them at each moment, and when they ended; and the judge of forecasts.

A forecast is made again from each moment of a recording, as it would have been made then, with the other recordings for
experience. What it says is compared with what was really left.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import Settings
from matinee.kernel.quantities import seconds
from matinee.studio.production.model.experience import Experience
from matinee.studio.production.model.remaining import remaining_s
from matinee.studio.production.model.standing import Standing
from matinee.studio.production.service.arrivals import Arrivals
from matinee.wire.encoding import from_json, to_json

FIRST_SHARE = 0.1
"""Of a journey: what is said before that is not judged."""
_LEAST_SHARE = 0.1
"""An error is a share of what is left, or of a tenth of the whole where less is left: half a second of the last second is
nobody's concern."""
_EVERY = seconds(0.2)
_MOMENTS_MAX = 60


@dataclass(frozen=True, slots=True)
class Moment:
    at_s: float
    places: int
    standings: tuple[Standing, ...]
    """The recorded journey's first, then those that went beside it."""


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    whole_s: float
    moments: tuple[Moment, ...]
    ended: Standing
    """With everything that it took: what later journeys learn."""


def read_recordings(folder: Path) -> list[Recording]:
    return [from_json(path.read_bytes(), Recording, what=path.name) for path in sorted(folder.glob("*.json"))]


def write_recording(recording: Recording, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{recording.name}.json").write_bytes(to_json(recording) + b"\n")


def errors_of(recording: Recording, experience: Experience) -> list[float | None]:
    """How wrong each forecast after the first tenth is, as a share; None where none is made."""
    found: list[float | None] = []
    for moment in recording.moments:
        if moment.at_s >= FIRST_SHARE * recording.whole_s:
            said_s = remaining_s(moment.standings, experience, moment.places)[0]
            found.append(None if said_s is None else error_of(said_s, moment.at_s, recording.whole_s))
    return found


def error_of(said_s: float, at_s: float, whole_s: float) -> float:
    left_s = whole_s - at_s
    return abs(said_s - left_s) / max(left_s, _LEAST_SHARE * whole_s)


def others(recordings: Sequence[Recording], but: Recording) -> Experience:
    return Experience([one.ended for one in recordings if one is not but])


class Recorder:
    """Looks at a house's record from beside, several times a second."""

    def __init__(self, settings: Settings, doors: Doors) -> None:
        self._settings = settings
        self._doors = doors
        self._moments: dict[str, list[Moment]] = {}
        self._began_s: dict[str, float] = {}
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Recorder":
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    def recordings(self, name: str) -> list[Recording]:
        """Those that ended, each from its first moment on."""
        return [
            Recording(f"{name}-{number}-{ended.profile}", moments[-1].at_s, _thinned(moments[:-1]), ended)
            for number, moments in enumerate(self._moments.values())
            if (ended := moments[-1].standings[0]).steps.get("announce") is not None
        ]

    async def _watch(self) -> None:
        async with open_engines(self._settings, self._doors, SCHEMAS) as engines:
            arrivals = Arrivals(engines.workflows, engines.database, self._doors.clock)
            while True:
                workers = await engines.workflows.workers()
                runs = await engines.workflows.runs(states=("waiting", "running", "done"))
                fresh = [run for run in runs if run.state != "done" or not self._has_ended(run.run_id)]
                now_s = self._doors.clock.monotonic()
                standings = list(zip(fresh, await arrivals.standings(fresh), strict=True))
                for run, standing in standings:
                    began_s = self._began_s.setdefault(run.run_id, now_s)
                    beside = tuple(s for r, s in standings if r.run_id != run.run_id and r.state != "done")
                    moment = Moment(round(now_s - began_s, 3), sum(w.places for w in workers), (standing, *beside))
                    self._moments.setdefault(run.run_id, []).append(moment)
                await self._doors.clock.sleep(_EVERY)

    def _has_ended(self, run_id: str) -> bool:
        moments = self._moments.get(run_id)
        return moments is not None and "announce" in moments[-1].standings[0].steps


def _thinned(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    step = max(1, len(moments) // _MOMENTS_MAX)
    return tuple(moments[::step])
