"""How far a journey is, as one number."""

from matinee.studio.production.api import ANEW

STAGES = {
    "inspect": 0.12,
    "plan": 0.2,
    "plan-hevc": 0.0,
    "plan-av1": 0.0,
    "plan-vp9": 0.0,
    "show-findings": 0.0,
    "encode": 0.38,
    "measure": 0.15,
    "encode-again": 0.0,
    "measure-again": 0.0,
    "show-refused": 0.0,
    "refused": 0.0,
    "accepted": 0.0,
    "artwork": 0.05,
    "package": 0.08,
    "show-rungs": 0.0,
    "keep": 0.0,
    "announce": 0.01,
    "tidy": 0.01,
    "continue": 0.0,
    "extras": 0.0,
}
"""Shares of the time a journey takes, in order; measured on a 30 s film, and an estimate for every other."""


def whole_progress(stage: str, within: float) -> float:
    """0 … 1 over the journey, from its stage and how far that is."""
    stage = stage.removesuffix(ANEW)
    if stage not in STAGES:
        return 0.0
    names = list(STAGES)
    before = sum(STAGES[name] for name in names[: names.index(stage)])
    return min(1.0, before + STAGES[stage] * min(1.0, max(0.0, within)))
