"""Protection boxes, read and written by the books of their systems. The packager writes them; here is who checks it.

`pssh`: ISO/IEC 23001-7, 8.1. Widevine's content: a protobuf whose field 2 is a key id. PlayReady's: its object, with one
header in UTF-16, whose key ids are GUIDs, so that the first three parts have their bytes turned around.
"""

import base64
import re
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

COMMON = uuid.UUID("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b")
WIDEVINE = uuid.UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
PLAYREADY = uuid.UUID("9a04f079-9840-4286-ab92-e65be0885f95")
_KID, _SCHEME = 2, 9


@dataclass(frozen=True)
class Box:
    system: uuid.UUID
    key_ids: tuple[str, ...]
    """Of a box of version 1; others have theirs in their content."""
    content: bytes


@dataclass(frozen=True)
class PlayReadyHeader:
    key_ids: tuple[str, ...]
    algorithm: str
    checksum: bytes | None


def parse(box: bytes) -> Box:
    size, name, flags = struct.unpack_from(">I4sI", box)
    assert (size, name) == (len(box), b"pssh"), "one whole pssh box"
    version, at = flags >> 24, 28
    assert version in (0, 1)
    assert flags & 0xFFFFFF == 0
    key_ids: list[str] = []
    if version:
        (count,) = struct.unpack_from(">I", box, at)
        key_ids = [box[at + 4 + 16 * n : at + 20 + 16 * n].hex() for n in range(count)]
        at += 4 + 16 * count
    (length,) = struct.unpack_from(">I", box, at)
    assert at + 4 + length == size, "nothing behind its content"
    return Box(uuid.UUID(bytes=box[12:28]), tuple(key_ids), box[at + 4 :])


def build(box: Box) -> bytes:
    ids = struct.pack(">I", len(box.key_ids)) + b"".join(map(bytes.fromhex, box.key_ids)) if box.key_ids else b""
    rest = box.system.bytes + ids + struct.pack(">I", len(box.content)) + box.content
    return struct.pack(">I4sI", 12 + len(rest), b"pssh", (1 << 24) if box.key_ids else 0) + rest


def widevine_key_ids(content: bytes) -> tuple[str, ...]:
    return tuple(value.hex() for field, value in _fields(content) if field == _KID and isinstance(value, bytes))


def widevine_scheme(content: bytes) -> str | None:
    """Four characters in one number."""
    found = [value for field, value in _fields(content) if field == _SCHEME and isinstance(value, int)]
    return found[0].to_bytes(4).decode() if found else None


def widevine_content(key_ids: Sequence[str]) -> bytes:
    return b"".join(b"\x12\x10" + bytes.fromhex(key_id) for key_id in key_ids)


def playready_header(content: bytes) -> PlayReadyHeader:
    size, count, kind, length = struct.unpack_from("<IHHH", content)
    assert (size, count, kind) == (len(content), 1, 1), "an object with one record, which is a header"
    assert length == size - 10
    xml = content[10:].decode("utf-16-le")
    assert xml.startswith("<WRMHEADER ")
    ids = re.findall(r'<KID\b[^>]*VALUE="([^"]+)"', xml) or re.findall(r"<KID>([^<]+)</KID>", xml)
    (algorithm,) = re.findall(r'ALGID="(\w+)"', xml) or re.findall(r"<ALGID>(\w+)</ALGID>", xml)
    sums = re.findall(r'CHECKSUM="([^"]+)"', xml) or re.findall(r"<CHECKSUM>([^<]+)</CHECKSUM>", xml)
    key_ids = tuple(uuid.UUID(bytes_le=base64.b64decode(value)).hex for value in ids)
    return PlayReadyHeader(key_ids, algorithm, base64.b64decode(sums[0]) if sums else None)


def playready_content(key_id: str, *, algorithm: str = "AESCBC", checksum: bytes | None = None) -> bytes:
    value = base64.b64encode(uuid.UUID(key_id).bytes_le).decode()
    summed = f' CHECKSUM="{base64.b64encode(checksum).decode()}"' if checksum is not None else ""
    xml = (
        '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"><DATA>'
        f'<PROTECTINFO><KIDS><KID ALGID="{algorithm}"{summed} VALUE="{value}"></KID></KIDS></PROTECTINFO>'
        "</DATA></WRMHEADER>"
    ).encode("utf-16-le")
    return struct.pack("<IHHH", 10 + len(xml), 1, 1, len(xml)) + xml


def playready_checksum(key: bytes, key_id: str) -> bytes:
    """By which a client knows the right key from a wrong one: the id, as a GUID, encrypted with the key."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(uuid.UUID(key_id).bytes_le)[:8]


def boxes(key_id: str, key_ids: Sequence[str]) -> dict[str, str]:
    """What the packager announces a key with, among all keys of the film."""
    made = {
        "common": Box(COMMON, tuple(key_ids), b""),
        "widevine": Box(WIDEVINE, (), widevine_content(key_ids)),
        "playready": Box(PLAYREADY, (), playready_content(key_id)),
    }
    return {name: base64.b64encode(build(box)).decode() for name, box in made.items()}


def _fields(message: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        assert tag & 7 in (0, 2), "numbers and strings of bytes"
        if tag & 7 == 2:
            found.append((tag >> 3, message[at : at + value]))
            at += value
        else:
            found.append((tag >> 3, value))
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
