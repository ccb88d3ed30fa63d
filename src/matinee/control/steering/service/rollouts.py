"""Roll-outs: the one that is under way, what each appliance is told of it, and what operators order and see.

The roll-out is a value in the database with a version. Whoever steps it replaces that version; of two who do at once, one
finds that it is too late and looks again. So no instance has an office, and any may die between two lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from matinee.control.steering.api import (
    Build,
    Comparison,
    Rollout,
    RolloutAct,
    RolloutMember,
    RolloutUnderway,
    StartRollout,
)
from matinee.control.steering.model.holding import cluster_of
from matinee.control.steering.model.rollout.course import Course, away, counts_by_build, gone_back, stepped
from matinee.control.steering.model.rollout.restarts import Holder
from matinee.control.steering.model.rollout.sight import Seen, Sight
from matinee.control.steering.model.rollout.tally import Reading
from matinee.control.steering.model.rollout.underway import UNDERWAY
from matinee.control.steering.model.rollout.verdict import Soak
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.store import software as store
from matinee.control.steering.store.software import RolloutRow
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, InvalidInput, NotFound
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey
from matinee.wire.rollout import SlotOrder, sign_order

_REASON_MAX = 500
_AHEAD_MAX = 10_000
_SOAK_BYTES_MAX, _SOAK_BLOCKS_MAX = 10**15, 10_000
_LIVE = ("running", "paused", "rolling back")


@dataclass(frozen=True, slots=True)
class _Kept:
    row: RolloutRow
    course: Course


class Rollouts:
    def __init__(self, database: Database, clock: Clock, key: PurgeKey | None) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._newest: _Kept | None = None
        self._builds: dict[str, Build] = {}
        self._signed: dict[tuple[int, str, bool], SlotOrder] = {}

    @property
    def away(self) -> frozenset[str]:
        return frozenset() if self._newest is None else away(self._newest.course)

    async def look(self) -> None:
        """What was ordered or stepped since, here or by another instance."""
        known = (0, 0) if self._newest is None else (self._newest.row.number, self._newest.row.version)
        row = await self._database.read(lambda work: store.newest_rollout(work, known))
        if row is None:
            return
        self._newest = _kept(row)
        self._builds = {build.name: build for build in await self._database.read(store.builds)}

    def order_for(self, report: HealthReport) -> SlotOrder | None:
        kept = self._newest
        member = None if kept is None else kept.course.members.get(report.appliance_id)
        if kept is None or member is None or report.slot is None:
            return None
        if member.back and member.state == "there" and report.slot.order < kept.course.order:
            return None  # it never heard of the build
        name = member.before if member.back else kept.course.build
        go = member.state in ("restarting", "there")
        mark = (kept.course.order + member.back, name, go)
        if mark not in self._signed:
            known = self._builds.get(name)
            order = SlotOrder(mark[0], name, known.sha256 if known else "", known.size if known else 0, go)
            self._signed = {mark: sign_order(self._key, order) if self._key else order} | self._signed
        return self._signed[mark]

    async def step(self, fleet: Fleet) -> None:
        kept, now = self._newest, self._clock.now()
        if kept is None:
            return
        course = stepped(kept.course, self._sight(fleet, kept, at=now), (now - kept.row.started_at).total_seconds())
        if course != kept.course:
            await self._save(kept, course, _acts(kept.course, course, now))

    async def start(self, order: StartRollout, fleet: Fleet) -> int:
        _check(order)
        if not any(report.slot is not None for report in fleet.edges()):
            raise Conflict("No appliance that reports could take it: none was started with --slots.")
        heard = max((r.slot.order // 2 for r in fleet.edges() if r.slot is not None), default=0)
        now = self._clock.now()

        def work(work: Work) -> int:
            if all(build.name != order.build for build in store.builds(work)):
                raise NotFound(f"There is no build {order.build[:60]!r}. Add it first.")
            last = next(iter(store.rollouts(work)), None)
            if last is not None and _kept(last).course.state in _LIVE:
                raise RolloutUnderway(f"Roll-out {last.number} of {last.build} is under way. Wait, or abort it.")
            before = 0 if last is None else last.number
            # After a restore from a backup, numbers that were given since are still in the field.
            number = max(before, heard if heard <= before + _AHEAD_MAX else 0) + 1
            course = Course(number, order.build, Soak(order.soak_bytes, order.soak_blocks))
            store.put_rollout(work, RolloutRow(number, order.build, order.by, order.reason, now, 1, to_json(course)))
            store.note_act(work, number, RolloutAct(now, order.by, "started", order.reason))
            return number

        number = await self._database.write(work)
        await self.look()
        return number

    async def command(self, number: int, what: Literal["pause", "resume", "abort"], *, by: str, reason: str) -> None:
        await self.look()
        kept, now = self._newest, self._clock.now()
        if kept is None or kept.row.number != number:
            if await self._database.read(lambda work: store.rollout(work, number)) is None:
                raise NotFound("There is no roll-out of this number.")
            raise Conflict("A newer roll-out was started since. Only the newest can be changed.")
        if not reason.strip() or len(reason) > _REASON_MAX:
            raise InvalidInput(f"Say why, in {_REASON_MAX} characters at most: it is kept.", field="reason")
        course, state = kept.course, kept.course.state
        if what == "abort":
            if state not in ("rolling back", "rolled back"):
                at_s = (now - kept.row.started_at).total_seconds()
                course = gone_back(course, f"Aborted: {reason}", at_s)
        elif state == {"pause": "running", "resume": "paused"}[what]:
            course = replace(course, state="paused" if what == "pause" else "running", reason=reason)
        elif state not in ("running", "paused"):
            raise Conflict(f"This roll-out is {state}; it cannot be {what}d any more.")
        if course != kept.course:
            acts = [RolloutAct(now, by, {"pause": "paused", "resume": "resumed", "abort": "aborted"}[what], reason)]
            if not await self._save(kept, course, acts):
                await self.command(number, what, by=by, reason=reason)

    async def told(self, *, before: int | None, limit: int, fleet: Fleet) -> Sequence[Rollout]:
        rows = await self._database.read(lambda work: store.rollouts(work, before=before, limit=limit))
        return [_told(_kept(row), fleet) for row in rows]

    async def told_in_full(self, number: int, fleet: Fleet) -> Rollout:
        row, acts = await self._database.read(lambda work: (store.rollout(work, number), store.acts(work, number)))
        if row is None:
            raise NotFound("There is no roll-out of this number.")
        kept = _kept(row)
        members = tuple(
            RolloutMember(name, member.state, member.back, member.before, member.reason)
            for name, member in sorted(kept.course.members.items())
        )
        return replace(_told(kept, fleet), members=members, acts=tuple(acts))

    async def _save(self, kept: _Kept, course: Course, acts: Sequence[RolloutAct]) -> bool:
        body, row = to_json(course), kept.row

        def work(work: Work) -> bool:
            if not store.step_rollout(work, row.number, row.version, body):
                return False
            for act in acts:
                store.note_act(work, row.number, act)
            return True

        if not await self._database.write(work):
            await self.look()
            return False
        self._newest = _Kept(replace(row, version=row.version + 1, body=body), course)
        return True

    def _sight(self, fleet: Fleet, kept: _Kept, *, at: Instant) -> Sight:
        seen: dict[str, Seen] = {}
        others: dict[str, Holder] = {}
        for report in fleet.edges():
            is_well = fleet.is_fit(report, at=at)
            name, cluster, releases = report.appliance_id, cluster_of(report), report.releases
            if report.slot is None:
                others[name] = Holder(name, cluster, releases, is_well)
                continue
            heard_s = (report.at - kept.row.started_at).total_seconds()
            reading = (
                Reading(report.boot_id, heard_s, report.uptime_s, report.memory_bytes, report.counts)
                if report.counts is not None
                else None
            )
            seen[name] = Seen(
                name, cluster, report.kind, report.build, is_well, report.load, releases, report.slot, reading
            )
        at_origins = {release for origin in fleet.origins(at=at) for release in origin.releases}
        return Sight(seen, others, at_origins)


def _kept(row: RolloutRow) -> _Kept:
    return _Kept(row, from_json(row.body, Course, what="A kept roll-out"))


def _check(order: StartRollout) -> None:
    if not order.reason.strip() or len(order.reason) > _REASON_MAX:
        raise InvalidInput(f"Say why, in {_REASON_MAX} characters at most: it is kept.", field="reason")
    if not 0 <= order.soak_bytes <= _SOAK_BYTES_MAX:
        raise InvalidInput("Say how many bytes each is to serve before more get the build.", field="soak_bytes")
    if not 1 <= order.soak_blocks <= _SOAK_BLOCKS_MAX:
        raise InvalidInput("A stage lasts one period of five minutes at least.", field="soak_blocks")


def _acts(before: Course, course: Course, now: Instant) -> list[RolloutAct]:
    """What the service did by itself, for the record."""
    found = []
    if course.stage != before.stage:
        found.append(RolloutAct(now, "", f"went on to {course.stage}", course.reason))
    if course.state != before.state:
        found.append(RolloutAct(now, "", course.state, course.reason))
    return found


def _told(kept: _Kept, fleet: Fleet) -> Rollout:
    row, course = kept.row, kept.course
    states = [member.state for member in course.members.values()]
    return Rollout(
        row.number,
        row.build,
        row.by,
        row.reason,
        row.started_at,
        course.state,
        course.stage,
        course.reason,
        sum(report.slot is not None for report in fleet.edges()),
        sum(member.state == "there" and not member.back for member in course.members.values()),
        sum(state in UNDERWAY for state in states),
        states.count("failed"),
        dict(sorted(counts_by_build(course).items())),
        _comparisons(course),
    )


def _comparisons(course: Course) -> tuple[Comparison, ...]:
    found = []
    for name, each in sorted(course.evidence.items()):
        kind, _, measure = name.partition("/")
        found.append(Comparison(kind, measure, each.treated, each.control, min(each.wealth, 1e12), each.blocks))
    return tuple(found)
