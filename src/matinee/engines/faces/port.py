"""What the studio may expect of a detector of faces: where they are, and never whose."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
"""Rows of a picture's light."""


@dataclass(frozen=True, slots=True)
class FaceFound:
    """From the brows to the chin, in shares of the picture's sides; within it."""

    left: float
    top: float
    width: float
    height: float


class Faces(Protocol):
    async def find(self, picture: Gray) -> tuple[FaceFound, ...] | None:
        """Clear faces, the largest first; the same for the same picture. None: nobody can look here."""
        ...
