"""Artwork: pictures that came with the master, brought to sane sizes; else stills from lively places of the film."""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from matinee.engines.blobs.port import Blobs
from matinee.kernel.files import Files
from matinee.studio.production.api import ArtworkMade, BadSidecar, SidecarArtwork

_SIDE_MAX = {"poster": 1200, "backdrop": 1920, "still": 1280, "logo": 800}
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
        return await self._store(title_id, item, picture, suffix)

    async def from_stills(self, title_id: str, stills: Sequence[str]) -> list[ArtworkMade]:
        """The liveliest still as backdrop, and its middle as poster."""
        if not stills:
            return []
        pictures = [await self._files.read(Path(still)) for still in stills]
        best = await asyncio.to_thread(lambda: max(pictures, key=liveliness))
        backdrop, _ = await asyncio.to_thread(_rendered, best, "backdrop", "still")
        poster = await asyncio.to_thread(_poster, best)
        return [
            await self._store(title_id, SidecarArtwork("", "backdrop"), backdrop, "jpg"),
            await self._store(title_id, SidecarArtwork("", "poster"), poster, "jpg"),
        ]

    async def _store(self, title_id: str, item: SidecarArtwork, picture: bytes, suffix: str) -> ArtworkMade:
        key = f"artwork/{title_id}/{item.kind}-{hashlib.sha256(picture).hexdigest()[:16]}.{suffix}"
        await self._blobs.put(key, picture)
        return ArtworkMade(item.kind, key, item.shows)


def liveliness(picture: bytes) -> float:
    """How much there is to see: the spread of the brightness. Black, white and fog have little."""
    with Image.open(io.BytesIO(picture)) as image:
        spread: float = ImageStat.Stat(image.convert("L")).stddev[0]
    return spread


def _rendered(data: bytes, kind: str, name: str) -> tuple[bytes, str]:
    image = _opened(data, name)
    side = _SIDE_MAX[kind]
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    if kind == "logo":
        return _encoded(image.convert("RGBA"), "PNG"), "png"
    return _encoded(image.convert("RGB"), "JPEG"), "jpg"


def _poster(data: bytes) -> bytes:
    image = _opened(data, "still").convert("RGB")
    height = min(900, image.height)
    return _encoded(ImageOps.fit(image, (max(1, height * 2 // 3), height), Image.Resampling.LANCZOS), "JPEG")


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
