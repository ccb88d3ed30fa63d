"""What the studio may expect of durable workflows.

A workflow is an async function over a `Journal`. Each named step's result is journaled: after a crash the function runs
again from the top, and finished steps answer from the journal. So the code between steps must be deterministic, and a
step must be safe to repeat (it is at least once). `jobs` fans out to workers by lease; a worker that dies loses its lease
and the job goes to another. Results are JSON values.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import Instant, Span, seconds

Json = Any  # a journal holds whatever JSON holds; workflows parse what they read back

RunState = Literal["waiting", "running", "paused", "done", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class Job:
    """One leased piece of work. `key` is unique within the run: a job that is done is never done again."""

    key: str
    kind: str
    payload: Mapping[str, object]
    weight: float = 1.0
    """Expected cost, for progress and for what is left."""
    pace: str = ""
    """Jobs of one pace take the same time for the same weight, more or less. Empty: the pace of their kind."""
    places: int = 1
    """How many of a worker's places it takes; all of them where it wants more than there are."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the jobs of one pace in one fan-out stand."""

    stage: str
    pace: str
    jobs: int
    weight: float
    done: int
    done_weight: float
    measured_weight: float
    """Of those whose time was taken; what was found done tells nothing of a pace. The newest count most."""
    measured_s: float


@dataclass(frozen=True, slots=True)
class AtWork:
    """A job in somebody's hands."""

    run_id: str
    job: str
    stage: str
    kind: str
    pace: str
    weight: float
    since: Instant
    worker: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt at a job that came to nothing."""

    job: str
    stage: str
    attempt: int
    worker: str
    cause: str
    """A sentence."""
    at: Instant


@dataclass(frozen=True, slots=True)
class RunDetail:
    """What a run did so far, for whoever says when it will end and why something had to be done again."""

    stage_at: Instant | None = None
    """When it came to its stage."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """How long each finished step worked, in seconds."""
    tallies: tuple[Tally, ...] = ()
    at_work: tuple[AtWork, ...] = ()
    failures: tuple[Failure, ...] = ()
    """The newest, oldest first."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A process that lives."""

    name: str
    places: int
    at_work: tuple[AtWork, ...]


@dataclass(frozen=True, slots=True)
class RunStatus:
    run_id: str
    kind: str
    state: RunState
    priority: int
    payload: Mapping[str, Json]
    stage: str
    """The step it is in."""
    progress: float
    """0 … 1 over the weights of the jobs of the current fan-out, or what the step reported."""
    error: str | None
    result: Json
    created_at: Instant
    updated_at: Instant
    waits_for: str | None = None
    """Why the run stands still although nothing failed: a sentence, such as that of a full disk. None while it goes on.

    It is what the answering process waits for, so it is known even while nothing can be written.
    """
    is_advanced: bool = False
    """Some process is at it; for a moment also after it was canceled."""


@dataclass(frozen=True, slots=True)
class Lease:
    run_id: str
    job: Job
    attempt: int
    token: str
    """New at every attempt."""
    stage: str
    """The fan-out it belongs to."""


class JobFailed(MatineeError):
    """A job failed more often than it may; the sentence is its last failure's, the member `job` its key."""


class RunStopped(MatineeError):
    """The run was paused or canceled; raised inside the workflow at its next step. Not to be caught by workflows."""


class Journal(Protocol):
    """A running workflow's door to its own record."""

    @property
    def run_id(self) -> str: ...

    async def step(self, name: str, action: Callable[[], Awaitable[Json]]) -> Json:
        """Do it once: the journaled result if there is one, else run, journal, answer."""
        ...

    async def jobs(self, name: str, jobs: Sequence[Job], *, attempts_max: int = 3) -> dict[str, Json]:
        """Hand these to workers and wait for all; results by key. Raises `JobFailed` when one is out of attempts."""
        ...

    async def report(self, progress: float) -> None:
        """How far the current step is. Not journaled, may be lost."""
        ...


Workflow = Callable[[Journal, Mapping[str, Json]], Awaitable[Json]]
JobHandler = Callable[[Lease], Awaitable[Json]]


class Workflows(Protocol):
    def define(self, kind: str, workflow: Workflow) -> None:
        """Name a workflow. Runs of a kind wait until some process defines it."""
        ...

    def handle(self, kind: str, handler: JobHandler) -> None:
        """Name who does jobs of a kind in this process."""
        ...

    async def start(self, kind: str, run_id: str, payload: Mapping[str, object], *, priority: int = 100) -> RunStatus:
        """Begin, or answer the run of that id if there is one: starting twice is starting once. Lower priority goes first."""
        ...

    async def status(self, run_id: str) -> RunStatus | None: ...

    async def runs(self, *, kind: str | None = None, states: Sequence[RunState] = ()) -> list[RunStatus]:
        """Newest first."""
        ...

    async def details(self, run_ids: Sequence[str]) -> Mapping[str, RunDetail]:
        """What is known of these runs beyond their status."""
        ...

    async def workers(self) -> list[WorkerStatus]:
        """Every process that lives, by name."""
        ...

    async def prioritize(self, run_id: str, priority: int) -> None:
        """From now on it has this priority; what is in hand goes on."""
        ...

    async def pause(self, run_id: str) -> None: ...

    async def resume(self, run_id: str) -> None:
        """Go on after pause or failure; finished steps and jobs stay done."""
        ...

    async def cancel(self, run_id: str) -> None:
        """It ends, and whoever is at it stops soon, in every process; until then that is told as work in hand."""
        ...

    async def forget(self, run_id: str) -> bool:
        """Drop a run that has ended, with its steps and jobs. False while somebody who lives still advances it or is at
        one of its jobs; what is unknown is forgotten already."""
        ...

    async def run(self, *, workers: int = 1, lease: Span = seconds(30), name: str = "") -> None:
        """Advance runs and work off jobs in this process until canceled. Leases are renewed while a handler runs.

        `workers`: the places it has for jobs; none advances runs alone. `name`: as people know this process.

        The most urgent run's jobs go first. Of runs that are equally urgent the one with the fewest jobs in hand is
        served, so that a title of twenty thousand does not keep a title of ten waiting.
        """
        ...
