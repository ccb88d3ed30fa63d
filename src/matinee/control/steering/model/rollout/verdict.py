"""Whether a roll-out goes on, waits, or is rolled back, and the sentence that says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matinee.control.steering.model.rollout.evidence import Evidence
from matinee.wire.rollout import Counts

ALARM = 10_000.0
"""Wealth at which a build is taken for worse. With five measures of two kinds, a build that is not is rolled back once in a
thousand roll-outs at most."""
_DOUBT = 10.0
"""Wealth with which a roll-out does not go on to more appliances."""
_FAILED_SHARE = 20
_GROSS_SHARE, _GROSS_CONTROL, _GROSS_REQUESTS = 0.2, 0.02, 200

Word = Literal["go on", "wait", "roll back"]


@dataclass(frozen=True, slots=True)
class Soak:
    """What must have happened with a stage's appliances before more get the build: so many gigabytes for each of them on
    average, and so many blocks in which it served. Not minutes: a leak may show under load alone."""

    bytes_each: int = 2_000_000_000
    blocks: int = 6


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known at a moment."""

    tried: int
    """Appliances that were restarted into the build, or tried to."""
    failed: tuple[str, ...]
    """Of those, who went back by itself or did not come back: `name: reason`."""
    underway: int
    """Called, and not there yet."""
    treated: int
    served: Counts
    """By them in this stage."""
    blocks: int
    """Of this stage in which they served."""
    evidence: Mapping[str, Evidence]
    has_control: bool
    recent: Counts
    """What those with the build did in the present block."""
    recent_control: Counts


@dataclass(frozen=True, slots=True)
class Verdict:
    word: Word
    reason: str


def judge(looked: Looked, soak: Soak) -> Verdict:
    if len(looked.failed) > looked.tried // _FAILED_SHARE:
        return Verdict("roll back", f"{len(looked.failed)} of {looked.tried} could not run it: {looked.failed[0]}.")
    if (gross := _gross(looked)) is not None:
        return Verdict("roll back", gross)
    for name, evidence in sorted(looked.evidence.items(), key=lambda each: -each[1].wealth):
        if evidence.wealth >= ALARM:
            return Verdict("roll back", f"{_said(name, evidence)}, in {evidence.blocks} comparisons.")
        if evidence.wealth >= _DOUBT:
            return Verdict("wait", f"{_said(name, evidence)}; that may be chance, and is looked at.")
    if looked.underway:
        return Verdict("wait", f"On the way to it: {looked.underway}.")
    if not looked.treated:
        return Verdict("wait", "No appliance runs it yet.")
    wanted = soak.bytes_each * looked.treated
    if looked.served.bytes < wanted:
        return Verdict("wait", f"They have served {looked.served.bytes / 1e9:.1f} GB of {wanted / 1e9:.1f}.")
    if looked.blocks < soak.blocks:
        return Verdict("wait", f"They have served in {looked.blocks} of {soak.blocks} periods of five minutes.")
    if not looked.has_control:
        return Verdict("go on", "All who have it serve, and nobody without it is left to compare with.")
    return Verdict("go on", f"{looked.treated} with it are no worse than those without.")


def _gross(looked: Looked) -> str | None:
    """So bad that nobody need wait for a ranking."""
    new, old = looked.recent, looked.recent_control
    if new.requests < _GROSS_REQUESTS or new.errors < _GROSS_SHARE * new.requests:
        return None
    if old.requests and old.errors > _GROSS_CONTROL * old.requests:
        return None  # whatever it is, it is not the build's alone
    return f"{new.errors} of {new.requests} requests failed within minutes."


_UNITS = {
    "errors": ("Errors are", "of requests", 100.0, "%"),
    "refused": ("Refusals are", "of requests", 100.0, "%"),
    "throughput": ("The processor takes", "a GB", 1.0, "s"),
    "memory": ("Memory grows by", "an hour", 100.0, "%"),
    "rebuffering": ("Players run dry", "times a session", 1.0, ""),
}


def _said(name: str, evidence: Evidence) -> str:
    kind, _, measure = name.partition("/")
    words, of_what, factor, unit = _UNITS[measure]
    new, old = (f"{value * factor:.3g} {unit}".strip() for value in (evidence.treated, evidence.control))
    return f"{words} {new} {of_what} with it on {kind} appliances, and {old} without"
