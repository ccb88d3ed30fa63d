"""A roll-out from its start to its end, as a value: what is seen of the fleet goes in, the roll-out a moment later comes
out. Whoever steps it steps it the same, and stepping twice in a moment is stepping once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from matinee.control.steering.model.rollout.evidence import Evidence, weighed
from matinee.control.steering.model.rollout.restarts import Holder, may_restart
from matinee.control.steering.model.rollout.sight import Sight
from matinee.control.steering.model.rollout.stages import Candidate, Stage, after, called
from matinee.control.steering.model.rollout.tally import NOTHING, Tally, closed, noted, plus
from matinee.control.steering.model.rollout.underway import AWAY, UNDERWAY, Member, moved, recalled
from matinee.control.steering.model.rollout.verdict import Looked, Soak, Verdict, judge
from matinee.wire.rollout import Counts

BLOCK_S = 300.0
LOOK_EVERY_S = 30.0
_SERVED_REQUESTS = 50

State = Literal["running", "paused", "rolling back", "rolled back", "done"]
_GOING_ON = ("running", "paused", "rolling back")


@dataclass(frozen=True, slots=True)
class Course:
    number: int
    build: str
    soak: Soak = field(default_factory=Soak)
    stage: Stage = "one"
    state: State = "running"
    reason: str = ""
    """Why it waits, or why it went back."""
    members: dict[str, Member] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    soaked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Bytes, and blocks with load, by kind: of those that have it, since this stage is complete."""
    builds: dict[str, Counts] = field(default_factory=dict)
    """What was done by build, up to the present block."""
    looked_s: float = -1e9
    block: int = 0

    @property
    def order(self) -> int:
        """The number of its orders to take the build; that to go back is one more."""
        return 2 * self.number


def stepped(course: Course, sight: Sight, at_s: float) -> Course:
    course = _with_moves(course, sight, at_s)
    if course.state in _GOING_ON and at_s - course.looked_s >= LOOK_EVERY_S:
        course = _looked(course, sight, at_s)
        if course.state in ("running", "paused"):
            course = _judged(course, sight, at_s)
    course = _with_called(course, sight, at_s)
    course = _with_restarts(course, sight, at_s)
    return _ended(course, sight)


def gone_back(course: Course, reason: str, at_s: float) -> Course:
    """From now on, everybody returns to what they ran."""
    members = {name: recalled(member, at_s) for name, member in course.members.items()}
    return replace(course, state="rolling back", reason=reason, members=members)


def away(course: Course) -> frozenset[str]:
    """To whom nobody is sent, because they restart."""
    return frozenset(name for name, member in course.members.items() if member.state in AWAY)


def counts_by_build(course: Course) -> dict[str, Counts]:
    found = dict(course.builds)
    for tally in course.tallies.values():
        if tally.done.requests:
            found[tally.build] = plus(found.get(tally.build, NOTHING), tally.done)
    return found


def _with_moves(course: Course, sight: Sight, at_s: float) -> Course:
    fresh = {
        name: after
        for name, member in course.members.items()
        if (after := moved(member, sight.seen.get(name), course.build, course.order, at_s)) != member
    }
    if course.state in ("rolling back", "rolled back"):
        # Who was away when the others were called back, and comes with the build.
        fresh |= {
            name: recalled(member, at_s)
            for name, member in (course.members | fresh).items()
            if not member.back and member.state == "there"
        }
    return replace(course, members=course.members | fresh) if fresh else course


def _looked(course: Course, sight: Sight, at_s: float) -> Course:
    tallies, builds = dict(course.tallies), dict(course.builds)
    for name, seen in sight.seen.items():
        if seen.reading is None:
            continue
        before = tallies.get(name, Tally())
        if before.last is not None and before.last.boot != seen.reading.boot:
            builds[before.build] = plus(builds.get(before.build, NOTHING), before.done)
        tallies[name] = replace(noted(before, seen.reading), build=seen.build)
    course = replace(course, tallies=tallies, builds=builds, looked_s=at_s)
    block = int(at_s // BLOCK_S)
    return _with_block(course, sight, block) if block > course.block else course


def _with_block(course: Course, sight: Sight, number: int) -> Course:
    tallies, builds, soaked = dict(course.tallies), dict(course.builds), dict(course.soaked)
    blocks, done_by_kind = [], dict[str, Counts]()
    is_complete = not _underway(course, sight)
    for name, tally in course.tallies.items():
        side, seen = _side(course, sight, name), sight.seen.get(name)
        kind = "" if seen is None else seen.kind
        block, tallies[name] = closed(tally, kind=kind, is_treated=side is True)
        builds[tally.build] = plus(builds.get(tally.build, NOTHING), block.done)
        if side is not None:
            blocks.append(block)
        if side is True:
            done_by_kind[kind] = plus(done_by_kind.get(kind, NOTHING), block.done)
    for kind, done in done_by_kind.items() if is_complete else ():
        size, loaded = soaked.get(kind, (0, 0))
        soaked[kind] = (size + done.bytes, loaded + (done.requests >= _SERVED_REQUESTS))
    evidence = weighed(course.evidence, blocks)
    return replace(course, tallies=tallies, builds=builds, soaked=soaked, evidence=evidence, block=number)


def _side(course: Course, sight: Sight, name: str) -> bool | None:
    """With the build, without it, or neither: on its way, or broken in some way of its own."""
    seen, member = sight.seen.get(name), course.members.get(name)
    if seen is None or not seen.is_well:
        return None
    if member is None or (member.state in ("called", "ready") and not member.back):
        return None if seen.build == course.build else False
    return True if member.state == "there" and not member.back and seen.build == course.build else None


def _judged(course: Course, sight: Sight, at_s: float) -> Course:
    verdict = judge(_what_is_known(course, sight), course.soak)
    if verdict.word == "roll back":
        return gone_back(course, verdict.reason, at_s)
    if verdict.word == "wait" or course.state == "paused":
        return _saying(course, verdict)
    following = after(course.stage)
    if following is None:
        return course
    return _saying(replace(course, stage=following, soaked={}), verdict)


def _saying(course: Course, verdict: Verdict) -> Course:
    return course if course.reason == verdict.reason else replace(course, reason=verdict.reason)


def _what_is_known(course: Course, sight: Sight) -> Looked:
    recent = {True: NOTHING, False: NOTHING}
    treated: dict[str, int] = {}
    for name, tally in course.tallies.items():
        if (side := _side(course, sight, name)) is not None:
            recent[side] = plus(recent[side], tally.done)
            if side:
                treated[sight.seen[name].kind] = treated.get(sight.seen[name].kind, 0) + 1
    # The kind that has seen the least decides.
    least = min(treated, key=lambda kind: (course.soaked.get(kind, (0, 0))[0] / treated[kind], kind), default="")
    size, blocks = course.soaked.get(least, (0, 0))
    failed = tuple(f"{name}: {m.reason}" for name, m in sorted(course.members.items()) if m.state == "failed")
    tried = sum(member.state in ("there", "failed") for member in course.members.values())
    return Looked(
        tried,
        failed,
        _underway(course, sight),
        treated.get(least, 0),
        replace(NOTHING, bytes=size),
        blocks,
        course.evidence,
        any(_side(course, sight, name) is False for name in course.tallies),
        recent[True],
        recent[False],
    )


def _underway(course: Course, sight: Sight) -> int:
    """Who is not heard of is not waited for, unless it went away for this."""
    return sum(
        member.state in UNDERWAY
        and (member.state in AWAY or ((seen := sight.seen.get(name)) is not None and seen.is_well))
        for name, member in course.members.items()
    )


def _with_called(course: Course, sight: Sight, at_s: float) -> Course:
    if course.state not in ("running", "done"):
        return course
    fleet = [
        Candidate(seen.id, seen.cluster, seen.is_well, seen.load)
        for seen in sight.seen.values()
        if seen.build != course.build or seen.id in course.members
    ]
    names = called(course.stage, fleet, _chosen(course, sight), key=f"{course.number}/{course.build}")
    fresh = {name: Member(sight.seen[name].build, "called", at_s) for name in names}
    return replace(course, members=course.members | fresh) if fresh else course


def _chosen(course: Course, sight: Sight) -> list[str]:
    """Who fell silent before it began is replaced."""
    return [
        name
        for name, member in course.members.items()
        if member.state != "called" or ((seen := sight.seen.get(name)) is not None and seen.is_well)
    ]


def _with_restarts(course: Course, sight: Sight, at_s: float) -> Course:
    ready = [name for name, m in course.members.items() if m.state == "ready" and name in sight.seen]
    if not ready or course.state == "paused":
        return course
    holders = {
        seen.id: Holder(seen.id, seen.cluster, seen.releases, seen.is_well) for seen in sight.seen.values()
    } | dict(sight.others)
    going, waiting = may_restart(ready, holders, away(course), sight.at_origins)
    fresh = {name: replace(course.members[name], state="draining", since_s=at_s, reason="") for name in going}
    fresh |= {
        name: replace(course.members[name], reason=reason)
        for name, reason in waiting.items()
        if course.members[name].reason != reason
    }
    return replace(course, members=course.members | fresh) if fresh else course


def _ended(course: Course, sight: Sight) -> Course:
    if course.state == "rolling back" and not _underway(course, sight):
        return replace(course, state="rolled back")
    is_last = course.state == "running" and course.stage == "all" and not _underway(course, sight)
    if is_last and not called("all", _all(course, sight), course.members, key=""):
        return replace(course, state="done", reason="All who could take it have it.")
    return course


def _all(course: Course, sight: Sight) -> Sequence[Candidate]:
    return [
        Candidate(seen.id, seen.cluster, seen.is_well)
        for seen in sight.seen.values()
        if seen.build != course.build or seen.id in course.members
    ]
