"""Boxes about light in an init segment: carried over once, with everything around them grown by as much."""

import asyncio
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.packager.light import carry_light
from matinee.kernel.files import SystemFiles

MDCV = struct.pack(">I4s", 32, b"mdcv") + bytes(range(24))
CLLI = struct.pack(">I4s", 12, b"clli") + b"\x03\xe8\x01\x90"
COLR = struct.pack(">I4s", 12, b"colr") + b"nclx"


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def movie(*in_entry: bytes) -> bytes:
    entry = box(b"av01", bytes(78), *in_entry)
    table = box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), entry), box(b"stts", bytes(8)))
    track = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), box(b"minf", table)))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", bytes(100)), track) + box(b"mdat", b"picture")


def carried(folder: Path, source: bytes, init: bytes) -> bytes:
    (folder / "source.mp4").write_bytes(source)
    (folder / "init.mp4").write_bytes(init)
    asyncio.run(carry_light(SystemFiles(), folder / "source.mp4", folder / "init.mp4"))
    return (folder / "init.mp4").read_bytes()


def test_what_the_source_says_is_said_at_the_end_of_the_entry(tmp_path: Path) -> None:
    assert carried(tmp_path, movie(COLR, MDCV, CLLI), movie(COLR)) == movie(COLR, MDCV, CLLI)


def test_what_is_said_already_stays(tmp_path: Path) -> None:
    other = box(b"clli", b"\x00\x01\x00\x01")
    assert carried(tmp_path, movie(MDCV, CLLI), movie(other)) == movie(other)


def test_a_source_without_light_changes_nothing(tmp_path: Path) -> None:
    assert carried(tmp_path, movie(COLR), movie()) == movie()


@given(cut=st.integers(min_value=0, max_value=500))
def test_of_a_source_that_is_not_whole_nothing_is_carried_by_halves(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    whole = movie(COLR, MDCV, CLLI)
    folder = tmp_path_factory.mktemp("light")
    assert carried(folder, whole[:cut], movie(COLR)) in (movie(COLR), movie(COLR, MDCV, CLLI))
