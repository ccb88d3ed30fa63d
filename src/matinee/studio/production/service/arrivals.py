"""When what is under way will have arrived: the engine's record and the reports of earlier films, given to the forecast."""

from collections.abc import Mapping, Sequence

from matinee.engines.database.port import Database
from matinee.engines.workflows.port import RunDetail, RunStatus, Workflows
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Instant
from matinee.studio.production import store
from matinee.studio.production.model.experience import Experience
from matinee.studio.production.model.remaining import remaining_s
from matinee.studio.production.model.standing import Counted, InHand, Standing
from matinee.studio.production.service.journey import KIND, parse_report
from matinee.studio.production.store import Version

_PAST = 20
"""So many earlier journeys are looked at: enough to know this house's pace, and to follow when it changes."""


class Arrivals:
    def __init__(self, workflows: Workflows, database: Database, clock: Clock) -> None:
        self._workflows = workflows
        self._database = database
        self._clock = clock

    async def remaining_s(self) -> Mapping[str, float]:
        """By run: seconds until its release is made, for every journey under way of which that can be said."""
        runs = await self._workflows.runs(kind=KIND, states=("waiting", "running"))
        places = sum(worker.places for worker in await self._workflows.workers())
        if not runs or not places:
            return {}
        runs.sort(key=lambda run: (run.priority, run.created_at))
        standings = await self.standings(runs)
        left = remaining_s(standings, await self.experience(), places)
        found = zip(runs, left, strict=True)
        return {run.run_id: round(seconds, 1) for run, seconds in found if seconds is not None}

    async def standings(self, runs: Sequence[RunStatus]) -> list[Standing]:
        versions = await self._versions([run.run_id for run in runs])
        details = await self._workflows.details([run.run_id for run in runs])
        now = self._clock.now()
        return [_standing(run, details.get(run.run_id, RunDetail()), versions.get(run.run_id), now) for run in runs]

    async def experience(self) -> Experience:
        past = await self._database.read(lambda work: store.last_made(work, _PAST))
        details = await self._workflows.details([version.run_id for version in past])
        return Experience([_finished(version, details.get(version.run_id, RunDetail())) for version in past])

    async def _versions(self, run_ids: Sequence[str]) -> Mapping[str, Version]:
        found = await self._database.read(lambda work: store.versions_of_runs(work, run_ids))
        return {version.run_id: version for version in found}


def _standing(run: RunStatus, detail: RunDetail, version: Version | None, now: Instant) -> Standing:
    return Standing(
        profile="" if version is None else version.profile,
        size=0.0 if version is None else parse_report(version.report).size,
        stage=run.stage,
        stage_s=0.0 if detail.stage_at is None else (now - detail.stage_at).total_seconds(),
        steps=detail.steps,
        counted=_counted(detail),
        in_hand=tuple(
            InHand(job.stage, job.pace, job.weight, (now - job.since).total_seconds()) for job in detail.at_work
        ),
        priority=run.priority,
    )


def _finished(version: Version, detail: RunDetail) -> Standing:
    size = parse_report(version.report).size
    return Standing(version.profile, size, "continue", 0.0, detail.steps, _counted(detail))


def _counted(detail: RunDetail) -> tuple[Counted, ...]:
    names = Counted.__dataclass_fields__
    return tuple(Counted(**{name: getattr(tally, name) for name in names}) for tally in detail.tallies)
