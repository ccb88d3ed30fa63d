"""Credentials and the throttle."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.members.api import Account, SignedIn
from matinee.control.members.model.credentials import check_length, fingerprint, normal_email
from matinee.control.members.model.throttle import FREE_ATTEMPTS, WAIT_SECONDS_MAX, wait_seconds
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId
from tests.builders import NOON, an_id


@given(st.emails())
def test_an_address_is_the_same_however_it_is_typed(email: str) -> None:
    try:
        normal = normal_email(email)
    except InvalidInput:
        return  # longer than a mailbox's name may be
    assert normal_email(f"  {email.swapcase()} ") == normal_email(email.upper()) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.org", "a@b", "a b@example.org", "a@b\n.org", "a@@b.org"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normal_email(text)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_an_address_or_a_refusal(text: str) -> None:
    try:
        normal = normal_email(text)
    except InvalidInput:
        return
    assert normal.count("@") == 1


@pytest.mark.parametrize(("length", "good"), [(9, False), (10, True), (200, True), (201, False)])
def test_a_password_has_ten_to_two_hundred_characters(length: int, good: bool) -> None:
    if good:
        check_length("x" * length)
    else:
        with pytest.raises(InvalidInput):
            check_length("x" * length)


def test_a_fingerprint_is_not_the_token() -> None:
    assert fingerprint("token") == fingerprint("token") != fingerprint("other")
    assert "token" not in fingerprint("token")


def test_what_a_sign_in_answers_does_not_print_its_token() -> None:
    account = Account(AccountId(an_id(1)), "ada@example.org", "DE", (), NOON)
    assert "the-secret" not in repr(SignedIn("the-secret", account, NOON))


def test_the_first_attempts_are_free_and_then_waits_double_to_five_minutes() -> None:
    assert [wait_seconds(n) for n in range(FREE_ATTEMPTS)] == [0] * FREE_ATTEMPTS
    assert [wait_seconds(FREE_ATTEMPTS + n) for n in range(4)] == [2, 4, 8, 16]
    assert wait_seconds(10_000) == WAIT_SECONDS_MAX
    assert all(a <= b for a, b in pairwise(wait_seconds(n) for n in range(40)))
