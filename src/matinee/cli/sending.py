"""A file on its way to a service (tus): a repeated command goes on where the last one was cut off."""

import asyncio
import base64
import hashlib
from pathlib import Path

from matinee.cli.progress import Progress
from matinee.cli.service_client import OutOfStep, ServiceClient

_PART_BYTES = 8 << 20


async def send_file(client: ServiceClient, path: Path, progress: Progress) -> str:
    """Upload what the service does not have yet. Answers its place there."""
    size = path.stat().st_size
    digest = await asyncio.to_thread(_sha256, path)
    begun = await client.send(
        "POST",
        "/content/uploads",
        headers={
            "tus-resumable": "1.0.0",
            "upload-length": str(size),
            "upload-metadata": f"filename {_b64(path.name)},sha256 {_b64(digest)}",
        },
    )
    place = begun.headers["location"]
    offset = await _arrived(client, place)
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            offset = await _send_part(client, place, offset, file.read(_PART_BYTES))
            progress.show(f"sending {path.name}", offset / size)
    return place


async def _send_part(client: ServiceClient, place: str, offset: int, part: bytes) -> int:
    """How much has arrived. Another command may be sending the same file: then what it has sent need not be sent."""
    headers = {
        "tus-resumable": "1.0.0",
        "upload-offset": str(offset),
        "content-type": "application/offset+octet-stream",
    }
    try:
        answer = await client.send("PATCH", place, headers=headers, body=part)
    except OutOfStep:
        return await _arrived(client, place)
    return int(answer.headers["upload-offset"])


async def _arrived(client: ServiceClient, place: str) -> int:
    answer = await client.send("HEAD", place, headers={"tus-resumable": "1.0.0"})
    return int(answer.headers["upload-offset"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode(errors="surrogateescape")).decode()
