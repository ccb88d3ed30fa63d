"""The ring of edge tickets, turned: at every moment one key signs, and everybody has had it for a while."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from matinee.app.turning import KEPT_AFTER, KNOWN_BEFORE, SIGNS_FOR, StoredRing, is_due, turned
from matinee.kernel.quantities import Instant, hours
from matinee.wire.encoding import b64url, from_json, to_json
from tests.builders import NOON, SECOND

KEY = b64url(b"k" * 32)


def step(stored: StoredRing, now: Instant, number: int) -> StoredRing:
    fresh = (f"k{number}", bytes([number % 256]) * 32) if is_due(stored, now=now) else None
    return turned(stored, now=now, fresh=fresh)


@given(st.lists(st.integers(1, 40 * 24), min_size=1, max_size=60))
def test_whenever_it_is_turned_nobody_is_taken_by_surprise(pauses_hours: list[int]) -> None:
    now = NOON
    stored = StoredRing("k0", {"k0": KEY}, {"k0": now})
    signed: list[tuple[Instant, str]] = []
    known_since = {"k0": now - hours(1)}
    for number, pause in enumerate(pauses_hours, 1):
        now += hours(pause)
        # Until just before it was turned, it went by the clock alone.
        signed.append((now - SECOND, stored.signs_at(now - SECOND)))
        stored = step(stored, now, number)
        for kid in stored.keys:
            known_since.setdefault(kid, now)
        kid = stored.signs_at(now)
        assert kid in stored.keys
        assert now - known_since[kid] >= KNOWN_BEFORE
        signed.append((now, kid))
        # Whatever signed within the time that tickets may last still opens.
        assert {each for at, each in signed if at > now - KEPT_AFTER} <= set(stored.keys)
        assert len(stored.keys) <= 3
    # A key that gave way never comes back.
    order = [kid for _, kid in signed]
    turns = [one for one, other in pairwise(order) if one != other]
    assert len(turns) == len(set(turns))


def test_a_key_signs_for_its_time_and_the_next_lies_ready_before() -> None:
    stored = StoredRing("k0", {"k0": KEY}, {"k0": NOON})
    assert step(stored, NOON + SIGNS_FOR - KNOWN_BEFORE - SECOND, 1) == stored
    stored = step(stored, NOON + SIGNS_FOR - KNOWN_BEFORE, 1)
    assert list(stored.keys) == ["k0", "k1"]
    assert not is_due(stored, now=NOON + SIGNS_FOR - SECOND)
    assert stored.signs_at(NOON + SIGNS_FOR - SECOND) == "k0"
    assert stored.signs_at(NOON + SIGNS_FOR) == "k1"


def test_a_ring_from_before_keys_had_times_goes_on_with_its_current_key_and_lets_the_others_go_later() -> None:
    old = from_json(to_json({"current": "b", "keys": {"a": KEY, "b": KEY}}), StoredRing)
    stored = turned(old, now=NOON)
    assert (stored.signs_at(NOON), set(stored.keys)) == ("b", {"a", "b"})
    assert not is_due(stored, now=NOON)
    assert set(turned(stored, now=NOON + KEPT_AFTER + SECOND).keys) == {"b"}


def test_what_an_earlier_build_reads_as_the_current_key_is_the_one_that_signs() -> None:
    stored = step(StoredRing("k0", {"k0": KEY}, {"k0": NOON}), NOON + SIGNS_FOR, 1)
    assert stored.current == "k0"
    later = NOON + SIGNS_FOR + KNOWN_BEFORE
    assert turned(stored, now=later).current == stored.signs_at(later) == "k1"
