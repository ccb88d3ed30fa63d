"""The web client's built files, read once and served from memory: a few hundred kilobytes that never change."""

import gzip
import mimetypes
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from matinee.delivery.gateway.api import GatewayConfig, Page
from matinee.kernel.files import Files
from matinee.wire.encoding import to_json

_BOOT_EMPTY = '<script type="application/json" id="boot">{}</script>'
_WORTH_COMPRESSING_BYTES = 860


async def read_pages(files: Files, config: GatewayConfig) -> Mapping[str, Page]:
    """By path. The two HTML entries carry the boot values, so the client needs no first request."""
    if config.pages is None:
        return {}
    found: dict[str, Page] = {}
    for path in await files.below(config.pages):
        name = "/" + PurePosixPath(path.relative_to(config.pages)).as_posix()
        body = await files.read(path)
        if path.suffix == ".html":
            body = _with_boot(body, config.boot or {})
        found[name] = _page(path, body, immutable=name.startswith("/assets/"))
    return found


def page_for(pages: Mapping[str, Page], path: str) -> Page | None:
    """Files by name; every other path is a place inside one of the two single-page applications."""
    if path in pages:
        return pages[path]
    if PurePosixPath(path).suffix and not path.startswith("/title/"):
        return None
    return pages.get("/console.html" if path == "/console" or path.startswith("/console/") else "/index.html")


def _with_boot(body: bytes, boot: Mapping[str, object]) -> bytes:
    # `<` never appears in the data, so no value can end the script element.
    data = to_json(dict(boot)).decode().replace("<", "\\u003c")
    filled = f'<script type="application/json" id="boot">{data}</script>'
    return body.decode().replace(_BOOT_EMPTY, filled).encode()


def _page(path: Path, body: bytes, *, immutable: bool) -> Page:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in {".js", ".mjs"}:
        media_type = "text/javascript"
    textual = media_type.startswith("text/") or media_type in {"application/json", "image/svg+xml"}
    packed = gzip.compress(body, 9, mtime=0) if textual and len(body) > _WORTH_COMPRESSING_BYTES else None
    if textual:
        media_type += "; charset=utf-8"
    return Page(body, media_type, packed, immutable)
