"""The gate: what an assembled rung must show before anyone may see it."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, median, mode

from matinee.studio.encoding.api import Chunk, GateVerdict, LadderPlan, Profile, Rung, RungResult

_TOP_VMAF_MIN: dict[Profile, float] = {"fast": 70.0, "full": 80.0}
_SCORED_IN_A_GROUP: dict[Profile, int] = {"fast": 2, "full": 6}
"""How many frames of a segment are scored, about: two each second in the full profile."""
_BELOW_PROBE_MAX = 20.0
"""Probes see a part of the film; more than this below them is not a harder part but a fault."""
_DIFFERS_LEAST, _DIFFERS_TIMES, _AROUND_S = 60.0, 3.0, 2.0
_DIFFERS_FAR, _DIFFERS_FAR_TIMES = 300.0, 8.0
"""Mean squares of a small picture. Coarse encodes of hard films reach 90 with a median of 45; another picture has thousands."""
_SUSPECTS_MAX = 20
"""More are not a flaw but another film, which the first of them shows."""
_SEGMENT_SHARE_MIN = 1 / 3
"""A segment this far below the mean shows the wrong pictures: a broken chunk, not a hard scene."""


def score_every(groups: Sequence[int], frames: int, profile: Profile) -> int:
    """Score each n-th frame, where n shares no factor with the commonest group: key frames look best and must not count
    for more."""
    gop = mode(end - start for start, end in pairwise([*groups, frames]))
    wanted = max(1, gop // _SCORED_IN_A_GROUP[profile])
    return next((n for n in range(wanted, gop) if math.gcd(n, gop) == 1), 1)


def suspects(differences: Sequence[float], frames_per_second: float) -> list[Chunk]:
    """Stretches whose frames are far from the master's: much further than those around them, or than the film's are.

    None is longer than two seconds: what goes on for longer begins there.
    """
    around = max(1, round(_AROUND_S * frames_per_second))
    usual = median(differences) if differences else 0.0
    found: list[Chunk] = []
    for at, value in enumerate(differences):
        # Hardly any frame needs the median of its neighbors.
        if value <= _DIFFERS_LEAST or not (
            value > _DIFFERS_FAR + _DIFFERS_FAR_TIMES * usual
            or value > _DIFFERS_LEAST + _DIFFERS_TIMES * median(differences[max(0, at - around) : at + around + 1])
        ):
            continue
        if found and at < found[-1].start_frame + around:
            found[-1] = Chunk(found[-1].start_frame, at + 1 - found[-1].start_frame)
        elif len(found) < _SUSPECTS_MAX:
            found.append(Chunk(at, 1))
    return found


def wrong_pictures(
    rung: Rung, first: int, *, frames: Sequence[tuple[int, float]], differences: Sequence[float], vmaf: float
) -> str | None:
    """What a suspect is once all of it was scored from frame `first` on: other pictures than the master's, or only hard
    ones, which look bad and are the same pictures."""
    wrong = [
        first + number
        for number, value in frames
        if value < vmaf * _SEGMENT_SHARE_MIN and differences[first + number] > _DIFFERS_FAR
    ]
    if not wrong:
        return None
    where = f"Frame {wrong[0]}" if wrong[0] == wrong[-1] else f"Frames {wrong[0]} to {wrong[-1]}"
    return f"{where} of {rung.id} show other pictures than the master."


def judge(
    plan: LadderPlan, rung: Rung, *, vmaf: float, segment_vmaf: Sequence[float | None], wrong: Sequence[str] = ()
) -> GateVerdict:
    reasons: list[str] = [*wrong]
    if rung == top_of(plan) and vmaf < _TOP_VMAF_MIN[plan.profile]:
        reasons.append(f"{rung.id} reaches VMAF {vmaf:.1f}; the best rung needs {_TOP_VMAF_MIN[plan.profile]:.0f}.")
    if vmaf < rung.vmaf_expected - _BELOW_PROBE_MAX:
        reasons.append(f"{rung.id} reaches VMAF {vmaf:.1f} where its probes promised {rung.vmaf_expected:.1f}.")
    for number, value in enumerate(segment_vmaf):
        if value is not None and value < vmaf * _SEGMENT_SHARE_MIN:
            reasons.append(f"Segment {number + 1} of {rung.id} has VMAF {value:.1f}: its pictures are wrong.")
    return GateVerdict(not reasons, tuple(reasons))


def wrong_length(rung: Rung, *, frames: int, expected: int) -> GateVerdict:
    return GateVerdict(False, (f"{rung.id} has {frames} frames where the master has {expected}.",))


def top_of(plan: LadderPlan) -> Rung:
    return max(plan.rungs, key=lambda rung: (rung.height, rung.kbps_expected))


def per_segment(frames: Sequence[tuple[int, float]], plan: LadderPlan) -> tuple[float | None, ...]:
    """The mean of the scored frames in each segment; None where none fell into it (a short last one)."""
    scores: list[list[float]] = [[] for _ in plan.groups]
    for frame, vmaf in frames:
        scores[bisect_right(plan.groups, frame) - 1].append(vmaf)
    return tuple(round(fmean(found), 2) if found else None for found in scores)


def keep_monotone(results: Sequence[RungResult]) -> list[RungResult]:
    """Drop rungs that came out no better than a cheaper one: a player would only lose by switching up to them."""
    kept: list[RungResult] = []
    for result in sorted(results, key=lambda r: (r.kbps, -r.vmaf)):
        if kept and (result.vmaf <= kept[-1].vmaf or result.rung.height < kept[-1].rung.height):
            continue
        kept.append(result)
    return kept
