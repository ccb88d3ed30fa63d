"""The pure parts of the demo films: shots, scores, voices, subtitles, frames."""

import numpy as np
import pytest

from matinee.demo.films.canvas import Stage
from matinee.demo.films.catalog import FILMS, find
from matinee.demo.films.loudness import loudness_lufs, settle
from matinee.demo.films.phonemes import SOUNDS
from matinee.demo.films.score import hertz
from matinee.demo.films.sidecar import describe, markers, stills_named, subtitle_cues
from matinee.demo.films.story import SAMPLES_PER_SECOND, Film, Voice
from matinee.demo.films.subtitles import Cue, write_srt
from matinee.demo.films.tunes import brakeless_gallop
from matinee.demo.films.voice import speak
from tests.srt import read_srt

SMALL = Stage(160, 90)

each_film = pytest.mark.parametrize("film", FILMS, ids=lambda film: film.id)


@each_film
def test_a_film_lasts_between_24_and_32_seconds_in_five_to_eight_shots(film: Film) -> None:
    assert 24 <= film.seconds <= 32
    assert 5 <= len(film.shots) <= 8
    assert film.frames == sum(shot.frames for shot in film.shots)


@each_film
def test_a_film_opens_with_its_title_and_closes_with_its_end_card(film: Film) -> None:
    assert film.shots[0].kind == "title"
    assert film.shots[-1].kind == "end"
    intro, credits = markers(film, film.frames)
    assert (intro["kind"], intro["start_ms"]) == ("intro", 0)
    assert (credits["kind"], credits["end_ms"]) == ("credits", round(film.seconds * 1000))


@each_film
def test_lines_follow_each_other_inside_the_film(film: Film) -> None:
    times = [at for line in film.lines for at in (line.start_seconds, line.end_seconds)]
    assert times == sorted(times)
    assert times[-1] <= film.seconds


@each_film
def test_every_line_is_spoken_in_both_voices_and_written_in_three_scripts(film: Film) -> None:
    for line in film.lines:
        assert set(line.spoken) == {voice.language for voice in film.voices}
        assert set(line.written) == {"en", "ar", "ja"}
        for spoken in line.spoken.values():
            assert all(token.removeprefix("'").removesuffix(":") in SOUNDS for token in spoken.split())


@each_film
def test_a_shot_paints_the_same_frame_twice(film: Film) -> None:
    shot = film.shots[1]
    first, second = shot.staging(SMALL)(1.0), shot.staging(SMALL)(1.0)
    assert first.shape == (90, 160, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)


@each_film
def test_stills_are_of_shots_that_exist_and_last_that_long(film: Film) -> None:
    named = stills_named(film)
    assert named[0][0] == "backdrop.jpg"
    assert sum(still.kind == "still" for _, still in named) >= 3
    assert all(still.seconds < film.shot(still.shot).seconds for _, still in named)


def test_a_short_render_keeps_only_the_cues_and_markers_it_reaches() -> None:
    film = FILMS[0]
    assert [cue.end_ms for cue in subtitle_cues(film, "ja", 48)] == [2000]
    assert [marker["kind"] for marker in markers(film, 48)] == ["intro"]
    assert describe(film, 48)["id"] == film.id


def test_subtitles_survive_being_written_and_read() -> None:
    cues = (Cue(350, 2950, "حكاية عن قارب."), Cue(3_600_000, 3_661_042, "two\nlines"))
    assert read_srt(write_srt(cues)) == cues


def test_a_score_is_as_long_as_its_film() -> None:
    assert brakeless_gallop(2.0).shape == (2 * SAMPLES_PER_SECOND, 2)


def test_settled_sound_has_the_asked_loudness_and_stays_under_the_ceiling() -> None:
    settled = settle(brakeless_gallop(2.0), target_lufs=-20, peak_db=-1.5)
    assert np.abs(settled).max() <= 10 ** (-1.5 / 20)
    assert loudness_lufs(settled) == pytest.approx(-20, abs=0.5)


def test_a_full_scale_sine_at_997_hertz_measures_minus_three() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(SAMPLES_PER_SECOND) / SAMPLES_PER_SECOND)
    assert loudness_lufs(np.stack([tone, np.zeros_like(tone)], axis=1)) == pytest.approx(-3.01, abs=0.1)


def test_a_line_too_long_for_its_place_is_read_faster() -> None:
    voice = Voice("en", "English", 120, 1.0)
    said = speak("g U d n 'aI t , l 'I t @ l b 'oU: t", voice, seconds_max=1.5)
    assert 1.2 * SAMPLES_PER_SECOND < len(said) < 1.5 * SAMPLES_PER_SECOND
    assert np.abs(said).max() > 0


def test_notes_have_the_pitches_of_a_piano() -> None:
    assert hertz("A4") == 440
    assert hertz("C4") == pytest.approx(261.63, abs=0.01)
    assert hertz("Bb3") == pytest.approx(hertz("A#3"))


def test_an_unknown_film_is_not_found() -> None:
    assert find("citizen-kane") is None
