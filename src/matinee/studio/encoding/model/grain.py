"""Whether a film's grain is taken out and drawn anew by the player, and how strongly.

Grain is dear: no codec can foresee it. AV1 can send what it looks like instead of where each speck lies.
"""

from matinee.wire.releases import VideoCodec

_GRAINY_LEVELS = 2.0
"""Of 255, one standard deviation. Clean masters have 0.1 to 0.3; below this the saving is a few percent, and a denoiser
always costs some detail."""
_STRENGTH_A_LEVEL = 4.0
"""A fifth of the bits for a VMAF point and a half, of what the picture is without grain. Twice as much costs four times that."""
_STRENGTH_MAX = 40


def grain_strength(noise_levels: float, codec: VideoCodec) -> int:
    """The encoder's 1 to 50; 0 leaves the film as it is."""
    if codec != "av1" or noise_levels < _GRAINY_LEVELS:
        return 0
    return min(_STRENGTH_MAX, round(noise_levels * _STRENGTH_A_LEVEL))
