"""Properties of tickets: what was signed verifies as it was, and nothing else verifies at all."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kernel.quantities import seconds
from matinee.wire.encoding import b64url, from_b64url
from matinee.wire.tickets import EdgeTicket, KeyRing, PlayToken, TicketRefused, sign, verify

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RING = KeyRing("new", {"new": b"n" * 32, "old": b"o" * 32})
TICKET = EdgeTicket("new", "release-1", ("clear", "hd"), int(NOON.timestamp()) + 60, "session-1")

_words = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=40)
edge_tickets = st.builds(
    EdgeTicket,
    kid=st.sampled_from(["new", "old"]),
    release=_words,
    tiers=st.lists(st.sampled_from(["clear", "audio", "sd", "hd", "fhd", "uhd"]), max_size=6).map(tuple),
    exp=st.integers(int(NOON.timestamp()) + 1, 1 << 40),
    session=_words,
    country=st.none() | st.sampled_from(["DE", "JP", "BR"]),
)


@given(edge_tickets)
def test_a_ticket_verifies_to_what_was_signed(ticket: EdgeTicket) -> None:
    assert verify(sign(ticket, RING), EdgeTicket, RING.keys, now=NOON) == ticket


@given(edge_tickets, st.data())
def test_no_changed_character_goes_unnoticed(ticket: EdgeTicket, data: st.DataObject) -> None:
    signed = sign(ticket, RING)
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.=+/ é").filter(lambda letter: letter != signed[at]))
    with pytest.raises(TicketRefused):
        verify(signed[:at] + other + signed[at + 1 :], EdgeTicket, RING.keys, now=NOON)


@given(st.text(max_size=200))
def test_no_text_makes_verify_raise_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(TicketRefused):
        verify(text, EdgeTicket, RING.keys, now=NOON)


@given(st.binary(max_size=200))
def test_no_signed_body_makes_verify_raise_anything_but_a_refusal(body: bytes) -> None:
    text = b64url(body)
    mac = hmac.digest(RING.keys["new"], f"matinee:edge:{text}".encode(), hashlib.sha256)
    with pytest.raises(TicketRefused):
        verify(f"{text}.{b64url(mac)}", EdgeTicket, RING.keys, now=NOON)


@given(st.binary(max_size=64))
def test_base64url_comes_back(data: bytes) -> None:
    assert from_b64url(b64url(data)) == data


@given(st.text(alphabet="ABCDwxyz0189-_", max_size=12))
def test_bytes_have_one_spelling(text: str) -> None:
    try:
        data = from_b64url(text)
    except ValueError:
        return
    assert b64url(data) == text


def test_a_ticket_dies_in_the_second_it_names() -> None:
    signed = sign(TICKET, RING)
    assert verify(signed, EdgeTicket, RING.keys, now=NOON + seconds(59.9))
    with pytest.raises(TicketRefused, match="Press play again"):
        verify(signed, EdgeTicket, RING.keys, now=NOON + seconds(60))


def test_a_key_that_left_the_ring_opens_nothing() -> None:
    signed = sign(replace(TICKET, kid="old"), RING)
    with pytest.raises(TicketRefused) as refused:
        verify(signed, EdgeTicket, {"new": RING.keys["new"]}, now=NOON)
    assert refused.value.reason == "unknown key"


def test_one_kind_of_ticket_never_passes_for_another() -> None:
    token = PlayToken("new", "s", "a", "p", "t", "r", TICKET.exp)
    with pytest.raises(TicketRefused):
        verify(sign(token, RING), EdgeTicket, RING.keys, now=NOON)


def test_a_ring_refuses_short_keys_and_a_current_key_it_lacks() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing("a", {"a": b"short"})
    with pytest.raises(ValueError, match="not in the ring"):
        KeyRing("b", {"a": b"a" * 32})
