"""How much grain lies over a film, from pairs of neighboring frames. Pure.

Grain is what is left where nothing is to be seen: fine in space, and gone in the next frame. Texture is fine but stays, and
what moves is gone but mostly not fine, so each small block counts for the lesser of the two; the calmest blocks tell.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

NOISE_SIZE = (640, 360)
"""Pixels of the middle that are looked at, unscaled: to scale is to smooth."""
NOISE_PAIRS = 8
_BLOCK = 16
_DARK, _BRIGHT = 28, 225
"""Levels near black and white leave no room for grain, and black bars have none."""
_CALM = 25
"""Percentile of the blocks. Coded masters keep grain in no fewer."""
_PAIR = 66
"""Percentile of the pairs: drawn films show each picture twice, and such a pair says nothing."""
_KERNEL_NORM = 6.0
"""Of Immerkær's kernel, the square root of the sum of its squares."""


def noise_of(frames: Bytes) -> float:
    """Standard deviation in levels. `frames` come in pairs: (2 n, rows, columns)."""
    found = [_of_pair(one, other) for one, other in zip(frames[0::2], frames[1::2], strict=False)]
    known = [noise for noise in found if noise is not None]
    return float(np.percentile(known, _PAIR)) if known else 0.0


def _of_pair(one: Bytes, other: Bytes) -> float | None:
    """None where all is too dark or too bright."""
    first, second = one.astype(np.float64), other.astype(np.float64)
    light = _blocks(first[1:-1, 1:-1])
    usable = (light > _DARK) & (light < _BRIGHT)
    if not usable.any():
        return None
    in_space = np.sqrt(_blocks(_fine(first) ** 2)) / _KERNEL_NORM
    # The difference of two has the grain of both.
    in_time = np.sqrt(_blocks(_fine(second - first) ** 2) / 2) / _KERNEL_NORM
    return float(np.percentile(np.minimum(in_space, in_time)[usable], _CALM))


def _fine(picture: Floats) -> Floats:
    """What is left once all that is smooth is taken out: slopes and their bends leave nothing."""
    across = picture[:, :-2] - 2 * picture[:, 1:-1] + picture[:, 2:]
    found: Floats = across[:-2] - 2 * across[1:-1] + across[2:]
    return found


def _blocks(values: Floats) -> Floats:
    rows, columns = (max(1, side // _BLOCK) for side in values.shape)
    high, wide = min(_BLOCK, values.shape[0]), min(_BLOCK, values.shape[1])
    cut = values[: rows * high, : columns * wide].reshape(rows, high, columns, wide)
    found: Floats = cut.mean(axis=(1, 3))
    return found
