"""Artwork: pictures that came with the master, brought to sane sizes; else frames of the film, cut to each shape."""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from matinee.engines.blobs.port import BlobMissing, Blobs
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Shape, Still
from matinee.studio.production.api import ArtworkCandidate, ArtworkMade, BadSidecar, CandidateCrop, SidecarArtwork
from matinee.wire.encoding import from_json, to_json

_SIDE_MAX = {"poster": 1200, "backdrop": 1920, "still": 1280, "logo": 800}
_CUT_OUT: dict[int, tuple[tuple[Literal["poster", "backdrop", "still"], Shape], ...]] = {
    0: (("backdrop", "16:9"), ("poster", "2:3")),
    1: (("still", "16:9"),),
}
"""What is made of the best candidate, and of the next."""
_PIXELS_MAX = 80_000_000
_BYTES_MAX = 64 << 20
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
_JPEG_QUALITY = 86


class Artwork:
    def __init__(self, blobs: Blobs, files: Files) -> None:
        self._blobs = blobs
        self._files = files

    async def supplied(self, title_id: str, item: SidecarArtwork, path: Path) -> ArtworkMade:
        if (await self._files.size(path) or 0) > _BYTES_MAX:
            raise BadSidecar(f"The picture {item.file!r} has more than {_BYTES_MAX >> 20} MiB.", file=item.file)
        data = await self._files.read(path)
        picture, suffix = await asyncio.to_thread(_rendered, data, item.kind, item.file)
        made = await self._store(title_id, item, picture, suffix)
        # Frames of an earlier master are no longer what could be chosen instead.
        await self._blobs.delete_prefix(_candidates_prefix(title_id))
        return made

    async def from_stills(self, title_id: str, stills: Sequence[Still]) -> list[ArtworkMade]:
        """Backdrop and poster from the best, a still from the next one; all of them are kept as candidates."""
        candidates: list[ArtworkCandidate] = []
        made: list[ArtworkMade] = []
        for number, still in enumerate(stills):
            data = await self._files.read(Path(still.path))
            key = f"{_candidates_prefix(title_id)}-{number}.jpg"
            await self._blobs.put(key, data)
            candidates.append(_candidate(still, key))
            for kind, shape in _CUT_OUT.get(number, ()):
                picture = await asyncio.to_thread(_cut, data, still, shape, _SIDE_MAX[kind])
                made.append(await self._store(title_id, SidecarArtwork("", kind), picture, "jpg"))
        await self._blobs.put(_candidates_key(title_id), to_json(candidates))
        return made

    async def candidates(self, title_id: str) -> tuple[ArtworkCandidate, ...]:
        try:
            data = await self._blobs.get(_candidates_key(title_id))
        except BlobMissing:
            return ()
        return from_json(data, tuple[ArtworkCandidate, ...])

    async def _store(self, title_id: str, item: SidecarArtwork, picture: bytes, suffix: str) -> ArtworkMade:
        key = f"artwork/{title_id}/{item.kind}-{hashlib.sha256(picture).hexdigest()[:16]}.{suffix}"
        await self._blobs.put(key, picture)
        return ArtworkMade(item.kind, key, item.shows)


def _candidates_key(title_id: str) -> str:
    return f"{_candidates_prefix(title_id)}s.json"


def _candidates_prefix(title_id: str) -> str:
    return f"artwork/{title_id}/candidate"


def _candidate(still: Still, key: str) -> ArtworkCandidate:
    looks = still.looks
    return ArtworkCandidate(
        key,
        still.at_s,
        still.score,
        looks.sharpness,
        looks.light,
        looks.color,
        looks.composition,
        looks.title_room,
        looks.faces,
        tuple(CandidateCrop(c.shape, c.left, c.top, c.width, c.height) for c in still.crops),
    )


def _rendered(data: bytes, kind: str, name: str) -> tuple[bytes, str]:
    image = _opened(data, name)
    side = _SIDE_MAX[kind]
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    if kind == "logo":
        return _encoded(image.convert("RGBA"), "PNG"), "png"
    return _encoded(image.convert("RGB"), "JPEG"), "jpg"


def _cut(data: bytes, still: Still, shape: Shape, side: int) -> bytes:
    crop = next(crop for crop in still.crops if crop.shape == shape)
    image = _opened(data, "still").convert("RGB")
    image = image.crop((crop.left, crop.top, crop.left + crop.width, crop.top + crop.height))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _encoded(image, "JPEG")


def _opened(data: bytes, name: str) -> Image.Image:
    """Decoded and upright. A picture that would unpack to gigabytes is refused before it does."""
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > _PIXELS_MAX:
            raise BadSidecar(
                f"The picture {name!r} has more than {_PIXELS_MAX // 1_000_000} million pixels.", file=name
            )
        return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadSidecar(f"{name!r} is not a picture that can be read. Use JPEG, PNG or WebP.", file=name) from error


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue()
