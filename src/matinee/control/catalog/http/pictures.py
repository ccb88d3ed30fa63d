"""How a picture is answered: kept by whoever asked, and asked for again each time it is shown.

Its name is made of its content, so it never changes; but whether this viewer may see it does, from one request to the next.
"""

from typing import Any

from litestar import Request, Response

_UNCHANGED = 304


def pictured(request: Request[Any, Any, Any], picture: bytes, name: str, media_type: str) -> Response[bytes]:
    tag = f'"{name}"'
    headers = {"cache-control": "private, no-cache", "etag": tag}
    known = (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(","))
    if tag in known:
        return Response(b"", status_code=_UNCHANGED, headers=headers, media_type=media_type)
    return Response(picture, media_type=media_type, headers=headers)
