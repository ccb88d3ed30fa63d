"""Codes that people type: how they are written, read, and how long they are good."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.members.model.codes import (
    DRIFT_STEPS,
    RECOVERY_BYTES,
    TOTP_SECONDS,
    is_recovery,
    is_totp,
    plain_code,
    recovery_code,
    steps_around,
)


@given(
    st.binary(min_size=RECOVERY_BYTES, max_size=RECOVERY_BYTES),
    st.binary(min_size=RECOVERY_BYTES, max_size=RECOVERY_BYTES),
)
def test_a_recovery_code_says_all_of_its_chance(one: bytes, other: bytes) -> None:
    assert (recovery_code(one) == recovery_code(other)) is (one == other)
    assert is_recovery(plain_code(recovery_code(one)))
    assert is_recovery(plain_code(f" {recovery_code(one).upper().replace('-', ' ')}\n"))


@given(st.text(max_size=60))
def test_no_text_is_both_kinds_of_code(text: str) -> None:
    plain = plain_code(text)
    assert not (is_totp(plain) and is_recovery(plain))
    assert not is_totp(plain) or (len(plain) == 6 and plain.isascii() and plain.isdigit())


def test_digits_of_other_scripts_are_no_code() -> None:
    assert is_totp("123456")
    assert not is_totp("١٢٣٤٥٦")
    assert not is_totp("１２３４５６")


@given(st.floats(min_value=0, max_value=4e9))
def test_the_step_of_now_is_among_those_that_count(seconds: float) -> None:
    steps = steps_around(seconds)
    assert int(seconds) // TOTP_SECONDS in steps
    assert len(steps) == 2 * DRIFT_STEPS + 1
