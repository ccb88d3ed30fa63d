"""One appliance's way to a build, and back: called, ready, drained, restarted, there; or it failed."""

from dataclasses import dataclass, replace
from typing import Literal

from matinee.control.steering.model.rollout.sight import Seen

DRAIN_S = 35.0
"""Players ask every half minute where to go. By then each has been sent elsewhere."""
_GONE_AFTER_S = 300.0

State = Literal["called", "ready", "draining", "restarting", "there", "failed"]
UNDERWAY: frozenset[State] = frozenset(("called", "ready", "draining", "restarting"))
AWAY: frozenset[State] = frozenset(("draining", "restarting"))


@dataclass(frozen=True, slots=True)
class Member:
    before: str
    """The build that it ran."""
    state: State
    since_s: float
    back: bool = False
    """On its way back to `before`, or there."""
    reason: str = ""


def moved(member: Member, seen: Seen | None, build: str, order: int, at_s: float) -> Member:
    """By what the appliance says now."""
    if member.state == "draining" and at_s - member.since_s >= DRAIN_S:
        return replace(member, state="restarting", since_s=at_s)
    if member.state == "restarting" and at_s - member.since_s >= _GONE_AFTER_S:
        return replace(member, state="failed", since_s=at_s, reason="it did not come back")
    if seen is None or not seen.is_well:
        return member
    slot, number = seen.slot, order + member.back
    runs_it = seen.build == (member.before if member.back else build) and slot.state == "running"
    if runs_it and member.state in ("called", "ready", "restarting", "failed"):
        return replace(member, state="there", since_s=at_s, reason="")
    if slot.order == number and slot.state == "fell back" and member.state not in ("failed", "draining"):
        return replace(member, state="failed", since_s=at_s, reason=slot.reason or "it went back by itself")
    if member.state == "called" and slot.order == number and slot.state == "ready":
        return replace(member, state="ready", since_s=at_s, reason="")
    if member.state == "called" and slot.order == number and slot.reason != member.reason:
        return replace(member, reason=slot.reason)
    if member.state == "there" and not runs_it and slot.state == "running" and slot.order < number:
        return replace(member, state="called", since_s=at_s)  # its disk was replaced, say
    return member


def recalled(member: Member, at_s: float) -> Member:
    """Who has not been restarted for it has nothing to go back from."""
    if member.back or member.state == "failed":
        return member
    if member.state in ("called", "ready", "draining"):
        return replace(member, state="there", since_s=at_s, back=True, reason="")
    return Member(member.before, "called", at_s, back=True)
