"""What of a film is found again in its next master, and the plan that is made of that."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.encoding.api import Chunk, LadderPlan, Raster, Rung, chunk_tasks
from matinee.studio.encoding.model.gate import score_every
from matinee.studio.encoding.model.groups import chunks_of, group_frames_min, groups_of, scenes_of
from matinee.studio.encoding.model.unchanged import (
    Found,
    Prints,
    found_again,
    is_whole,
    plan_again,
    with_hashes,
    worth_keeping,
)
from tests.strategies import few

RASTER = Raster(320, 180, (24, 1))
SECOND = group_frames_min(RASTER)


def prints(*scenes: tuple[str, int]) -> Prints:
    """Of a film of these scenes: each with its name, and how many frames it has. A scene called `black` stands still."""
    frames = (
        hashlib.blake2b(b"black" if name == "black" else f"{name} {number}".encode(), digest_size=8).digest()
        for name, length in scenes
        for number in range(length)
    )
    return Prints(b"".join(frames), 8)


def planned(scenes: Sequence[tuple[str, int]]) -> LadderPlan:
    """The full ladder's plan, with a cut at each scene, and every scene's quality another."""
    shots = [sum(length for _, length in scenes[:number]) for number in range(len(scenes))]
    frames = sum(length for _, length in scenes)
    groups = groups_of(frames, RASTER, shots)
    kept = tuple(scenes_of(frames, RASTER, shots))
    plan = LadderPlan(
        profile="full",
        raster=RASTER,
        frames=frames,
        groups=groups,
        preset="medium",
        score_every=score_every(groups, frames, "full"),
        rungs=(Rung("v180", 320, 180, "sd", 23.5, 300, 600, 90),),
        chunks=chunks_of(frames, RASTER, "full", groups, shots),
        points=(),
        scenes=kept,
        shifts={"v180": tuple(number / 4 for number in range(len(kept)))},
        kept_as="film",
    )
    return with_hashes(plan, prints(*scenes))


def again(former: Sequence[tuple[str, int]], now: Sequence[tuple[str, int]]) -> LadderPlan | None:
    plan, seen = planned(former), prints(*now)
    kept = worth_keeping(found_again(plan.chunks, prints(*former), seen), seen.frames, SECOND)
    shots = [sum(length for _, length in now[:number]) for number in range(len(now))]
    return with_hashes(plan_again(plan, kept, seen.frames, shots), seen) if kept else None


def made_of(plan: LadderPlan) -> set[tuple[object, ...]]:
    """What shapes each chunk's bytes, wherever it stands."""
    tasks = chunk_tasks("", "", plan, plan.rungs[0])
    return {(task.frames_sha256, task.chunk.frames, task.keys, task.shifts) for task in tasks}


FILM = (("harbor", 250), ("lamp", 260), ("black", 100), ("boats", 270), ("credits", 240))


def test_the_same_film_is_planned_as_it_was() -> None:
    plan = again(FILM, FILM)
    assert plan is not None
    assert plan == planned(FILM)
    assert is_whole(found_again(plan.chunks, prints(*FILM), prints(*FILM)), plan.frames)


def test_a_changed_scene_is_all_that_is_new() -> None:
    now = (*FILM[:1], ("another lamp", 260), *FILM[2:])
    plan = again(FILM, now)
    assert plan is not None
    new = made_of(plan) - made_of(planned(FILM))
    assert sum(frames for _, frames, *_ in new) < 260 + 24 * 12 + 1  # type: ignore[misc]  # the second is a number
    assert plan.frames == sum(length for _, length in now)


def test_what_stands_behind_a_scene_that_was_put_in_is_found_there() -> None:
    title = ("title card", 30)
    for place in range(len(FILM) + 1):
        plan = again(FILM, (*FILM[:place], title, *FILM[place:]))
        assert plan is not None
        kept = made_of(plan) & made_of(planned(FILM))
        assert len(kept) >= len(planned(FILM).chunks) - 1, place


def test_black_elsewhere_is_not_taken_for_the_black_that_was_cut_out() -> None:
    former = (("a", 288), ("black", 288), ("b", 288), ("c", 288))
    now = (("a", 288), ("b", 288), ("c", 288), ("black", 288))
    plan = again(former, now)
    assert plan is not None
    assert len(made_of(plan) & made_of(planned(former))) >= 3


def test_another_film_is_planned_anew() -> None:
    assert again(FILM, (("harbor", 250), ("storm", 800))) is None


def test_a_gap_that_is_too_short_for_a_group_takes_its_neighbor_with_it() -> None:
    chunks = [Found(Chunk(0, 100), 0), Found(Chunk(100, 100), 110), Found(Chunk(200, 100), 210)]
    assert worth_keeping(chunks, 310, SECOND) == [chunks[0], chunks[2]]
    assert worth_keeping(chunks[:1], 105, SECOND) == []


def test_fingerprints_are_looked_for_frame_by_frame() -> None:
    repeated = Prints(b"abab" + b"baba", 2)
    assert repeated.next(b"ba", 0) == 2
    assert repeated.next(b"ba", 3) == 3
    assert repeated.next(b"bb", 0) is None


scenes = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 400)), min_size=1, max_size=8)


@few
@given(scenes, scenes)
def test_whatever_changed_the_plan_is_whole_and_fits_the_new_film(
    former: list[tuple[str, int]], now: list[tuple[str, int]]
) -> None:
    plan = again(former, now)
    if plan is None:
        return
    frames = sum(length for _, length in now)
    starts = [chunk.start_frame for chunk in plan.chunks]
    assert starts[0] == plan.groups[0] == plan.scenes[0] == 0
    assert all(a.start_frame + a.frames == b.start_frame for a, b in pairwise(plan.chunks))
    assert plan.chunks[-1].start_frame + plan.chunks[-1].frames == plan.frames == frames
    assert {*starts} <= {*plan.groups}
    assert all(a < b for a, b in pairwise(plan.scenes))
    assert all(len(shifts) == len(plan.scenes) for shifts in plan.shifts.values())
    assert all(b - a >= SECOND for a, b in pairwise([*plan.groups, frames])) or frames < 2 * SECOND
    assert 1 <= plan.score_every <= min(b - a for a, b in pairwise([*plan.groups, frames]))


@few
@given(scenes)
def test_publishing_the_same_film_any_number_of_times_plans_the_same(film: list[tuple[str, int]]) -> None:
    once = again(film, film)
    assert once is not None
    assert made_of(once) == made_of(planned(film))
    assert replace(once, scenes=(), shifts={}) == replace(planned(film), scenes=(), shifts={})
