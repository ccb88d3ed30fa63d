"""The narrator: a small source-filter voice that reads hand-written phonemes.

Each glottal pulse rings a tract of five resonances. The response of such a tract is a sum of damped
sinusoids (partial fractions of the all-pole filter), so a pulse is computed directly instead of
filtering sample by sample, which NumPy cannot do quickly. Consonants are bands of noise shaped in a
short-time Fourier transform. It does not pass for a person; it is meant to sound like a music box
that has learned to tell stories.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matinee.demo.films.phonemes import SOUNDS, Sound
from matinee.demo.films.story import SAMPLES_PER_SECOND, Samples, Voice

Floats = npt.NDArray[np.float64]

STEP_SECONDS = 0.005
GRAIN = int(0.022 * SAMPLES_PER_SECOND)
BANDWIDTHS_HZ = np.array([70.0, 95.0, 130.0, 210.0, 280.0])
UPPER_FORMANTS_HZ = (3450.0, 4300.0)
UNHURRIED = 1.16
NOISE_WINDOW, NOISE_HOP = 512, 128


@dataclass(frozen=True, slots=True)
class _Track:
    """The mouth over time, one row each STEP_SECONDS."""

    formants: Floats
    voice: Floats
    breath: Floats
    hiss: Floats
    hiss_hz: Floats
    hiss_width_hz: Floats
    pitch: Floats


def speak(spoken: str, voice: Voice, *, seconds_max: float) -> Samples:
    """Read a transcription aloud; a line too long for its place is read faster."""
    sounds = _parse(spoken)
    natural = sum(seconds for _, seconds, _ in sounds)
    pace = min(1.0, (seconds_max - 0.15) / natural)
    track = _articulate([(sound, seconds * pace, stress) for sound, seconds, stress in sounds], voice)
    chance = np.random.default_rng(len(spoken) * 7919 + round(voice.pitch_hz))
    count = int((len(track.voice) + 8) * STEP_SECONDS * SAMPLES_PER_SECOND)
    voiced = _pulses(track, voice, count, chance)
    return _tilt(voiced) + _noise(track, count, chance)


def _parse(spoken: str) -> list[tuple[Sound, float, float]]:
    """(sound, seconds, stress) in order; the last word is drawn out, as storytellers do."""
    parsed = []
    for token in spoken.split():
        stress = 1.0 if token.startswith("'") else 0.0
        for sound in SOUNDS[token.removeprefix("'").removesuffix(":")]:
            longer = (1.28 if stress else 1.0) * (1.5 if token.endswith(":") else 1.0)
            parsed.append((sound, sound.seconds * longer * UNHURRIED, stress))
    tail = 7
    return [
        (sound, seconds * (1.22 if i >= len(parsed) - tail else 1.0), stress)
        for i, (sound, seconds, stress) in enumerate(parsed)
    ]


def _articulate(sounds: list[tuple[Sound, float, float]], voice: Voice) -> _Track:
    counts = [max(2, round(seconds / STEP_SECONDS)) for _, seconds, _ in sounds]
    place = np.repeat(np.arange(len(sounds)), counts)

    def steps(values: list[float]) -> Floats:
        return np.asarray(values, dtype=np.float64)[place]

    shapes = _carried([sound for sound, _, _ in sounds])
    lower = np.stack([_smooth(steps([shape[k] for shape in shapes]), 15) for k in range(3)])
    upper = np.repeat(np.array(UPPER_FORMANTS_HZ)[:, None], len(place), axis=1)
    stress = _smooth(steps([s for _, _, s in sounds]), 25)
    age = np.arange(len(place)) / max(1, len(place))
    melody = 1.10 - 0.26 * age + 0.20 * stress + 0.025 * np.sin(np.arange(len(place)) * STEP_SECONDS * 31)
    return _Track(
        formants=np.concatenate([lower, upper]).T * voice.tract_scale,
        voice=_smooth(steps([s.voice for s, _, _ in sounds]), 5) * (0.82 + 0.3 * stress),
        breath=_smooth(steps([s.breath for s, _, _ in sounds]), 5),
        hiss=_smooth(steps([s.hiss for s, _, _ in sounds]), 3),
        hiss_hz=steps([max(300.0, s.hiss_hz) for s, _, _ in sounds]),
        hiss_width_hz=steps([max(200.0, s.hiss_width_hz) for s, _, _ in sounds]),
        pitch=voice.pitch_hz * melody,
    )


def _carried(sounds: list[Sound]) -> list[tuple[float, float, float]]:
    """Mouth shapes, where sounds without one of their own (h, breath, pauses) take the next sound's."""
    shapes = [sound.formants for sound in sounds]
    for i in range(len(sounds) - 2, -1, -1):
        if not sounds[i].steady:
            shapes[i] = shapes[i + 1]
    return shapes


def _smooth(values: Floats, width: int) -> Floats:
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")[: len(values)]


def _pulses(track: _Track, voice: Voice, count: int, chance: np.random.Generator) -> Samples:
    """Ring the tract once for every cycle of the voice."""
    per_sample = np.repeat(track.pitch, int(STEP_SECONDS * SAMPLES_PER_SECOND))
    cycles = np.floor(np.cumsum(per_sample) / SAMPLES_PER_SECOND)
    at = np.flatnonzero(np.diff(cycles)) + 1
    row = at // int(STEP_SECONDS * SAMPLES_PER_SECOND)
    loud = track.voice[row]
    keep = loud > 0.02
    at, row, loud = at[keep], row[keep], loud[keep]
    loud = loud * (1 + 0.05 * chance.standard_normal(len(loud)))
    poles = -np.pi * BANDWIDTHS_HZ + 2j * np.pi * track.formants[row]
    residues = _residues(poles)
    time = np.arange(GRAIN) / SAMPLES_PER_SECOND
    fade = np.hanning(2 * GRAIN)[GRAIN:]
    out = np.zeros(count + GRAIN)
    for start, level, pole, residue in zip(at, loud, poles, residues, strict=True):
        ring = np.exp(np.outer(pole, time))
        out[start : start + GRAIN] += level * (residue @ ring).real * fade
    return out[:count] * 4e-5


def _residues(poles: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Partial fractions of the unit-gain cascade, one row a pulse."""
    count = poles.shape[1]
    residues = np.prod(np.abs(poles) ** 2, axis=1)[:, None] / (poles - poles.conj())
    for k in range(count):
        for j in range(count):
            if j != k:
                residues[:, k] /= (poles[:, k] - poles[:, j]) * (poles[:, k] - poles[:, j].conj())
    return np.asarray(2 * residues, dtype=np.complex128)


def _tilt(samples: Samples) -> Samples:
    """The glottis falls about 6 dB an octave once the lips' radiation is counted."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLES_PER_SECOND)
    gain = (
        (hertz / (hertz + 70))
        / np.sqrt(1 + (hertz / 420) ** 2)
        * (1 + 0.9 * (hertz > 1800) * np.minimum(1, (hertz - 1800) / 800))
    )
    return np.fft.irfft(spectrum * gain, len(samples))


def _noise(track: _Track, count: int, chance: np.random.Generator) -> Samples:
    """Hiss and breath: white noise, its spectrum shaped every NOISE_HOP samples."""
    starts = np.arange(0, count - NOISE_WINDOW, NOISE_HOP)
    rows = np.minimum(
        ((starts + NOISE_WINDOW // 2) / SAMPLES_PER_SECOND / STEP_SECONDS).astype(np.int64),
        len(track.hiss) - 1,
    )
    hertz = np.fft.rfftfreq(NOISE_WINDOW, 1 / SAMPLES_PER_SECOND)[None, :]
    hiss = (
        0.42
        * track.hiss[rows, None]
        * np.exp(-(((hertz - track.hiss_hz[rows, None]) / track.hiss_width_hz[rows, None]) ** 2))
    )
    mouth = sum(np.exp(-(((hertz - track.formants[rows, k, None]) / 220) ** 2)) / (k + 1) for k in range(1, 4))
    shape = hiss + track.breath[rows, None] * mouth
    white = chance.standard_normal(count + NOISE_WINDOW)
    pieces = np.lib.stride_tricks.sliding_window_view(white, NOISE_WINDOW)[starts]
    window = np.hanning(NOISE_WINDOW)
    shaped = np.fft.irfft(np.fft.rfft(pieces * window, axis=1) * shape, NOISE_WINDOW, axis=1) * window
    out = np.zeros(count)
    for start, piece in zip(starts, shaped, strict=True):
        out[start : start + NOISE_WINDOW] += piece
    return out * 0.16
