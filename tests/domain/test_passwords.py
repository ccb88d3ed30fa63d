"""Which passwords are good enough, by what everybody chooses and by a file of those that were breached."""

import hashlib
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from matinee.control.members.api.passwords import PasswordRefused
from matinee.control.members.service import Breached, PasswordsService
from matinee.kernel.files import SystemFiles
from tests.house import House

KNOWN = [f"a breached password {n}" for n in range(300)]


def _digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def _file(folder: Path, lines: list[str], ending: str = "\r\n") -> Breached:
    path = folder / "breached.txt"
    path.write_bytes(ending.join(lines).encode() + ending.encode())
    return Breached(SystemFiles(), path)


async def test_a_file_of_digests_is_searched_where_it_lies(tmp_path: Path) -> None:
    held = sorted(KNOWN, key=_digest)
    counted = _file(tmp_path, [f"{_digest(p)}:{n}" for n, p in enumerate(held)])
    assert all([await counted.holds(p) for p in KNOWN])
    assert not any([await counted.holds(f"{p}!") for p in KNOWN])
    bare = _file(tmp_path, [_digest(p) for p in held], "\n")
    assert all([await bare.holds(p) for p in KNOWN])
    assert not any([await bare.holds(f"{p}!") for p in KNOWN])


async def test_a_file_without_a_last_line_break_and_an_empty_one_are_searched_too(tmp_path: Path) -> None:
    path = tmp_path / "breached.txt"
    path.write_text("\n".join(sorted(_digest(p) for p in KNOWN)))
    found = Breached(SystemFiles(), path)
    assert all([await found.holds(p) for p in KNOWN])
    path.write_bytes(b"")
    assert not await Breached(SystemFiles(), path).holds(KNOWN[0])


async def test_a_plain_list_counts_as_well(tmp_path: Path) -> None:
    listed = _file(tmp_path, KNOWN, "\n")
    assert await listed.holds(KNOWN[7])
    assert not await listed.holds("a password nobody has chosen")


async def test_what_is_in_the_file_is_refused(house: House, tmp_path: Path) -> None:
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = PasswordsService(house.database, house.ids, hasher=light, breached=_file(tmp_path, KNOWN, "\n"))
    await passwords.check("velvet-and-popcorn", about=[])
    with pytest.raises(PasswordRefused, match="lists that are tried first"):
        await passwords.check(KNOWN[3], about=[])


async def test_what_everybody_chooses_is_refused(house: House) -> None:
    for password in ("password1234", "qwertyuiop", "iloveyou12345", "1234567890", "aaaaaaaaaaaaaaa", "P@ssw0rd1234"):
        with pytest.raises(PasswordRefused):
            await house.passwords.check(password, about=[])


async def test_any_characters_make_a_password(house: House) -> None:
    for password in (
        "correct horse battery staple",
        "полночный трамвай едет",
        "映画館の暗闇で会いましょう",
        "🎬🍿🎟️🎞️📽️🍫🥤🎭🪑🕯️",
    ):
        await house.passwords.check(password, about=["ada@example.org"])


async def test_a_password_fits_exactly_as_it_was_typed(house: House) -> None:
    long = "velvet and popcorn " * 10
    hashed = await house.passwords.hashed(long)
    assert await house.passwords.fits(long, hashed)
    for other in (long.strip(), long.upper(), long[:-1], long + " ", "\u00e9" + long):
        assert not await house.passwords.fits(other, hashed)


async def test_an_empty_password_is_none(house: House) -> None:
    hashed = await house.passwords.hashed("")
    assert not await house.passwords.fits("", hashed)
    assert not await house.passwords.fits("anything", hashed)
