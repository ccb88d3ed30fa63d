"""Slots: which software an appliance runs, tries, and returns to. One of them is good at any moment."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from matinee.wire.rollout import BUILD_BYTES_MAX, SlotOrder, SlotReport, is_order_signed_by

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,59}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Slot:
    build: str
    sha256: str = ""
    """Empty: what is installed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the agent was ordered and has fetched. It alone writes this."""

    order: int
    slot: Slot
    is_here: bool = False
    go: bool = False


@dataclass(frozen=True, slots=True)
class Slots:
    """What the launcher knows. It alone writes this."""

    installed: str
    in_force: Slot
    before: Slot | None = None
    """What was in force before, and good."""
    trial: Slot | None = None
    """Being tried, or, after a power cut, was."""
    order: int = 0
    """The last one that was tried."""
    fell_back: str = ""
    """Why the last order's build is not in force."""

    @property
    def running(self) -> Slot:
        return self.trial or self.in_force


def fresh(installed: str) -> Slots:
    return Slots(installed, Slot(installed))


def at_start(slots: Slots, installed: str) -> Slots:
    """As a launcher finds it. A trial that it finds was cut off, and is not repeated: it may have been what took the
    machine down."""
    if slots.trial is not None:
        slots = fallen_back(slots, "it was cut off while it was tried")
    if slots.in_force.sha256 == "":
        slots = replace(slots, in_force=Slot(installed))
    return replace(slots, installed=installed)


def with_trial(slots: Slots, wanted: Wanted | None) -> Slots:
    """Begin what is ordered, if there is something to begin."""
    if wanted is None or not (wanted.go and wanted.is_here) or wanted.order <= slots.order:
        return slots
    if wanted.slot == slots.in_force:
        return replace(slots, order=wanted.order, fell_back="")
    return replace(slots, trial=wanted.slot, order=wanted.order, fell_back="")


def proved(slots: Slots) -> Slots:
    if slots.trial is None:
        return slots
    return replace(slots, in_force=slots.trial, before=slots.in_force, trial=None)


def fallen_back(slots: Slots, reason: str) -> Slots:
    """From a trial to what was in force; from what is in force to what was before it."""
    if slots.trial is not None:
        return replace(slots, trial=None, fell_back=reason)
    return replace(slots, in_force=slots.before or Slot(slots.installed), before=None, fell_back=reason)


def can_fall_back(slots: Slots) -> bool:
    return slots.trial is not None or slots.before is not None or slots.in_force.sha256 != ""


def told(slots: Slots, wanted: Wanted | None, *, problem: str, refused: int) -> SlotReport:
    if wanted is not None and wanted.order > slots.order:
        state: Literal["ready", "wanted"] = "ready" if wanted.is_here else "wanted"
        return SlotReport(state, wanted.order, wanted.slot.build, problem, refused)
    build = wanted.slot.build if wanted is not None else ""
    if slots.trial is not None:
        return SlotReport("trial", slots.order, build, "", refused)
    if slots.fell_back:
        return SlotReport("fell back", slots.order, build, slots.fell_back, refused)
    return SlotReport("running", slots.order, build, "", refused)


def refusal(order: SlotOrder, *, key: str, known: Wanted | None, slots: Slots) -> str | None:
    """Why this order is not believed; None: it is."""
    if not is_order_signed_by(order, key):
        return f"order {order.number} for software is not signed by the key that this edge believes"
    highest = max(slots.order, 0 if known is None else known.order)
    if order.number < highest:
        return f"order {order.number} for software is older than {highest}, which was believed already"
    if known is not None and order.number == known.order and Slot(order.build, order.sha256) != known.slot:
        return f"order {order.number} for software names another build than before"
    if not _NAME.match(order.build) or not 0 <= order.size <= BUILD_BYTES_MAX:
        return f"order {order.number} names no build that could be"
    if order.sha256 == "" and order.build != slots.installed:
        return f"order {order.number} is to return to {order.build}, but {slots.installed} is installed here"
    if order.sha256 != "" and not _SHA256.match(order.sha256):
        return f"order {order.number} names no build that could be"
    return None
