"""A stream that says it is Dolby Atmos, for which there is no free encoder: silence in E-AC-3, with the mark in every frame.

The mark is ETSI TS 103 420's: two bytes of `addbsi`, the last field of a frame's header. The frame keeps its length, for
silence ends in room to spare, and gets the checksum of its new bits.
"""

from pathlib import Path

from tests.media import ffmpeg

COMPLEXITY = 16
_MARK = f"1{1:06b}{1:08b}{COMPLEXITY:08b}"
"""`addbsie`, one byte more than one, extension type A, and how many objects."""
_CHECKSUM_BITS = 18
"""With the two flags before it."""


def atmos(path: Path, *, seconds: float = 1) -> Path:
    plain = path.with_suffix(".plain")
    ffmpeg(
        "-f", "lavfi", "-i", f"anullsrc=r=48000:cl=5.1:d={seconds}", "-c:a", "eac3", "-b:a", "384k", "-f", "eac3", plain
    )
    data, at, frames = plain.read_bytes(), 0, []
    while at < len(data):
        size = (((data[at + 2] & 7) << 8 | data[at + 3]) + 1) * 2
        frames.append(_marked("".join(f"{byte:08b}" for byte in data[at : at + size])))
        at += size
    path.write_bytes(b"".join(frames))
    return path


def _marked(bits: str) -> bytes:
    at, room = _header_end(bits), len(_MARK) - 1
    spare = bits[-_CHECKSUM_BITS - room : -_CHECKSUM_BITS]
    assert bits[at] == "0", "it has a mark already"
    assert "1" not in spare, "silence leaves room"
    made = bits[:at] + _MARK + bits[at + 1 : -_CHECKSUM_BITS - room] + bits[-_CHECKSUM_BITS:]
    frame = bytes(int(made[place : place + 8], 2) for place in range(0, len(made), 8))[:-2]
    return frame + _checksum(frame[2:]).to_bytes(2, "big")


def _header_end(bits: str) -> int:
    """Where `addbsie` stands (ETSI TS 102 366, E.1.2.2) in a frame of 5.1."""
    at = 16

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    take(16 + 2 + 2)  # stream type, number, size; rate; blocks
    assert (take(3), take(1)) == (7, 1), "5.1"
    take(5 + 5)  # version, loudness of dialogue
    if take(1):
        take(8)
    if take(1):  # how to fold it: to stereo, center, surrounds, low effects; and what to do to programmes
        take(2 + 6 + 6)
        if take(1):
            take(5)
        for width in (6, 6):
            if take(1):
                take(width)
        assert take(2) == 0
        assert take(1) == 0
    if take(1):  # what it is: mode, copyright, original, surround
        take(3 + 1 + 1 + 2)
        if take(1):
            take(8)
        take(1)
    return at


def _checksum(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte << 8
        for _ in range(8):
            found = (found << 1 ^ 0x8005 if found & 0x8000 else found << 1) & 0xFFFF
    return found
