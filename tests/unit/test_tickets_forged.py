"""Whatever is done to a ticket, the gate of the embedded server opens what was signed and nothing else."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.media_server.gate import Admitted, Gate, NoSuchPath
from matinee.kernel.quantities import hours, seconds
from matinee.wire.clients import network_of, spelled
from matinee.wire.encoding import b64url, from_b64url
from matinee.wire.releases import FILL_TIER
from matinee.wire.tickets import EdgeTicket, KeyRing, TicketRefused, sign
from tests.builders import NOON
from tests.contract.hand_clock import HandClock

RING = KeyRing("new", {"new": b"n" * 32, "old": b"o" * 32})
_ENDS = int((NOON + hours(1)).timestamp())
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

words = st.text(_LETTERS, min_size=1, max_size=12).filter(lambda text: text[0].isalnum())
releases = st.sampled_from(["release-1", "release-2", "Release-1", "release-10"])
tiers = st.sampled_from(["clear", "audio", "sd", "hd", "uhd", FILL_TIER])
tickets = st.builds(
    EdgeTicket,
    kid=st.sampled_from(["new", "old"]),
    release=releases,
    tiers=st.lists(tiers, max_size=4).map(tuple),
    exp=st.integers(_ENDS - 7200, _ENDS + 7200),
    session=words,
    country=st.none() | st.sampled_from(["DE", "JP"]),
    client=st.none() | st.sampled_from(["4:c63364", "6:20010db80001", "4:"]),
)
addresses = st.sampled_from(["198.51.100.7", "198.51.101.7", "::ffff:198.51.100.7", "2001:db8:1::9", "", "no address"])


def gate() -> Gate:
    clock = HandClock()
    clock.advance(NOON - clock.now())
    return Gate(clock, RING.keys)


@given(tickets, releases, tiers, addresses, st.booleans())
def test_a_ticket_opens_its_release_its_tiers_for_its_client_until_its_end(
    ticket: EdgeTicket, release: str, tier: str, address: str, is_revoked: bool
) -> None:
    door = gate()
    if is_revoked:
        door.revoke({ticket.session: _ENDS + 7200})
    should = (
        ticket.release == release
        and (tier in ticket.tiers or FILL_TIER in ticket.tiers)
        and ticket.exp > NOON.timestamp()
        and (ticket.client is None or spelled(address).startswith(ticket.client))
        and not is_revoked
    )
    # Shown twice: what is remembered of the first time must not open more.
    for _ in range(2):
        try:
            admitted = door.admit(f"/v1/{sign(ticket, RING)}/{release}/{tier}/v1/1.m4s", lambda: address)
        except TicketRefused:
            assert not should
        else:
            assert should
            assert admitted == Admitted((release, tier, "v1", "1.m4s"), ticket.session)


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, str]:
    """A genuine ticket, and what became of it."""
    ticket = draw(tickets.filter(lambda each: each.exp > NOON.timestamp()))
    good = sign(replace(ticket, release="release-1", tiers=("hd",), client=None), RING)
    body, mac = good.split(".")
    at = draw(st.integers(0, len(good) - 1))
    other = sign(replace(ticket, release="release-2", tiers=("hd", "uhd"), client=None), RING).split(".")
    text = draw(
        st.sampled_from(
            [
                good[:at],
                good[at:],
                good[:at] + good[at + 1 :],
                good[:at] + good[at] + good[at:],
                good[:at] + draw(st.sampled_from(_LETTERS + ".=+/% é\u202e\x00\n")) + good[at + 1 :],
                f"{body}.{other[1]}",
                f"{other[0]}.{mac}",
                f"{mac}.{body}",
                f"{good}.{mac}",
                f"{body}.{mac}=",
                f"{body}={mac}",
                body + "A" * 1024 + "." + mac,
                f"{b64url(from_b64url(body) + b' ')}.{mac}",
                f"{b64url(from_b64url(body).replace(b'release-1', b'release-2'))}.{mac}",
                good.swapcase(),
                good[::-1],
            ]
        )
    )
    return good, text


@given(spoiled(), st.sampled_from(["release-1", "release-2"]), st.sampled_from(["hd", "uhd", "audio"]))
def test_a_ticket_that_was_changed_anywhere_opens_nothing(shown: tuple[str, str], release: str, tier: str) -> None:
    good, text = shown
    door = gate()
    door.admit(f"/v1/{good}/release-1/hd/v1/1.m4s")
    if text == good:
        return
    with pytest.raises((TicketRefused, NoSuchPath)):
        door.admit(f"/v1/{text}/{release}/{tier}/v1/1.m4s")


@given(st.text(max_size=300) | st.text(_LETTERS + "./", max_size=300))
def test_no_path_makes_the_gate_do_anything_but_refuse(path: str) -> None:
    for asked in (path, f"/v1/{path}", f"/v1/{path}/release-1/hd/v1/1.m4s"):
        with pytest.raises((TicketRefused, NoSuchPath)):
            gate().admit(asked)


def test_a_revoked_session_is_refused_though_its_ticket_was_seen_to_be_good() -> None:
    door = gate()
    path = f"/v1/{sign(EdgeTicket('new', 'release-1', ('hd',), _ENDS, 'mine'), RING)}/release-1/hd/v1/1.m4s"
    assert door.admit(path)
    door.revoke({"mine": _ENDS})
    with pytest.raises(TicketRefused) as refused:
        door.admit(path)
    assert refused.value.reason == "revoked"


def test_the_gate_forgets_revocations_that_are_over() -> None:
    clock = HandClock()
    door = Gate(clock, RING.keys)
    now = int(clock.now().timestamp())
    ticket = EdgeTicket("new", "release-1", ("hd",), now + 1000, "mine")
    door.revoke({"mine": now + 10})
    clock.advance(seconds(11))
    door.revoke({"another": now + 1000})
    assert door.admit(f"/v1/{sign(ticket, RING)}/release-1/hd/v1/1.m4s")


@given(st.ip_addresses(v=4))
def test_an_address_is_spelled_alike_in_whichever_family_it_comes(address: IPv4Address) -> None:
    assert spelled(str(address)) == spelled(f"::ffff:{address}") == f"4:{address.packed.hex()}"
    assert spelled(str(address)).startswith(network_of(str(address)) or "?")


@given(st.ip_addresses(v=6))
def test_every_way_to_write_an_address_is_spelled_alike(address: IPv6Address) -> None:
    ways = {str(address), address.exploded, address.exploded.upper(), f"{address}%eth0"}
    assert len({spelled(way) for way in ways}) == 1
    assert len({network_of(way) for way in ways}) == 1


@given(st.text(max_size=40))
def test_what_is_no_address_has_no_network(text: str) -> None:
    if not spelled(text):
        assert network_of(text) is None
