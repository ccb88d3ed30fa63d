"""A pocket orchestra: a few synthesized instruments, notes by name, a hall. Compositions are in `tunes`."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from matinee.demo.films.story import SAMPLES_PER_SECOND, Samples

Instrument = Callable[[float, float], Samples]
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def hertz(note: str) -> float:
    """A note's frequency: "A4" is 440 Hz, "F#3", "Bb5"."""
    bend = note.count("#") - note.count("b")
    return float(440 * 2 ** ((STEPS[note[0]] + bend + 12 * (int(note[-1]) - 4) - 9) / 12))


class Sheet:
    """A stereo recording in progress: notes are laid on a timeline counted in beats."""

    def __init__(self, seconds: float, *, beats_per_minute: float) -> None:
        self._beat = 60 / beats_per_minute
        self._tape = np.zeros((math.ceil(seconds * SAMPLES_PER_SECOND), 2))
        self._known: dict[tuple[object, float, float], Samples] = {}

    def note(
        self, instrument: Instrument, name: str, beat: float, beats: float, *, level: float, pan: float = 0
    ) -> None:
        self.sound(instrument, hertz(name), beat, beats, level=level, pan=pan)

    def sound(
        self, instrument: Instrument, pitch: float, beat: float, beats: float, *, level: float, pan: float = 0
    ) -> None:
        start = round(beat * self._beat * SAMPLES_PER_SECOND)
        if start >= len(self._tape):
            return
        key = (instrument, pitch, beats)
        if key not in self._known:
            self._known[key] = instrument(pitch, beats * self._beat)
        samples = self._known[key][: max(0, len(self._tape) - start)]
        angle = (pan + 1) * math.pi / 4
        self._tape[start : start + len(samples), 0] += samples * level * math.cos(angle)
        self._tape[start : start + len(samples), 1] += samples * level * math.sin(angle)

    def melody(
        self,
        instrument: Instrument,
        line: str,
        beat: float,
        *,
        level: float,
        pan: float = 0,
        held: float = 1.0,
    ) -> None:
        """Play "E5:1 G5:.5 -:1.5": notes with their lengths in beats, "-" rests."""
        for token in line.split():
            name, _, length = token.partition(":")
            if name != "-":
                self.note(instrument, name, beat, float(length) * held, level=level, pan=pan)
            beat += float(length)

    def chord(
        self,
        instrument: Instrument,
        names: Iterable[str],
        beat: float,
        beats: float,
        *,
        level: float,
        spread: float = 0.5,
    ) -> None:
        notes = list(names)
        for i, name in enumerate(notes):
            pan = spread * (2 * i / max(1, len(notes) - 1) - 1)
            self.note(instrument, name, beat, beats, level=level, pan=pan)

    def tape(self) -> Samples:
        return self._tape


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * SAMPLES_PER_SECOND)) / SAMPLES_PER_SECOND


def _edges(samples: Samples, attack: float, release: float) -> Samples:
    n, a, r = len(samples), int(attack * SAMPLES_PER_SECOND), int(release * SAMPLES_PER_SECOND)
    envelope = np.ones(n)
    envelope[: min(a, n)] = np.sin(np.linspace(0, np.pi / 2, a))[: min(a, n)]
    envelope[n - min(r, n) :] *= np.cos(np.linspace(0, np.pi / 2, r))[r - min(r, n) :]
    return samples * envelope


def pluck(pitch: float, seconds: float) -> Samples:
    """A nylon string: every harmonic fades faster than the one below."""
    t = _time(max(0.9, seconds + 0.5))
    out = np.zeros(len(t))
    for k in range(1, 12):
        if pitch * k < 9000:
            out += np.sin(math.tau * pitch * k * t) * math.sin(k * 0.55) / k * np.exp(-t * (2.0 + 1.1 * k))
    return _edges(out * 0.5, 0.002, 0.08)


def celesta(pitch: float, seconds: float) -> Samples:
    """Small struck bars: a sine, a glassy twelfth above, a click."""
    t = _time(max(1.6, seconds + 1.0))
    out = np.sin(math.tau * pitch * t + 0.7 * np.exp(-9 * t) * np.sin(math.tau * pitch * 4.02 * t)) * np.exp(-2.6 * t)
    out += 0.22 * np.sin(math.tau * pitch * 3.01 * t) * np.exp(-6 * t)
    return _edges(out * 0.45, 0.002, 0.2)


def felt(pitch: float, seconds: float) -> Samples:
    """A piano heard through felt."""
    t = _time(seconds + 1.8)
    out = np.zeros(len(t))
    for k, weight in ((1, 1.0), (2, 0.42), (3, 0.16), (4, 0.09), (5, 0.03)):
        stretched = pitch * k * math.sqrt(1 + 0.0004 * k * k)
        out += weight * np.sin(math.tau * stretched * t) * np.exp(-t * (0.9 + 0.7 * k))
    return _edges(out * 0.5, 0.007, 0.9)


def strings(pitch: float, seconds: float) -> Samples:
    """Three players slightly apart, bowing slowly."""
    t = _time(seconds + 0.5)
    out = np.zeros(len(t))
    for cents, phase in ((-6, 0.3), (0, 1.1), (7, 2.5)):
        f = pitch * 2 ** (cents / 1200)
        wobble = math.tau * f * t + 0.9 * np.sin(math.tau * 5.1 * t + phase) * min(1.0, f / 900)
        for k in range(1, 9):
            if f * k < 7000:
                out += np.sin(k * wobble + phase * k) / k**1.45
    return _edges(out * 0.14, min(0.35, seconds * 0.4), 0.5)


def brass(pitch: float, seconds: float) -> Samples:
    """Bright while blown hard: upper harmonics arrive late and leave early."""
    t = _time(seconds + 0.1)
    blow = np.minimum(1, t / 0.05) * np.exp(-t * 1.4)
    out = np.zeros(len(t))
    for k in range(1, 14):
        if pitch * k < 9000:
            out += np.sin(math.tau * pitch * k * t) / k**0.9 * blow ** (0.6 + 0.22 * k)
    return _edges(out * 0.3, 0.02, 0.1)


def bass(pitch: float, seconds: float) -> Samples:
    t = _time(seconds + 0.12)
    out = np.sin(math.tau * pitch * t) + 0.5 * np.sin(math.tau * 2 * pitch * t) * np.exp(-5 * t)
    out += 0.25 * np.sin(math.tau * 3 * pitch * t) * np.exp(-9 * t)
    return _edges(out * np.exp(-1.1 * t) * 0.6, 0.006, 0.1)


def whistle(pitch: float, seconds: float) -> Samples:
    """Somebody whistling on a quay: a sine with breath and a late vibrato."""
    t = _time(seconds + 0.08)
    late = np.clip((t - 0.15) * 4, 0, 1)
    out = np.sin(math.tau * pitch * t + 2.2 * late * np.sin(math.tau * 5.4 * t))
    out += 0.06 * np.sin(math.tau * 2 * pitch * t)
    return _edges(out * 0.34, 0.045, 0.07)


def drum(pitch: float, seconds: float) -> Samples:
    """A skin: the pitch drops as it settles."""
    t = _time(0.34)
    return _edges(np.sin(math.tau * (pitch * t + pitch * 0.09 * (1 - np.exp(-t * 26)))) * np.exp(-11 * t), 0.001, 0.05)


def shaker(pitch: float, seconds: float) -> Samples:
    """`pitch` is where the noise sits: 7000 a shaker, 1800 a snare's wires."""
    t = _time(min(0.22, max(0.05, seconds)))
    white = np.random.default_rng(round(pitch)).standard_normal(len(t))
    spectrum = np.fft.rfft(white)
    at = np.fft.rfftfreq(len(t), 1 / SAMPLES_PER_SECOND)
    band = np.fft.irfft(spectrum * np.exp(-(((at - pitch) / (0.55 * pitch)) ** 2)), len(t))
    return _edges(band * np.exp(-t * 26) * 0.8, 0.003, 0.02)


def hall(stereo: Samples, *, seconds: float, wet: float, seed: int) -> Samples:
    """Put the recording in a room: convolution with noise that dies away, darker as it does."""
    count = int(seconds * SAMPLES_PER_SECOND)
    t = np.arange(count) / SAMPLES_PER_SECOND
    noise = np.random.default_rng(seed).standard_normal((count, 2)) * np.exp(-6.9 * t / seconds)[:, None]
    noise[: int(0.012 * SAMPLES_PER_SECOND)] = 0
    size = 1 << (len(stereo) + count - 1).bit_length()
    at = np.fft.rfftfreq(size, 1 / SAMPLES_PER_SECOND)[:, None]
    room = (
        np.fft.rfft(noise / np.sqrt((noise**2).sum(axis=0)), size, axis=0) / (1 + (at / 3200) ** 2) * (at / (at + 180))
    )
    tail = np.fft.irfft(np.fft.rfft(stereo, size, axis=0) * room, size, axis=0)[: len(stereo)]
    return np.asarray(stereo + wet * tail, dtype=np.float64)
