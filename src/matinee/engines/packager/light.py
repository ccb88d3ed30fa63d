"""What HDR10 says of a film's screen and of its brightest frame (`mdcv` and `clli`), carried into the init segment.

Shaka Packager leaves both out, and does not encrypt AV1 that carries them in the stream: without these boxes a screen
has nothing to map such a picture by.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from matinee.kernel.files import Files

_LIGHT = (b"mdcv", b"clli")
_HEAD, _LONG_HEAD = 8, 16
_DESCRIBED = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_ENTRIES_AT = 8
"""Of `stsd`: version, flags and a number stand before the entries."""
_IN_ENTRY_AT = 78
"""Of a picture's sample entry: what stands before its boxes (ISO 14496-12, 12.1.3)."""
_MOOV_MAX = 64 << 20


async def carry_light(files: Files, source: Path, init: Path) -> None:
    """From a source's first track into the init segment that was made of it. What is there already stays."""
    said = b"".join(whole for kind, whole in _in_entry(await _moov(files, source)) if kind in _LIGHT)
    if not said:
        return
    segment = await files.read(init)
    at, end = next(((start, end) for kind, start, end in _boxes(segment, 0, len(segment)) if kind == b"moov"), (0, 0))
    moov = segment[at:end]
    if any(kind in _LIGHT for kind, _ in _in_entry(moov)):
        return
    await files.write(init, segment[:at] + _with(moov, said) + segment[end:])


async def _moov(files: Files, path: Path) -> bytes:
    """Read from wherever it lies, beside gigabytes of picture."""
    at, end = 0, await files.size(path) or 0
    while at + _LONG_HEAD <= end:
        head = await files.read(path, offset=at, length=_LONG_HEAD)
        size, kind = struct.unpack_from(">I4s", head)
        if size == 1:
            size = struct.unpack_from(">Q", head, _HEAD)[0]
        size = size or end - at
        if kind == b"moov" and size <= _MOOV_MAX:
            return await files.read(path, offset=at, length=size)
        if size < _HEAD:
            break
        at += size
    return b""


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where it begins, where it ends). It ends where a box is not whole."""
    while start + _HEAD <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if not _HEAD <= size <= end - start:
            return
        yield kind, start, start + size
        start += size


def _path(moov: bytes) -> list[tuple[int, int]]:
    """From `moov` down to the first sample entry of a picture: where each begins and ends. Empty when there is none."""
    found = [(0, len(moov))]
    for wanted in _DESCRIBED:
        start, end = found[-1]
        step = next(((a, b) for kind, a, b in _boxes(moov, start + _HEAD, end) if kind == wanted), None)
        if step is None:
            return []
        found.append(step)
    start, end = found[-1]
    entry = next(((a, b) for _, a, b in _boxes(moov, start + _HEAD + _ENTRIES_AT, end)), None)
    return [*found, entry] if entry is not None else []


def _in_entry(moov: bytes) -> Iterator[tuple[bytes, bytes]]:
    path = _path(moov)
    if path:
        start, end = path[-1]
        for kind, a, b in _boxes(moov, start + _HEAD + _IN_ENTRY_AT, end):
            yield kind, moov[a:b]


def _with(moov: bytes, boxes: bytes) -> bytes:
    """`boxes` as the last ones of the sample entry; everything around it has grown by as much."""
    path = _path(moov)
    if not path:
        return moov
    end = path[-1][1]
    grown = bytearray(moov[:end] + boxes + moov[end:])
    for start, _ in path:
        size = struct.unpack_from(">I", grown, start)[0]
        struct.pack_into(">I", grown, start, size + len(boxes))
    return bytes(grown)
