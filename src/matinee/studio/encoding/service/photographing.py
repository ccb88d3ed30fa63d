"""What a film shows of itself before anyone watches it: stills for artwork, thumbnails of its timeline, and a preview."""

import asyncio
import io
import math
from pathlib import Path

import numpy as np
from PIL import Image

from matinee.engines.encoder.port import NO_PICTURE, Clip, Encoder
from matinee.engines.faces.port import Faces, Gray
from matinee.kernel.errors import MatineeError
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.studio.encoding.api import Inspection, Sheets, SheetsTask, Still
from matinee.studio.encoding.model.ladder import width_for
from matinee.studio.encoding.model.pictures import Face, Pixels, Seen, best_and_diverse, score, see
from matinee.studio.encoding.model.places import places_of
from matinee.studio.encoding.model.previews import preview_of
from matinee.studio.encoding.service.facts import picture_of

_STILLS = 6
_LOOKED_AT = 480
"""Pixels across: enough to tell what is sharp."""
_FACES_AT = 640
"""Pixels across: enough to tell a face a tenth as high as a widescreen picture."""
_PREVIEW_HEIGHT = 540
_SHEET_COLUMNS = 10
_SHEET_ROWS_MAX = 10
_THUMBNAIL_WIDTH = 160
_log = logger("encoding")


class Photographer:
    def __init__(self, encoder: Encoder, files: Files, faces: Faces | None) -> None:
        self._encoder = encoder
        self._files = files
        self._faces = faces

    async def sheets(self, task: SheetsTask) -> Sheets:
        interval_s = 2.0 if task.duration_s <= 600 else 10.0
        count = max(1, math.ceil(task.duration_s / interval_s))
        rows = min(_SHEET_ROWS_MAX, math.ceil(count / _SHEET_COLUMNS))
        height = max(2, round(task.raster.height * _THUMBNAIL_WIDTH / task.raster.width / 2) * 2)
        pages = await self._encoder.pictures(
            Path(task.source),
            Path(task.folder) / "%d.jpg",
            picture=picture_of(task.raster),
            every_s=interval_s,
            columns=_SHEET_COLUMNS,
            rows=rows,
            width=_THUMBNAIL_WIDTH,
        )
        paths = tuple(str(page) for page in pages)
        return Sheets(paths, _SHEET_COLUMNS, rows, _THUMBNAIL_WIDTH, height, round(interval_s * 1000), count)

    async def stills(self, source: Path, inspection: Inspection, folder: Path) -> list[Still]:
        taken: list[tuple[Path, float, Seen]] = []
        refused: MatineeError | None = None
        for number, at_s in enumerate(places_of(inspection)):
            target = folder / f"still-{number}.jpg"
            try:
                await self._encoder.still(source, target, at_s=at_s, picture=picture_of(inspection.raster))
            except NO_PICTURE as failure:
                _log.warning("a film has no picture there", at_s=round(at_s, 3), sentence=failure.sentence)
                refused = failure
                continue
            taken.append((target, at_s, await self._seen(await self._files.read(target))))
        if refused is not None and not taken:
            raise refused
        best = best_and_diverse([seen for _, _, seen in taken], _STILLS)
        return [
            Still(str(path), round(at_s, 3), score(seen.looks), seen.looks, seen.crops)
            for path, at_s, seen in (taken[number] for number in best)
        ]

    async def _seen(self, data: bytes) -> Seen:
        small, gray, (width, height) = await asyncio.to_thread(_opened, data)
        found = await self._faces.find(gray) if self._faces is not None else None
        faces = None if found is None else [Face(face.left, face.top, face.width, face.height) for face in found]
        return await asyncio.to_thread(see, small, width, height, faces)

    async def preview(self, source: Path, inspection: Inspection, target: Path) -> float | None:
        window = preview_of(inspection)
        if window is None:
            return None
        raster, rate = inspection.raster, inspection.raster.frames_per_second
        height = min(_PREVIEW_HEIGHT, raster.height)
        first, end = (round(at_s * rate) for at_s in window)
        await self._encoder.clip(
            Clip(
                source=source,
                target=target,
                picture=picture_of(raster, width=width_for(raster, height), height=height),
                start_frame=first,
                frames=end - first,
                stream_index=inspection.sound[0].stream if inspection.sound else None,
            )
        )
        return (end - first) / rate


def _opened(data: bytes) -> tuple[Pixels, Gray, tuple[int, int]]:
    """Small in color, less small in gray, and how large it is."""
    with Image.open(io.BytesIO(data)) as picture:
        small, gray = picture.convert("RGB"), picture.convert("L")
        small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
        gray.thumbnail((_FACES_AT, _FACES_AT), Image.Resampling.BOX)
        return np.asarray(small), np.asarray(gray), picture.size
