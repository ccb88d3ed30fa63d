"""When a film will be made: what is said after the first tenth is within a quarter of what is left, on every replay."""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.bench.recordings import Moment, Recording, error_of, errors_of, others, read_recordings, write_recording
from matinee.studio.production.model.experience import Experience
from matinee.studio.production.model.forecast import Line, Phase, ends_s
from matinee.studio.production.model.load import places_of
from matinee.studio.production.model.remaining import remaining_s
from matinee.studio.production.model.standing import Counted, InHand, Standing
from tests.farm_replay import Film, film, make

HERE = Path(__file__).parent


def learned(seed: int, *, count: int = 8) -> Experience:
    chance = random.Random(f"past {seed}")
    past = []
    for _ in range(count):
        one = film(chance, chunks=chance.randint(20, 300))
        make([one], lambda _: 2)
        past.append(one.standing(one.ended_s + 1))
    return Experience(past)


def errors(wanted: Film, films: Sequence[Film], places: Callable[[float], int], experience: Experience) -> list[float]:
    """At sixty moments after the first tenth."""
    found = []
    whole_s = wanted.ended_s - wanted.arrives_s
    for number in range(20, 200, 3):
        at_s = wanted.arrives_s + whole_s * number / 200
        here = [wanted, *(one for one in films if one is not wanted and one.arrives_s <= at_s < one.ended_s)]
        (said_s, *_) = remaining_s([one.standing(at_s) for one in here], experience, places(at_s))
        assert said_s is not None
        found.append(error_of(said_s, at_s - wanted.arrives_s, whole_s))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_film_alone(seed: int) -> None:
    chance = random.Random(seed)
    one = film(chance, chunks=chance.randint(20, 200))
    make([one], lambda _: 2)
    assert max(errors(one, [one], lambda _: 2, learned(seed))) <= 0.25


@pytest.mark.parametrize("seed", range(3))
def test_chunks_of_which_some_take_ten_times_as_long(seed: int) -> None:
    chance = random.Random(seed)
    one = film(chance, chunks=250, tail=0.9)
    make([one], lambda _: 3)
    assert max(errors(one, [one], lambda _: 3, learned(seed))) <= 0.25


@pytest.mark.parametrize("seed", range(3))
def test_a_premiere_goes_before_and_equals_share(seed: int) -> None:
    chance = random.Random(seed)
    wanted, equal = film(chance, chunks=100), film(chance, chunks=60)
    premiere = film(chance, chunks=80, priority=1)
    make([wanted, equal, premiere], lambda _: 4)
    experience = learned(seed)
    # A job in hand is not taken from anybody, and what one title turns out to need moves the others: the worst is worse.
    for one in (wanted, equal, premiere):
        found = sorted(errors(one, [wanted, equal, premiere], lambda _: 4, experience))
        assert found[len(found) * 8 // 10] <= 0.25
        assert found[-1] <= 0.4
    assert premiere.ended_s < wanted.ended_s


def test_recordings_are_kept_and_judged_each_by_what_the_others_taught(tmp_path: Path) -> None:
    for seed in range(5):
        one = film(random.Random(f"kept {seed}"), chunks=60 + 20 * seed)
        make([one], lambda _: 2)
        moments = [Moment(one.ended_s * n / 60, 2, (one.standing(one.ended_s * n / 60),)) for n in range(60)]
        ended = one.standing(one.ended_s + 1)
        write_recording(Recording(f"film-{seed}", one.ended_s, tuple(moments), ended), tmp_path)
    kept = read_recordings(tmp_path)
    assert [recording.name for recording in kept] == [f"film-{seed}" for seed in range(5)]
    for recording in kept:
        judged = errors_of(recording, others(kept, recording))
        assert len(judged) >= 50
        assert max(error for error in judged if error is not None) <= 0.25
    (alone,) = kept[:1]
    assert None in errors_of(alone, others([alone], alone))


def test_a_worker_that_joins_or_leaves_shows_at_once() -> None:
    one = film(random.Random(1), chunks=200)
    make([one], lambda _: 2)
    turn_s = one.ended_s * 0.3
    for later in (1, 4):

        def places(at_s: float, later: int = later) -> int:
            return 2 if at_s < turn_s else later

        again = film(random.Random(1), chunks=200)
        make([again], places)
        (said_s,) = remaining_s([again.standing(turn_s + 1)], learned(1), later)
        assert said_s is not None
        assert error_of(said_s, turn_s + 1, again.ended_s) <= 0.25


def test_what_is_said_does_not_jump_about() -> None:
    one = film(random.Random(3), chunks=150)
    make([one], lambda _: 2)
    experience = learned(3)
    said = [
        (remaining_s([one.standing(one.ended_s * n / 200)], experience, 2)[0] or 0.0) + one.ended_s * n / 200
        for n in range(20, 200)
    ]
    jumps = [abs(later - before) / one.ended_s for before, later in itertools.pairwise(said)]
    assert max(jumps) <= 0.1
    assert sum(jumps) <= 1.0


@pytest.mark.parametrize("seed", range(3))
def test_a_step_that_no_such_film_took_is_not_waited_for(seed: int) -> None:
    """First a fast version, with the artwork; then a full one, which makes none."""

    def full(chance: random.Random) -> Film:
        made = film(chance, chunks=chance.randint(20, 200))
        made.steps = {name: 0.0 if name == "artwork" else took_s for name, took_s in made.steps.items()}
        return made

    def seen(standing: Standing) -> Standing:
        return replace(standing, steps={name: took_s for name, took_s in standing.steps.items() if name != "artwork"})

    chance = random.Random(f"second {seed}")
    past = [film(chance, chunks=60) for _ in range(4)]
    later = [full(chance) for _ in range(8)]
    for one in (*past, *later):
        make([one], lambda _: 2)
    first = [replace(one.standing(one.ended_s + 1), profile="fast") for one in past]
    experience = Experience([*first, *(seen(one.standing(one.ended_s + 1)) for one in later)])
    wanted = full(random.Random(seed))
    make([wanted], lambda _: 2)
    for number in range(20, 200, 3):
        at_s = wanted.ended_s * number / 200
        (said_s,) = remaining_s([seen(wanted.standing(at_s))], experience, 2)
        assert said_s is not None
        assert error_of(said_s, at_s, wanted.ended_s) <= 0.25
    assert remaining_s([seen(wanted.standing(wanted.ended_s * 0.5))], Experience(first), 2) == [None]


def test_a_step_that_some_take_is_counted_where_it_was_seen() -> None:
    steps = {"package": 1.0, "announce": 1.0}
    at_plan = Standing("full", 100.0, "package", 0.0)
    (plain_s,) = remaining_s([at_plan], Experience([Standing("full", 100.0, "", 0.0, steps)]), 1)
    (shown_s,) = remaining_s([at_plan], Experience([Standing("full", 100.0, "", 0.0, {**steps, "keep": 3.0})]), 1)
    assert plain_s == pytest.approx(2.0)
    assert shown_s == pytest.approx(5.0)


def test_where_nothing_is_known_nothing_is_said() -> None:
    unseen = Standing("full", 0.0, "inspect", 1.0)
    begun = Standing("full", 100.0, "inspect", 1.0)
    assert remaining_s([unseen, begun], Experience([]), 2) == [None, None]
    assert remaining_s([unseen], learned(1), 2) == [None]


def test_a_kind_of_job_that_nobody_saw_has_the_pace_of_its_relatives() -> None:
    past = Standing(
        "full", 100.0, "", 0.0, {}, (Counted("encode", "encode-chunk medium 720p", 4, 40.0, 4, 40.0, 40.0, 20.0),)
    )
    experience = Experience([past])
    assert experience.pace("encode-chunk medium 720p") == pytest.approx(0.5)
    assert experience.pace("encode-chunk medium 480p") == pytest.approx(0.5)
    assert experience.pace("encode-chunk slow 480p") == pytest.approx(0.5)
    assert experience.pace("measure-rung") is None


def test_a_job_in_hand_counts_by_what_it_still_needs() -> None:
    done = (Counted("announce-less", "x", 1, 1.0, 1, 1.0, 1.0, 10.0),)
    past = Standing("full", 100.0, "", 0.0, {"artwork": 1.0, "package": 1.0, "announce": 1.0}, done)
    jobs = (Counted("measure", "x", 1, 1.0),)
    said = [
        remaining_s(
            [Standing("full", 100.0, "measure", for_s, {}, jobs, (InHand("measure", "x", 1.0, for_s),))],
            Experience([past]),
            1,
        )[0]
        for for_s in (0.0, 4.0, 8.0)
    ]
    assert said == [pytest.approx(13.0), pytest.approx(9.0), pytest.approx(5.0)]


@pytest.mark.parametrize(
    ("width", "height", "places"), [(320, 180, 1), (1920, 1080, 1), (2560, 1440, 2), (3840, 2160, 4), (7680, 4320, 16)]
)
def test_a_large_picture_takes_more_places(width: int, height: int, places: int) -> None:
    assert places_of(width, height) == places


PHASES = st.builds(
    lambda work_s, jobs: Phase(work_s, float(jobs), work_s / jobs if jobs else 0.0),
    st.floats(0.1, 1000),
    st.integers(0, 50),
)
LINES = st.lists(st.builds(Line, st.sampled_from([1, 100, 200]), st.lists(PHASES, max_size=4).map(tuple)), max_size=5)


@given(LINES, st.integers(1, 16))
def test_every_line_ends_and_more_places_end_none_later_than_alone_on_one(lines: list[Line], places: int) -> None:
    ends = ends_s(lines, places)
    for line, end in zip(lines, ends, strict=True):
        assert end is not None
        longest = sum(phase.least_s if phase.jobs else phase.work_s for phase in line.phases)
        assert end >= longest * 0.999
        (alone,) = ends_s([line], places)
        assert alone is not None
        assert end >= alone * 0.999 - 1e-6


@given(LINES, st.integers(1, 16), st.lists(PHASES, min_size=1, max_size=3).map(tuple))
def test_a_less_urgent_title_delays_nobody(lines: list[Line], places: int, phases: tuple[Phase, ...]) -> None:
    before = ends_s(lines, places)
    assert ends_s([*lines, Line(999, phases)], places)[:-1] == pytest.approx(before)
