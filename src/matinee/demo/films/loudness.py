"""Measure and set loudness as broadcasters do (ITU-R BS.1770): K-weighting, 400 ms blocks, two gates."""

import numpy as np

from matinee.demo.films.story import SAMPLES_PER_SECOND, Samples

BLOCK = int(0.4 * SAMPLES_PER_SECOND)
HOP = BLOCK // 4
# The two biquads of BS.1770 at 48 kHz: the head's shelf, then the low cut. (b, a)
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
LOW_CUT = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def loudness_lufs(stereo: Samples) -> float:
    """Integrated loudness of (samples, 2)."""
    weighted = np.fft.irfft(np.fft.rfft(stereo, axis=0) * _k_weighting(len(stereo))[:, None], len(stereo), axis=0)
    energy = np.concatenate([[0.0], np.cumsum(np.sum(weighted**2, axis=1))])
    starts = np.arange(0, max(1, len(stereo) - BLOCK), HOP)
    power = (energy[np.minimum(starts + BLOCK, len(stereo))] - energy[starts]) / BLOCK + 1e-12
    loud = power[_lufs(power) > -70]
    if len(loud) == 0:
        return -70.0
    gate = float(_lufs(np.array([loud.mean()]))[0]) - 10
    return float(_lufs(np.array([loud[_lufs(loud) > gate].mean()]))[0])


def settle(stereo: Samples, *, target_lufs: float, peak_db: float) -> Samples:
    """Bring to the target loudness, then round off peaks above the ceiling."""
    ceiling = 10 ** (peak_db / 20)
    gained = stereo * 10 ** ((target_lufs - loudness_lufs(stereo)) / 20)
    knee = 0.6 * ceiling
    over = np.maximum(np.abs(gained) - knee, 0)
    rounded = knee + (ceiling - knee) * np.tanh(over / (ceiling - knee))
    return np.where(np.abs(gained) > knee, np.sign(gained) * rounded, gained)


def _lufs(power: Samples) -> Samples:
    return -0.691 + 10 * np.log10(power)


def _k_weighting(samples: int) -> Samples:
    z = np.exp(-2j * np.pi * np.arange(samples // 2 + 1) / samples)
    response = np.ones(len(z))
    for b, a in (SHELF, LOW_CUT):
        response = response * np.abs((b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2))
    return response
