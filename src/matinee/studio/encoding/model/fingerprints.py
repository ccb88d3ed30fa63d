"""What a sound is known by, whatever its mix: 32 bits every 50 ms.

Each bit says whether the step in loudness from one band to the next grew since a moment before. Level, equalizing, the
number of channels and a codec's noise change few of those signs; a voice on top changes some. A word of zeros is silence.
"""

import numpy as np
import numpy.typing as npt

RATE_HZ = 8000
_HOP = 400
FRAME_S = _HOP / RATE_HZ
_WINDOW = 2048
_BANDS = 33
_LOW_HZ, _HIGH_HZ = 120.0, 3800.0
_BACK = 2
"""Frames: over one step alone, overlapping windows differ too little for a sign to be sure."""
_QUIET = 1e-7
"""Mean square, of full scale: -70 dB."""
_FULL_SCALE = 32768.0

Words = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]


class Fingerprinter:
    """Takes 16-bit mono samples at `RATE_HZ`, in pieces of any size."""

    def __init__(self) -> None:
        # A frame is called after the middle of its window.
        self._held = bytearray(_WINDOW // 2 * 2)
        self._energies: list[Floats] = []
        self._power: list[Floats] = []
        self._window = np.hanning(_WINDOW).astype(np.float32)
        self._edges = _edges()

    def add(self, samples: bytes) -> None:
        self._held += samples
        if len(self._held) >= 2 * (_WINDOW + 256 * _HOP):
            self._measure()

    def finish(self) -> Words:
        self._held += bytes(_WINDOW)
        self._measure()
        if not self._energies:
            return np.zeros(0, np.uint32)
        return _words(np.concatenate(self._energies), np.concatenate(self._power))

    def _measure(self) -> None:
        samples = np.frombuffer(bytes(self._held[: len(self._held) // 2 * 2]), np.int16).astype(np.float32)
        count = (len(samples) - _WINDOW) // _HOP + 1
        if count <= 0:
            return
        del self._held[: count * _HOP * 2]
        frames = np.lib.stride_tricks.sliding_window_view(samples / _FULL_SCALE, _WINDOW)[::_HOP][:count]
        self._power.append((frames**2).mean(1))
        spectrum = np.abs(np.fft.rfft(frames * self._window, axis=1)) ** 2
        bands = np.add.reduceat(spectrum, self._edges, axis=1)[:, :_BANDS]
        self._energies.append(np.log(bands + 1e-9).astype(np.float32))


def fingerprint(samples: npt.NDArray[np.int16]) -> Words:
    maker = Fingerprinter()
    maker.add(samples.tobytes())
    return maker.finish()


def _edges() -> npt.NDArray[np.intp]:
    borders = np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1) / RATE_HZ * _WINDOW
    return np.round(borders).astype(np.intp)


def _words(energies: Floats, power: Floats) -> Words:
    steps = energies[:, :-1] - energies[:, 1:]
    before = steps[np.maximum(0, np.arange(len(steps)) - _BACK)]
    bits = (steps > before).astype(np.uint32)
    words = (bits << np.arange(_BANDS - 1, dtype=np.uint32)).sum(1, dtype=np.uint32)
    # The few sounds whose bits are all zero by chance are not worth a second array.
    words[power < _QUIET] = 0
    found: Words = words
    return found
