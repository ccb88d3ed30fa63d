"""Faces by dlib's frontal detector: gradients under a linear classifier, both inside the library.

It sees whoever looks about this way, eyes to chin, from a ninth of the height of a widescreen picture on. Profiles and the
faces of drawn animals it does not see, mostly.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from matinee.engines.faces.port import FaceFound, Gray
from matinee.kernel.log import logger

_SIDE_MAX = 640
_DOUBLED = 1
"""How often it doubles the picture: the classifier looks through a window of 80 pixels."""
_CLEAR = 0.4
"""How sure it must be. Of stills that show a face a tenth of their height or larger nearly all are above; what is none was
at most 0.37 (ADR 36)."""

_log = logger(__name__)


class DlibFaces:
    """Implements `Faces`. Without the library, on a machine it is not made for, nobody looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a detector has room for one picture
        self._detector: Callable[..., Any] | None = None
        self._is_missing = False

    async def find(self, picture: Gray) -> tuple[FaceFound, ...] | None:
        return await asyncio.to_thread(self._find, picture)

    def _find(self, picture: Gray) -> tuple[FaceFound, ...] | None:
        with self._lock:
            run = self._opened()
            if run is None:
                return None
            small = _small(picture)
            found, _, _ = run(small, _DOUBLED, _CLEAR)
        rows, columns = small.shape
        faces = [_within(box, columns, rows) for box in found]
        return tuple(sorted(faces, key=lambda face: (-face.width * face.height, face.left, face.top)))

    def _opened(self) -> Callable[..., Any] | None:
        if self._detector is None and not self._is_missing:
            try:
                import dlib
            except ImportError:
                self._is_missing = True
                _log.warning("faces are not looked for", missing="dlib")
            else:
                self._detector = dlib.get_frontal_face_detector().run
        return self._detector


def _small(picture: Gray) -> Gray:
    image = Image.fromarray(picture)
    image.thumbnail((_SIDE_MAX, _SIDE_MAX), Image.Resampling.BOX)
    return np.asarray(image)


def _within(box: Any, columns: int, rows: int) -> FaceFound:
    """The part of it that is in the picture."""
    left, right = (min(columns, max(0, side)) for side in (box.left(), box.right() + 1))
    top, bottom = (min(rows, max(0, side)) for side in (box.top(), box.bottom() + 1))
    return FaceFound(left / columns, top / rows, (right - left) / columns, (bottom - top) / rows)
