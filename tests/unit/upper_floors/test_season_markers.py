"""Intro, recap and credits: found in made seasons, and in nothing else."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.bench.seasons import MIXES, Episode, season
from matinee.bench.tunes import babble, music
from matinee.studio.encoding.api import Outline
from matinee.studio.encoding.model.alignment import Match, in_common
from matinee.studio.encoding.model.credits import credits_of
from matinee.studio.encoding.model.fingerprints import FRAME_S, RATE_HZ, Fingerprinter, Words, fingerprint
from matinee.studio.encoding.model.season import Part, recap_of, season_markers, shared_parts
from matinee.wire.releases import Marker
from tests import examples


def heard(wave: np.ndarray) -> Words:
    return fingerprint((np.clip(wave, -1, 1) * 32_000).astype(np.int16))


def outline(wave: np.ndarray, edges_s: tuple[float, ...] = ()) -> Outline:
    return Outline(len(wave) / RATE_HZ, heard(wave).astype("<u4").tobytes(), edges_s)


def found(episodes: Sequence[Episode]) -> list[dict[str, tuple[float, float]]]:
    markers = season_markers([outline(episode.mono()) for episode in episodes])
    return [{m.kind: (m.start_ms / 1000, m.end_ms / 1000) for m in episode} for episode in markers]


@pytest.fixture(scope="module")
def made() -> list[Episode]:
    return season(1, episodes=5, rate_hz=RATE_HZ, body_s=45, opening_s=20, intro_s=(12, 16))


def test_every_mix_s_intro_is_found_where_it_is_and_missed_where_there_is_none(made: list[Episode]) -> None:
    assert {episode.mix.name for episode in made} == {mix.name for mix in MIXES}
    for episode, markers in zip(made, found(made), strict=True):
        assert ("intro" in markers) == (episode.intro is not None)
        if episode.intro is not None:
            assert markers["intro"] == pytest.approx(episode.intro, abs=0.3)
        assert markers["credits"] == pytest.approx((episode.credits_s, episode.seconds), abs=0.3)
        assert ("recap" in markers) == (episode.recap is not None)
        if episode.recap is not None:
            assert markers["recap"] == pytest.approx(episode.recap, abs=0.5)


def test_borders_go_to_a_cut_that_is_near_and_to_none_that_is_not(made: list[Episode]) -> None:
    pair = [episode for episode in made if episode.intro][:2]
    start_s, end_s = pair[1].intro or (0, 0)
    first = outline(pair[0].mono())
    near = outline(pair[1].mono(), edges_s=(start_s + 0.02, end_s + 1.0))
    intro = next(marker for marker in season_markers([first, near])[1] if marker.kind == "intro")
    assert intro.start_ms == round((start_s + 0.02) * 1000)
    assert abs(intro.end_ms / 1000 - end_s) < 0.3


def test_films_that_have_nothing_in_common_get_nothing() -> None:
    films = [music(60, seed=n, rate_hz=RATE_HZ) + babble(60, seed=n, rate_hz=RATE_HZ) for n in (71, 72)]
    assert season_markers([outline(film) for film in films]) == [(), ()]
    silent = outline(np.zeros(60 * RATE_HZ))
    assert season_markers([silent, silent, Outline(60.0)]) == [(), (), ()]


def test_one_film_twice_is_no_season() -> None:
    words = np.random.default_rng(5).integers(1, 1 << 32, round(400 / FRAME_S), dtype=np.uint32)
    film = Outline(400.0, words.astype("<u4").tobytes())
    assert all(marker.kind != "intro" for episode in season_markers([film, film]) for marker in episode)


def test_what_only_two_of_many_share_is_no_intro() -> None:
    stretch = Part(10.0, 30.0)
    assert set(shared_parts({(0, 1): [(stretch, stretch)], (1, 0): [(stretch, stretch)]}, 2)) == {0, 1}
    assert shared_parts({(0, 1): [(stretch, stretch)], (1, 0): [(stretch, stretch)]}, 6) == {}


def test_most_episodes_decide_and_each_has_one_intro() -> None:
    intro, jingle = Part(10.0, 40.0), Part(60.0, 95.0)
    pairs = {(a, b): [(intro, intro)] for a in range(3) for b in range(3) if a != b}
    pairs |= {(0, 3): [(jingle, intro)], (3, 0): [(intro, jingle)]}
    assert shared_parts(pairs, 4) == {0: intro, 1: intro, 2: intro}


@examples.of(20)
@given(cuts=st.lists(st.integers(1, 40_000), max_size=5))
def test_pieces_of_any_size_make_the_same_fingerprint(cuts: list[int]) -> None:
    samples = (np.random.default_rng(4).normal(size=3 * RATE_HZ) * 3_000).astype(np.int16)
    maker, data = Fingerprinter(), samples.tobytes()
    borders = [0, *sorted(cuts), len(data)]
    for first, end in itertools.pairwise(borders):
        maker.add(data[first:end])
    assert (maker.finish() == fingerprint(samples)).all()
    assert len(fingerprint(samples)) == pytest.approx(3 / FRAME_S, abs=1)


@examples.of(20)
@given(first=st.integers(0, 300), second=st.integers(0, 300))
def test_what_is_found_lies_inside_both_and_is_the_same_from_either_side(first: int, second: int) -> None:
    chance = np.random.default_rng([first, second])
    common = chance.integers(1, 1 << 32, 400, dtype=np.uint32)
    before = chance.integers(1, 1 << 32, max(first, second), dtype=np.uint32)
    # What comes before has nothing in common: of pure chance, in one of some thousand pairs half a second looks alike.
    one = np.concatenate([before[len(before) - first :], common])
    other = np.concatenate([~before[len(before) - second :], common])
    matches, turned = in_common(one, other, piece_s=60, least_s=10), in_common(other, one, piece_s=60, least_s=10)
    assert len(matches) == len(turned) == 1
    for match, start, sound in ((matches[0], first, one), (turned[0], second, other)):
        assert match.start_s == pytest.approx(start * FRAME_S, abs=0.5)  # as exact as intros must be
        assert 0 <= match.start_s < match.end_s <= len(sound) * FRAME_S + 1e-6
    assert matches[0].other_s == pytest.approx(turned[0].start_s, abs=0.1)


def piece(start_s: float, other_s: float, length_s: float = 4.0) -> Match:
    return Match(start_s, other_s, length_s, 0.9)


def test_a_recap_is_several_pieces_close_to_the_beginning() -> None:
    pieces = [piece(2, 300), piece(6, 900), piece(11, 500)]
    assert recap_of(pieces, None) == Part(0.0, 15.0)
    assert recap_of(pieces, Part(17, 40)) == Part(0.0, 17)
    assert recap_of(pieces[:2], None) is None
    assert recap_of([piece(p.start_s + 200, p.other_s) for p in pieces], None) is None
    assert recap_of([piece(2 + 5 * n, 300 + 5 * n) for n in range(4)], None) is None, "one place is no recap"


def test_credits_begin_with_letters_that_go_on_to_the_end() -> None:
    roll = ((100.0, 110.0), (111.0, 178.0))
    assert credits_of(Outline(180.0, lettering=roll), None) == (100.0, 180.0)
    assert credits_of(Outline(180.0, lettering=roll), 95.0) == (100.0, 180.0)
    assert credits_of(Outline(180.0), 150.0) == (150.0, 180.0)
    assert credits_of(Outline(180.0, lettering=((20.0, 60.0),)), None) is None, "a title card"
    assert credits_of(Outline(180.0, lettering=((120.0, 150.0),)), None) is None, "the story goes on"
    assert credits_of(Outline(180.0, lettering=((176.0, 180.0),)), None) is None, "a card at the end"


@given(
    lettering=st.lists(st.tuples(st.floats(0, 200), st.floats(0, 50)), max_size=6),
    music_s=st.none() | st.floats(0, 240),
)
def test_credits_lie_inside_the_film(lettering: list[tuple[float, float]], music_s: float | None) -> None:
    shown = tuple((first, first + length) for first, length in lettering)
    credits = credits_of(Outline(250.0, lettering=shown), music_s)
    assert credits is None or 0 <= credits[0] < credits[1] == 250.0


def test_a_marker_never_ends_before_it_begins(made: list[Episode]) -> None:
    outlines = [outline(episode.mono(), edges_s=tuple(np.arange(0, 120, 0.21))) for episode in made[:2]]
    assert all(isinstance(m, Marker) and m.start_ms < m.end_ms for e in season_markers(outlines) for m in e)
