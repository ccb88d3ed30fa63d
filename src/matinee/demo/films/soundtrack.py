"""Put a narrator and a score together: speech in a small room, the music stepping back while it is heard."""

import numpy as np

from matinee.demo.films.loudness import settle
from matinee.demo.films.score import hall
from matinee.demo.films.story import SAMPLES_PER_SECOND, Film, Samples, Voice
from matinee.demo.films.voice import speak

TARGET_LUFS = -20.0
PEAK_DB = -1.5
DUCKED = 0.42
SPEECH_RMS = 0.10
SCORE_RMS = 0.075


def mix(film: Film, voice: Voice, score: Samples) -> Samples:
    """The whole soundtrack in one language, (samples, 2)."""
    speech = np.zeros(len(score))
    talking = np.zeros(len(score))
    for line in film.lines:
        start = round(line.start_seconds * SAMPLES_PER_SECOND)
        if start >= len(score):
            break
        said = speak(line.spoken[voice.language], voice, seconds_max=line.end_seconds - line.start_seconds)
        said = said[: max(0, len(score) - start)]
        speech[start : start + len(said)] += said
        talking[start : start + len(said)] = 1
    speech *= SPEECH_RMS / (_rms(speech[talking > 0]) + 1e-9)
    told = hall(np.stack([speech, speech], axis=1), seconds=1.1, wet=0.32, seed=5)
    back = 1 - (1 - DUCKED) * _slow(talking)
    music = score * (SCORE_RMS / (_rms(score) + 1e-9)) * back[:, None]
    return settle(told + music, target_lufs=TARGET_LUFS, peak_db=PEAK_DB)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0


def _slow(gate: Samples) -> Samples:
    """A gate with quarter-second ramps, computed coarsely."""
    step = SAMPLES_PER_SECOND // 100
    coarse = gate[::step]
    window = np.hanning(41)
    smooth = np.convolve(np.pad(coarse, 20, mode="edge"), window / window.sum(), mode="valid")
    return np.interp(np.arange(len(gate)), np.arange(len(coarse)) * step, smooth)
