"""Music and babble from code: always the same for a seed, and never alike for two."""

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float32]

_NOTES_HZ = 110 * 2 ** (np.array([0, 2, 3, 5, 7, 8, 10, 12, 14, 15, 17, 19, 20, 22, 24, 27, 29, 31]) / 12)
_HARMONICS = np.arange(1, 5)
_FORMANTS_HZ, _FORMANT_WIDTH_HZ = (300.0, 2500.0), 150.0
_SYLLABLE_S, _CHORD_S = (0.08, 0.3), (0.15, 0.5)


def music(seconds: float, *, seed: int, rate_hz: int) -> Wave:
    """Chords of plucked strings, in no order."""
    chance = np.random.default_rng([seed, 1])
    wave = np.zeros(round(seconds * rate_hz), np.float32)
    at = 0
    while at < len(wave):
        length = min(round(chance.uniform(*_CHORD_S) * rate_hz), len(wave) - at)
        times = np.arange(length, dtype=np.float32) / rate_hz
        for note in chance.choice(_NOTES_HZ, 3, replace=False):
            phases = chance.uniform(0, 2 * np.pi, len(_HARMONICS))
            tones = np.sin(2 * np.pi * note * np.outer(_HARMONICS, times) + phases[:, None])
            wave[at : at + length] += (tones / _HARMONICS[:, None]).sum(0) * np.exp(-3 * times)
        at += length
    return _leveled(wave)


def babble(seconds: float, *, seed: int, rate_hz: int) -> Wave:
    """Syllables of nobody's language: a buzz through three formants, with pauses."""
    chance = np.random.default_rng([seed, 2])
    wave = np.zeros(round(seconds * rate_hz), np.float32)
    at = 0
    while at < len(wave):
        length = min(round(chance.uniform(*_SYLLABLE_S) * rate_hz), len(wave) - at)
        if chance.random() > 0.25:
            tones = chance.uniform(90, 220) * np.arange(1, 20)
            formants = chance.uniform(*_FORMANTS_HZ, 3)
            strength = np.exp(-(((tones[:, None] - formants) / _FORMANT_WIDTH_HZ) ** 2)).sum(1)
            times = np.arange(length) / rate_hz
            buzz = (strength[:, None] * np.sin(2 * np.pi * np.outer(tones, times))).sum(0)
            wave[at : at + length] = buzz * np.hanning(length)
        at += length
    return _leveled(wave)


def _leveled(wave: Wave) -> Wave:
    found: Wave = wave * np.float32(0.5 / max(1e-6, float(np.abs(wave).max(initial=0.0))))
    return found
