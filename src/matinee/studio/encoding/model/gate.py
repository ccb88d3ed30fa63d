"""The gate: what an assembled rung must show before anyone may see it."""

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from statistics import fmean, median, mode

from matinee.studio.encoding.api import Chunk, GateVerdict, LadderPlan, Profile, Rung, RungResult
from matinee.studio.encoding.model.surface import loss_of, vmaf_of
from matinee.wire.releases import VideoCodec

_TOP_VMAF_MIN: dict[Profile, float] = {"fast": 70.0, "full": 80.0}
_SCORED_IN_A_GROUP: dict[Profile, int] = {"fast": 2, "full": 6}
"""How many frames of a segment are scored, about: two each second in the full profile."""
_BELOW_PROMISE_MAX: dict[Profile, float] = {"fast": 20.0, "full": 10.0}
"""Probes see a part of the film, and a fast release has few; more than this below them is not a harder part but a fault."""
_BELOW_LOW_PROMISE = 0.5
"""Of what a low promise lacks of 100: down there a step of CRF is several points, and no probe stood near."""
_WORST_SHARE_MIN = 0.5
"""Of the mean: one frame in a hundred may look no worse. In whole encodes they reach 0.73 of it and more."""
_DIFFERS_LEAST, _DIFFERS_TIMES, _AROUND_S = 60.0, 3.0, 2.0
_DIFFERS_FAR, _DIFFERS_FAR_TIMES = 300.0, 8.0
"""Mean squares of a small picture. Coarse encodes of hard films reach 90 with a median of 45; another picture has thousands."""
_SUSPECTS_MAX = 20
"""More are not a flaw but another film, which the first of them shows."""
_SEGMENT_SHARE_MIN = 1 / 3
"""A segment this far below the mean shows the wrong pictures: a broken chunk, not a hard scene."""
_FAR_LOSS = 1.5
"""On the scale of loss, also: half of a score of 90 is another picture, half of one of 28 is only a harder scene."""
_APART_LOSS, _APART_VMAF = 1.0, 12.0
"""How much worse a segment may look in one rung than it does in the others: both, on the scale of loss and in points. Whole
encodes differ by 0.4 and 7."""

_PERFECT = 95.0
"""A still may have 97 or 100 where there are bits to spare: far apart on the scale of loss, and the same to all others."""


def score_every(groups: Sequence[int], frames: int, profile: Profile) -> int:
    """Score each n-th frame, where n shares no factor with the commonest group: key frames look best and must not count
    for more. The shortest group has a score too."""
    lengths = [end - start for start, end in pairwise([*groups, frames])]
    gop, shortest = mode(lengths), min(lengths)
    wanted = max(1, min(gop // _SCORED_IN_A_GROUP[profile], shortest))
    return next(n for n in chain(range(wanted, shortest + 1), range(wanted, 0, -1)) if math.gcd(n, gop) == 1)


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


def not_as_planned(plan: LadderPlan, rung: Rung, *, size: tuple[int, int], keys: Collection[int]) -> list[str]:
    """Whether players can take it as what the manifest will say it is, and switch to it at every segment."""
    found: list[str] = []
    if size != (rung.width, rung.height):
        found.append(f"{rung.id} has pictures of {size[0]}×{size[1]}; {rung.width}×{rung.height} was planned.")
    blocked = [number for number, group in enumerate(plan.groups, 1) if group not in keys]
    if blocked:
        more = f" and {len(blocked) - 1} more" if len(blocked) > 1 else ""
        found.append(f"Without a key frame at its beginning: segment {blocked[0]}{more} of {rung.id}.")
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
    plan: LadderPlan,
    rung: Rung,
    *,
    vmaf: float,
    segment_vmaf: Sequence[float | None],
    first_percentile: float | None = None,
    wrong: Sequence[str] = (),
    vmaf_4k: float | None = None,
) -> GateVerdict:
    """By the screen that the rung was chosen for; segments and single frames against a television's mean, as they are
    scored. By its id the best rung is known also when it has been given more bits."""
    reasons: list[str] = [*wrong]
    looks, promised, where = vmaf, rung.vmaf_expected, ""
    if vmaf_4k is not None and rung.vmaf_4k_expected is not None:
        looks, promised, where = vmaf_4k, rung.vmaf_4k_expected, " on a 4K screen"
    if rung.id == top_of(plan).id and looks < _TOP_VMAF_MIN[plan.profile]:
        reasons.append(
            f"{rung.id} reaches VMAF {looks:.1f}{where}; the best rung needs {_TOP_VMAF_MIN[plan.profile]:.0f}."
        )
    if looks < promised - max(_BELOW_PROMISE_MAX[plan.profile], _BELOW_LOW_PROMISE * (100 - promised)):
        reasons.append(f"{rung.id} reaches VMAF {looks:.1f}{where} where its probes promised {promised:.1f}.")
    if first_percentile is not None and _is_far_below(first_percentile, vmaf, _WORST_SHARE_MIN):
        reasons.append(
            f"One frame in a hundred of {rung.id} has VMAF {first_percentile:.1f} or less, beside {vmaf:.1f}."
        )
    for number, value in enumerate(segment_vmaf):
        if value is not None and _is_far_below(value, vmaf, _SEGMENT_SHARE_MIN):
            reasons.append(f"Segment {number + 1} of {rung.id} has VMAF {value:.1f}: its pictures are wrong.")
    return GateVerdict(not reasons, tuple(reasons))


def _is_far_below(value: float, vmaf: float, share: float) -> bool:
    return value < vmaf * share and loss_of(value) > loss_of(vmaf) + _FAR_LOSS


def held_together(results: Sequence[RungResult]) -> list[RungResult]:
    """Each as it is judged beside the others of its codec: a hard scene is hard in all of them, a chunk that came out badly
    is bad in one."""
    return [_beside(result, [r for r in results if _is_other(r, result)]) for result in results]


def _is_other(one: RungResult, result: RungResult) -> bool:
    same_cuts = len(one.segment_vmaf) == len(result.segment_vmaf)
    return one.rung.codec == result.rung.codec and one.rung.id != result.rung.id and same_cuts


def _beside(result: RungResult, others: Sequence[RungResult]) -> RungResult:
    found: list[str] = []
    for number, value in enumerate(result.segment_vmaf):
        harder = [
            loss_of(min(seen, max(other.vmaf, _PERFECT))) - loss_of(other.vmaf)
            for other in others
            if (seen := other.segment_vmaf[number]) is not None
        ]
        if value is None or not harder:
            continue
        expected = loss_of(result.vmaf) + median(harder)
        if loss_of(value) > expected + _APART_LOSS and value < vmaf_of(expected) - _APART_VMAF:
            found.append(
                f"Segment {number + 1} of {result.rung.id} has VMAF {value:.1f}; by the other rungs it should have {vmaf_of(expected):.1f}."
            )
    if not found:
        return result
    return replace(result, verdict=GateVerdict(False, (*result.verdict.reasons, *found)))


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
    """Drop rungs that came out no better than a cheaper one of their codec: a player would only lose by switching up."""
    by_codec: dict[VideoCodec, list[RungResult]] = {}
    for result in results:
        by_codec.setdefault(result.rung.codec, []).append(result)
    return [kept for of_codec in by_codec.values() for kept in _rising(of_codec)]


def _rising(results: Sequence[RungResult]) -> list[RungResult]:
    kept: list[RungResult] = []
    for result in sorted(results, key=lambda r: (r.kbps, -r.vmaf)):
        if kept and (not _looks_better(result, kept[-1]) or result.rung.height < kept[-1].rung.height):
            continue
        kept.append(result)
    return kept


def _looks_better(result: RungResult, below: RungResult) -> bool:
    """On the screen both were looked at. The first rung for 4K screens has none below it that was."""
    if result.vmaf_4k is None:
        return result.vmaf > below.vmaf
    return below.vmaf_4k is None or result.vmaf_4k > below.vmaf_4k
