"""From a failing tale to the smallest that still fails."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from matinee.sim.nature import Misfortune
from matinee.sim.shrinking import shrink
from matinee.sim.tale import Tale, Told, same_finding
from matinee.sim.telling import Tell

FOUND_AT_S = 40.0
MISFORTUNES = tuple(Misfortune(n * 5.0, 3.0, "kill", f"machine-{n}") for n in range(12))


def breaks_by(causes: frozenset[str], *, viewers: int = 1) -> Tell:
    """A world in which a promise is broken where all of these machines are killed before so many viewers."""

    async def tell(tale: Tale) -> Told:
        killed = {misfortune.where for misfortune in tale.befall or ()}
        if causes <= killed and tale.viewers >= viewers and tale.seconds > FOUND_AT_S:
            return Told(tale, f"account-{tale.viewers} has 3 streams at {tale.seconds} s.", FOUND_AT_S)
        return Told(tale)

    return tell


def shrunk(tale: Tale, tell: Tell, attempts: int = 500) -> Told:
    async def told() -> Told:
        return await shrink(await tell(tale), tell, attempts=attempts, say=lambda _: None)

    return asyncio.run(told())


@given(st.frozensets(st.sampled_from([m.where for m in MISFORTUNES])), st.integers(1, 50))
def test_what_is_left_is_what_breaks_the_promise_and_nothing_else(causes: frozenset[str], viewers: int) -> None:
    found = shrunk(Tale("1", 50, 2, 300, MISFORTUNES), breaks_by(causes, viewers=viewers))
    assert found.broken
    assert {m.where for m in found.tale.befall or ()} == causes
    assert found.tale.viewers == viewers
    assert found.tale.films == 1
    assert FOUND_AT_S < found.tale.seconds < 50


def test_another_finding_on_the_way_is_not_followed() -> None:
    async def tell(tale: Tale) -> Told:
        if len(tale.befall or ()) == len(MISFORTUNES):
            return Told(tale, "Film 1 was withdrawn and played.")
        return Told(tale, "edge-1 served other bytes.")

    assert shrunk(Tale("1", 1, 1, 300, MISFORTUNES), tell).tale.befall == MISFORTUNES


def test_no_more_tries_than_allowed_are_made() -> None:
    tries = 0
    breaks = breaks_by(frozenset({"machine-3", "machine-8"}))

    async def counting(tale: Tale) -> Told:
        nonlocal tries
        tries += 1
        return await breaks(tale)

    shrunk(Tale("1", 50, 2, 300, MISFORTUNES), counting, attempts=7)
    assert tries == 1 + 7


def test_viewers_who_are_left_out_take_their_misfortunes_with_them() -> None:
    theirs = Misfortune(1, 1, "wrong clock", "viewer-9")

    async def tell(tale: Tale) -> Told:
        assert tale.viewers > 9 or theirs not in (tale.befall or ())
        return Told(tale, "Nothing moves.")

    assert shrunk(Tale("1", 16, 1, 300, (theirs,)), tell).tale == Tale("1", 1, 1, 300, ())


def test_findings_are_the_same_but_for_names_and_numbers() -> None:
    one = "0193-ab has 3 streams at 12.5 s and may have 2: 77, 78."
    assert same_finding(one, one.replace("3", "4").replace("77", "1234"))
    assert not same_finding(one, "edge-1 served other bytes than those of v1/3.m4s.")
    assert not same_finding(one, None)
    assert not same_finding(None, None)
