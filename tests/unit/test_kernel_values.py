"""Ids, money, error names, policies: the values every room speaks."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput, MatineeError, NotSignedIn
from matinee.kernel.ids import Ids, parse_id
from matinee.kernel.money import Money
from matinee.kernel.policy import CallPolicy, Priority, call, policy_of
from matinee.kernel.quantities import Instant, from_epoch_ms, seconds, to_epoch_ms
from tests.unit.doors import CountingChance, SetClock

epoch_ms = st.integers(0, (1 << 42) - 1)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds


@given(epoch_ms, st.binary(min_size=10, max_size=10))
def test_every_id_is_a_valid_uuid_of_version_7(at_ms: int, drawn: bytes) -> None:
    parsed = uuid.UUID(Ids(SetClock(from_epoch_ms(at_ms)), CountingChance(drawn)).new())
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == at_ms


@given(epoch_ms, epoch_ms)
def test_ids_sort_by_the_time_they_were_made(one: int, other: int) -> None:
    first, second = (Ids(SetClock(from_epoch_ms(at)), CountingChance()).new() for at in (one, other))
    if one < other:
        assert first < second


def test_ids_made_at_the_same_instant_differ() -> None:
    ids = Ids(SetClock(from_epoch_ms(1)), CountingChance())
    assert len({ids.new() for _ in range(10_000)}) == 10_000


@given(st.integers(16, 64))
def test_a_secret_is_as_long_as_asked_and_safe_in_a_path(size: int) -> None:
    secret = Ids(SystemClock(), CountingChance()).secret(size)
    assert len(secret) == -(-size * 4 // 3)
    assert set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_what_is_not_an_id_is_refused_by_name() -> None:
    for text in ("", "../../etc/passwd", "0" * 36, "01939c2e-8f00-7a11-8b22-c33d44e55f66\n", "x" * 10_000):
        with pytest.raises(InvalidInput, match="title_id is not an id"):
            parse_id(text, what="title_id")


def test_an_id_of_ours_is_read_back() -> None:
    ours = Ids(SystemClock(), CountingChance()).new()
    assert parse_id(ours, what="title_id") == ours


@given(instants)
def test_an_instant_survives_epoch_milliseconds_to_the_millisecond(at: Instant) -> None:
    assert abs((from_epoch_ms(to_epoch_ms(at)) - at).total_seconds()) <= 0.0005


@given(st.integers(), st.integers(), st.integers())
def test_money_adds_like_numbers(a: int, b: int, c: int) -> None:
    one, two, three = (Money("EUR", units) for units in (a, b, c))
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one - one == Money("EUR", 0)
    assert one - two == Money("EUR", a - b)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add USD to EUR"):
        Money("EUR", 1) + Money("USD", 1)


class TooManyStreams(MatineeError):
    pass


class HLSVariantMissing(MatineeError):
    pass


def test_an_error_is_named_by_its_class_in_dashes() -> None:
    assert TooManyStreams("x").type == "too-many-streams"
    assert NotSignedIn().type == "not-signed-in"
    assert NotSignedIn().status == 401


def test_an_error_keeps_its_sentence_and_members() -> None:
    error = TooManyStreams("Two screens.", allowed=2)
    assert (str(error), error.sentence, error.members) == ("Two screens.", "Two screens.", {"allowed": 2})


def test_a_policy_stands_beside_the_call_it_is_about() -> None:
    @call(timeout=seconds(3), idempotent=True, priority=Priority.PLAY)
    def play() -> None:
        return None

    def browse() -> None:
        return None

    assert policy_of(play) == CallPolicy(seconds(3), idempotent=True, priority=Priority.PLAY)
    assert policy_of(browse) == CallPolicy()
