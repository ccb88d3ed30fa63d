"""Files made to do harm: each begins as a tiny honest film, or as a few bytes, and then lies."""

import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.media import ffmpeg, film

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf")
Change = Callable[[bytes], bytes]


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def rewritten(data: bytes, changes: dict[bytes, Change]) -> bytes:
    """The same boxes, with the bodies of some changed. FFmpeg writes the index last, so no offset moves."""
    out = bytearray()
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + size]
        if kind in _CONTAINERS:
            body = rewritten(body, changes)
        if kind in changes:
            body = changes[kind](body)
        out += box(kind, body)
        at += size
    return bytes(out)


def tiny(path: Path, **options: object) -> Path:
    """A second of film, as honest as any."""
    return film(path, **({"seconds": 1, "size": "64x36", "rate": "12"} | options))  # type: ignore[arg-type]  # passed on as they are


def lying(folder: Path, name: str, changes: dict[bytes, Change], **options: object) -> Path:
    whole = tiny(folder / f"honest {name}", sound=False, **options)
    path = folder / name
    path.write_bytes(rewritten(whole.read_bytes(), changes))
    whole.unlink()
    return path


def a_thousand_million_seconds(folder: Path) -> Path:
    """Every sample lasts for years."""

    def stretched(body: bytes) -> bytes:
        (count,) = struct.unpack_from(">I", body, 4)
        pairs = [struct.unpack_from(">II", body, 8 + 8 * n) for n in range(count)]
        return body[:8] + b"".join(struct.pack(">II", n, 0x7FFFFFFF) for n, _ in pairs)

    return lying(folder, "long.mp4", {b"stts": stretched})


def edits_without_end(folder: Path) -> Path:
    """A table of edits that shows the same second again and again."""
    edit = struct.pack(">IIHH", 1000, 0, 1, 0)
    count = 5_000
    return lying(folder, "edits.mp4", {b"elst": lambda _: struct.pack(">II", 0, count) + edit * count})


def samples_without_end(folder: Path) -> Path:
    """Four thousand million samples of one byte, in a table of twenty."""

    def sizes(_: bytes) -> bytes:
        return struct.pack(">III", 0, 1, 0xFFFFFFFF)

    def times(_: bytes) -> bytes:
        return struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 1)

    def chunks(_: bytes) -> bytes:
        return struct.pack(">IIIII", 0, 1, 1, 0xFFFFFFFF, 1)

    return lying(folder, "samples.mp4", {b"stsz": sizes, b"stts": times, b"stsc": chunks})


def one_frame_for_ever(folder: Path) -> Path:
    """Each of many chunks is the same first picture: a small file that takes hours to decode."""
    count = 200_000

    def same(body: bytes) -> bytes:
        (first,) = struct.unpack_from(">I", body, 8)
        return struct.pack(">II", 0, count) + struct.pack(">I", first) * count

    def size(body: bytes) -> bytes:
        (first,) = struct.unpack_from(">I", body, 12)
        return struct.pack(">III", 0, first, count)

    return lying(
        folder,
        "again.mp4",
        {
            b"stco": same,
            b"stsz": size,
            b"stsc": lambda _: struct.pack(">IIIII", 0, 1, 1, 1, 1),
            b"stts": lambda _: struct.pack(">IIII", 0, 1, count, 1),
            b"ctts": lambda _: struct.pack(">II", 0, 0),
            b"stss": lambda _: struct.pack(">III", 0, 1, 1),
        },
    )


def packed_index(folder: Path) -> Path:
    """An index that says it unpacks to four gigabytes."""
    honest = tiny(folder / "honest packed.mp4", sound=False)
    whole = honest.read_bytes()
    honest.unlink()
    at = whole.index(b"moov") - 4
    packed = zlib.compress(bytes(8 << 20), 9)
    moov = box(b"moov", box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", 0xFFFFFFF0) + packed)))
    path = folder / "packed.mp4"
    path.write_bytes(whole[:at] + moov)
    return path


def points_elsewhere(folder: Path) -> Path:
    """A QuickTime reference to a film that lies beside it."""
    secret = tiny(folder / "secret.mov", sound=False)

    def reference(_: bytes) -> bytes:
        url = box(b"url ", b"\0\0\0\0" + f"file://{secret}\0".encode())
        return struct.pack(">II", 0, 1) + url

    return lying(folder, "reference.mov", {b"dref": reference})


def huge_frames(folder: Path) -> Path:
    path = folder / "huge.y4m"
    path.write_bytes(b"YUV4MPEG2 W60000 H60000 F24:1 Ip A1:1 C420jpeg\n" + b"FRAME\n" + bytes(4096) * 20)
    return path


def quick_frames(folder: Path) -> Path:
    path = folder / "quick.y4m"
    path.write_bytes(b"YUV4MPEG2 W16 H16 F1000000:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + bytes(384)) * 2000)
    return path


def png(width: int, height: int) -> bytes:
    """A gray picture of that size, packed a thousandfold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width // 8)) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def small_outside_huge_inside(folder: Path) -> Path:
    """A film of PNG pictures; all but the first unpack to eighty million pixels."""
    plain = folder / "plain.avi"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x36:r=12:d=4", "-c:v", "png", plain)
    bomb = png(9_000, 9_000)
    small = plain.read_bytes()
    plain.unlink()
    path = folder / "unpacks.avi"
    # Pictures stand one after the other in AVI, each behind its name and its length; the index at the end is optional.
    movi = small.index(b"movi")
    at = movi + 4
    frames = []
    while small[at : at + 4] == b"00dc":
        (size,) = struct.unpack_from("<I", small, at + 4)
        frames.append(small[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    told = b"".join(
        b"00dc" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
        for frame in [*frames[:6], *[bomb] * 42]
    )
    body = small[: movi - 4] + struct.pack("<I", 4 + len(told)) + b"movi" + told
    path.write_bytes(body[:4] + struct.pack("<I", len(body) - 8) + body[8:])
    return path


def thousands_of_streams(folder: Path) -> Path:
    """An AVI whose head lists the same stream three hundred times."""
    whole = tiny(folder / "plain.avi", sound=False).read_bytes()
    (folder / "plain.avi").unlink()
    at = whole.index(b"LIST", 20)
    assert whole[at + 8 : at + 12] == b"strl"
    (size,) = struct.unpack_from("<I", whole, at + 4)
    stream = whole[at : at + 8 + size]
    head = whole.index(b"LIST", 8)
    (head_size,) = struct.unpack_from("<I", whole, head + 4)
    more = stream * 299
    body = (
        whole[: head + 4]
        + struct.pack("<I", head_size + len(more))
        + whole[head + 8 : at + 8 + size]
        + more
        + whole[at + 8 + size :]
    )
    path = folder / "streams.avi"
    path.write_bytes(body[:4] + struct.pack("<I", len(body) - 8) + body[8:])
    return path


def raw_frames_without_end(folder: Path) -> Path:
    """H.264 without a container, the same second again and again: nothing says where it ends."""
    whole = folder / "second.h264"
    film(whole, seconds=1, size="64x36", rate="12", sound=False, options=("-bsf:v", "h264_mp4toannexb"))
    path = folder / "endless.h264"
    path.write_bytes(whole.read_bytes() * 300)
    whole.unlink()
    return path


def a_novel_for_a_title(folder: Path) -> Path:
    """A film that is honest but for the name of its sound."""
    path, words = folder / "title.mkv", folder / "words"
    words.write_text(";FFMETADATA1\n[STREAM]\ntitle=" + "x" * (1 << 20) + "\n")
    plain = tiny(folder / "plain.mkv")
    ffmpeg("-i", plain, "-i", words, "-map", "0", "-map_metadata:s:a", "1:s:0", "-c", "copy", path)
    for made in (plain, words):
        made.unlink()
    return path


def seeds(folder: Path) -> dict[str, bytes]:
    """Honest films in the containers that most people use, with sound and a line of text."""
    words = folder / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:00,800\nHello\n")
    picture, tone = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=1"), ("-f", "lavfi", "-i", "sine=d=1")
    mpeg2, x264 = ("-c:v", "mpeg2video"), ("-c:v", "libx264")
    recipes = {
        "film.mp4": (*x264, "-c:a", "aac", "-c:s", "mov_text"),
        "film.mkv": (*x264, "-c:a", "aac", "-c:s", "srt"),
        "film.ts": (*mpeg2, "-c:a", "mp2", "-sn"),
        "film.avi": ("-c:v", "mjpeg", "-c:a", "pcm_s16le", "-sn"),
        "film.mxf": (*mpeg2, "-c:a", "pcm_s16le", "-ar", "48000", "-sn"),
    }
    found = {}
    for name, recipe in recipes.items():
        ffmpeg(*picture, *tone, "-i", words, *recipe, "-fflags", "+bitexact", folder / name)
        found[name] = (folder / name).read_bytes()
        (folder / name).unlink()
    words.unlink()
    return found


def mutated(data: bytes, seed: int) -> bytes:
    """Cut, flipped, overwritten, doubled or with pieces missing; the same for the same seed."""
    rng = random.Random(seed)
    how = rng.choice(("cut", "flip", "overwrite", "field", "double", "drop", "blank"))
    if how == "cut":
        return data[: rng.randrange(len(data))]
    found = bytearray(data)
    for _ in range(rng.choice((1, 3, 10, 60))):
        at, length = rng.randrange(len(found) - 8), rng.randrange(1, 400)
        if how == "flip":
            found[at] ^= 1 << rng.randrange(8)
        elif how == "overwrite":
            found[at] = rng.randrange(256)
        elif how == "field":
            found[at : at + 4] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
        elif how == "double":
            found[at:at] = found[at : at + 5 * length]
        elif how == "drop" and len(found) > 1000:
            del found[at : at + length]
        elif how == "blank":
            found[at : at + length] = bytes(length)
    return bytes(found)
