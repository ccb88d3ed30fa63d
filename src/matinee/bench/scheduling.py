"""What a title of very many jobs costs that is not encoding: putting them into the table, handing them out, noting their end."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import read_settings
from matinee.bench.houses import HouseFailed, cpu_seconds
from matinee.engines.workflows.port import Job, Journal, Json, Lease
from matinee.kernel.quantities import seconds

_LOOK_EVERY = seconds(1)
_KIND, _RUN = "nothing", "run"


async def scheduling_cpu_s(folder: Path, jobs: int, doors: Doors) -> float:
    """Processor seconds a job: one process advances the run, another does its jobs, and a person looks every second."""
    settings = read_settings({"data": str(folder)})
    async with open_engines(settings, doors, SCHEMAS) as one, open_engines(settings, doors, SCHEMAS) as other:

        async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
            return len(await journal.jobs("encode", [_job(number) for number in range(jobs)]))

        async def nothing(lease: Lease) -> Json:
            return lease.job.key

        one.workflows.define(_KIND, title)
        other.workflows.handle(_KIND, nothing)
        await one.workflows.start(_KIND, _RUN, {})
        before_s = cpu_seconds(os.getpid())
        working = [
            asyncio.create_task(one.workflows.run(workers=0)),
            asyncio.create_task(other.workflows.run(workers=2)),
        ]
        try:
            while (status := await one.workflows.status(_RUN)) is None or status.state in ("waiting", "running"):
                await one.workflows.details([_RUN])
                await doors.clock.sleep(_LOOK_EVERY)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        if status.result != jobs:
            raise HouseFailed(f"The title of {jobs} jobs ended as {status.state}: {status.error}")
        return (cpu_seconds(os.getpid()) - before_s) / jobs


def _job(number: int) -> Job:
    """About as many words as a chunk's task has."""
    return Job(f"v5@{number * 120}", _KIND, {"chunk": {"start_frame": number, "frames": 120}, "keys": list(range(60))})
