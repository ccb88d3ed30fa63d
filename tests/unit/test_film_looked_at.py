"""What tells two moments in one frame from fine detail, a loud sound from a clipped one, and a quiet one from none."""

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from matinee.engines.encoder.hearing import RATE_HZ, Listener
from matinee.engines.encoder.port import SpanFound
from matinee.engines.encoder.sketches import SKETCH_HEIGHT, SKETCH_WIDTH, SLICE_COLUMNS, FieldOrder, Looker

BLOCK = RATE_HZ // 200
ROWS, COLUMNS, FRAMES = 120, 128, 12
Sound = npt.NDArray[np.float64]


def drifting(speed: tuple[int, int], *, noise: float = 0.0, seed: int = 1) -> npt.NDArray[np.uint8]:
    """A picture that moves by so many rows and columns a frame."""
    chance = np.random.default_rng(seed)
    picture = chance.uniform(20, 230, (30, 32)).repeat(8, 0).repeat(8, 1)
    frames = [np.roll(picture, (n * speed[0], n * speed[1]), (0, 1))[:ROWS, :COLUMNS] for n in range(FRAMES)]
    film = np.stack(frames) + noise * chance.normal(size=(FRAMES, ROWS, COLUMNS))
    return np.clip(film, 0, 255).astype(np.uint8)


def order(film: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Without the first and the last, which have nothing to be held against."""
    fields = FieldOrder()
    for frame in film:
        fields.take(frame)
    found = fields.finish()
    assert len(found) == len(film)
    return found[1:-1]


@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_frames_of_two_moments_have_an_order_in_their_lines(noise: float) -> None:
    film = drifting((0, 3), noise=noise)
    woven = film.copy()
    woven[:-1, 1::2] = film[1:, 1::2]
    assert order(woven)[:-1].min() > 0.2
    turned = film.copy()
    turned[:-1, 0::2] = film[1:, 0::2]
    assert order(turned)[:-1].max() < -0.2


@pytest.mark.parametrize("speed", [(0, 3), (1, 0), (3, 2), (0, 0)])
@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_frames_of_one_moment_have_none(speed: tuple[int, int], noise: float) -> None:
    assert np.abs(order(drifting(speed, noise=noise))).max() < 0.1


def test_stripes_that_move_are_no_fields() -> None:
    film = drifting((0, 3))
    film[:, 0::2] //= 4
    assert np.abs(order(film)).max() < 0.1


def heard(sound: Sound) -> list[SpanFound]:
    listener = Listener(1, 2)
    listener.add(np.stack([sound, sound], axis=1).astype(np.float32).tobytes())
    return [span for span in listener.finish("")[1] if span.end_s - span.start_s >= 0.04]


def tone(pitch_hz: float, seconds: float = 2.0) -> Sound:
    found: Sound = np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return found


@pytest.mark.parametrize("pitch_hz", [30, 60, 440, 2999])
def test_a_tone_is_clipped_when_its_tops_are_flat_and_not_when_they_are_high(pitch_hz: float) -> None:
    assert heard(0.999 * tone(pitch_hz)) == []
    (clipped,) = heard(np.clip(1.3 * tone(pitch_hz), -1, 1))
    assert clipped.kind == "clipped"
    assert clipped.start_s == pytest.approx(0, abs=0.02)
    # Coded, it comes out lower.
    assert [span.kind for span in heard(0.92 * np.clip(1.6 * tone(pitch_hz), -1, 1))] == ["clipped"]


def test_a_sound_that_is_far_too_quiet_is_none_but_its_breaks_are() -> None:
    quiet = 0.0003 * tone(440)
    assert heard(quiet) == []
    quiet[RATE_HZ : RATE_HZ + RATE_HZ // 2] = 0
    (silence,) = [span for span in heard(quiet) if span.kind == "silence"]
    assert (silence.start_s, silence.end_s) == pytest.approx((1.0, 1.5), abs=0.01)
    (nothing,) = [span for span in heard(0 * quiet) if span.kind == "silence"]
    assert nothing.end_s - nothing.start_s == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(("gain", "megabytes"), [(0.5, 40), (10, 80)])
def test_an_hour_of_surround_sound_fits_in_little_memory_also_where_all_of_it_is_clipped(
    gain: float, megabytes: int
) -> None:
    second = np.stack([np.clip(gain * tone(440, 1.0), -1, 1)] * 6, axis=1).astype(np.float32).tobytes()
    warm, listener = Listener(1, 6), Listener(1, 6)
    warm.add(second)
    warm.finish("")
    tracemalloc.start()
    for _ in range(60):
        listener.add(second)
    tracemalloc.reset_peak()
    listener.finish("")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most * 60 < megabytes * 1e6


@pytest.mark.parametrize("seconds", [0, 0.02, 1.03, 3.0])
def test_sound_of_any_length_is_heard_in_pieces_of_any_size(seconds: float) -> None:
    sound = np.stack([tone(440, seconds), 0 * tone(440, seconds)], axis=1).astype(np.float32).tobytes()
    whole, pieces = Listener(1, 2), Listener(1, 2)
    whole.add(sound)
    for at in range(0, len(sound), 4001):
        pieces.add(sound[at : at + 4001])
    assert pieces.finish("") == whole.finish("")


def test_what_clips_across_two_pieces_is_one_stretch() -> None:
    sound = np.clip(1.3 * tone(440), -1, 1)
    sound[RATE_HZ - 3 * BLOCK : RATE_HZ + 3 * BLOCK] *= 0.5
    both = np.stack([sound, sound], axis=1).astype(np.float32)
    listener = Listener(1, 2)
    listener.add(both[:RATE_HZ].tobytes())
    listener.add(both[RATE_HZ:].tobytes())
    (clipped,) = [span for span in listener.finish("")[1] if span.kind == "clipped"]
    assert (clipped.start_s, clipped.end_s) == pytest.approx((0.0, 2.0), abs=0.02)


def test_samples_that_are_no_numbers_break_nothing() -> None:
    wild = np.full((2 * RATE_HZ, 2), np.nan, np.float32)
    wild[:RATE_HZ] = 1e30
    listener = Listener(1, 2)
    with np.errstate(all="ignore"):
        listener.add(wild.tobytes())
        found, _ = listener.finish("  I: -20.0 LUFS\n")
    assert np.isfinite([found.seconds, *found.channels_dbfs, *found.course_dbfs, found.correlation or 0.0]).all()


def blocks_of(picture: npt.NDArray[np.float64]) -> float:
    """What is measured of one frame's slice."""
    looker = Looker(len(picture))
    looker.take(1, 0, memoryview(bytes(SKETCH_WIDTH * SKETCH_HEIGHT * 3 // 2)))
    looker.take(2, 0, memoryview(np.clip(picture, 16, 235).astype(np.uint8).tobytes()))
    return float(looker.finish().blocks[0])


@pytest.mark.parametrize("period", [8, 16, 32])
def test_a_grid_of_lines_is_blocks_and_a_horizon_or_a_bar_is_none(period: int) -> None:
    chance = np.random.default_rng(period)
    soft = chance.normal(0, 1, (720, SLICE_COLUMNS)) + 120
    tiles = soft + np.repeat(chance.normal(0, 12, (720 // period + 1, 1)), period, 0)[:720]
    horizon = soft.copy()
    horizon[393:] -= 60
    assert blocks_of(tiles) > 2.5
    assert blocks_of(horizon) == blocks_of(soft) == 0
    bar = horizon.copy()  # and below it, as far as a number of blocks, the picture is as light as above
    bar[393 + round(6 * period) :] += 60
    assert blocks_of(bar) == 0
