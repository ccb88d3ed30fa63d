"""BGP's bytes: what they say, what is said back about bad ones, and how a session goes on with them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.routes.messages import (
    OPEN,
    UPDATE,
    Keepalive,
    Kind,
    Notification,
    Open,
    ProtocolBroken,
    decode_notification,
    decode_open,
    described,
    encode,
    messages,
)
from matinee.engines.routes.port import BgpSettings, Neighbor, PeerDown, PeerUp
from matinee.engines.routes.session import Session
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import seconds
from tests import bgp

US, ISP = 40027, 64512


def refused(open_body: bytes) -> tuple[int, int]:
    with pytest.raises(ProtocolBroken) as caught:
        decode_open(open_body)
    return caught.value.notification.code, caught.value.notification.subcode


def split(data: bytes) -> list[tuple[Kind, bytes]]:
    return list(messages(bytearray(data)))


# ---- frames


def test_a_keepalive_is_nineteen_bytes() -> None:
    assert encode(Keepalive()) == bytes.fromhex("ff" * 16 + "0013" + "04")


def test_our_open_says_version_system_hold_time_identifier_and_what_we_can() -> None:
    said = encode(Open(4_200_000_000, 9, 0x0A000001, bgp.BOTH, as4=True))
    capabilities = "0104 0001 00 01" + "0104 0002 00 01" + "4104 fa56ea00"
    expected = "ff" * 16 + "0031 01" + "04 5ba0 0009 0a000001" + "14" + "02 12" + capabilities
    assert said == bytes.fromhex(expected.replace(" ", ""))


def test_messages_are_taken_out_of_the_stream_as_they_complete() -> None:
    said = encode(Keepalive()) + encode(Notification(6, 2, b"bye")) + encode(Keepalive())
    buffer, heard = bytearray(), []
    for byte in said:
        buffer.append(byte)
        heard += list(messages(buffer))
    assert heard == [(4, b""), (3, b"\x06\x02bye"), (4, b"")]
    assert not buffer


@pytest.mark.parametrize(
    ("head", "subcode", "data"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1, b""),
        (b"\xff" * 15 + b"\xfe" + b"\x00\x13\x04", 1, b""),
        (b"\xff" * 16 + b"\x00\x12\x04", 2, b"\x00\x12"),
        (b"\xff" * 16 + b"\x00\x14\x04\x00", 2, b"\x00\x14"),
        (b"\xff" * 16 + b"\x10\x01\x02", 2, b"\x10\x01"),
        (b"\xff" * 16 + b"\x00\x1c\x01", 2, b"\x00\x1c"),
        (b"\xff" * 16 + b"\x00\x13\x05", 3, b"\x05"),
    ],
)
def test_a_head_that_cannot_be_is_answered_by_what_is_wrong_with_it(head: bytes, subcode: int, data: bytes) -> None:
    with pytest.raises(ProtocolBroken) as caught:
        split(head)
    assert caught.value.notification == Notification(1, subcode, data)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=5000))
def test_a_notification_comes_back_as_it_was_as_far_as_a_message_reaches(code: int, subcode: int, data: bytes) -> None:
    said = encode(Notification(code, subcode, data))
    assert len(said) <= 4096
    assert decode_notification(split(said)[0][1]) == Notification(code, subcode, data[: 4096 - 21])


def test_a_notification_is_told_in_words_with_what_a_person_wrote_and_no_control_characters() -> None:
    assert described(Notification(6, 2, b"\x08see\x1b[1mU")) == "administrative shutdown: “see[1mU”"
    assert described(Notification(6, 2, b"\x09short")) == "administrative shutdown"
    assert described(Notification(4, 0)) == "hold timer expired"
    assert described(Notification(77, 3)) == "code 77, subcode 3"


# ---- OPEN

opens = st.builds(
    Open,
    asn=st.integers(1, 0xFFFF_FFFF),
    hold_seconds=st.just(0) | st.integers(3, 0xFFFF),
    router_id=st.integers(1, 0xFFFF_FFFF),
    families=st.frozensets(st.sampled_from(("ipv4", "ipv6")), min_size=1),
    as4=st.just(True),
)


@given(opens)
def test_an_open_is_read_as_it_was_written(opened: Open) -> None:
    assert decode_open(split(encode(opened))[0][1]) == opened


def raw_open(
    *, version: int = 4, asn: int = ISP, hold: int = 9, router_id: int = 1, parameters: bytes = b"", count: int = -1
) -> bytes:
    length = len(parameters) if count < 0 else count
    return struct.pack("!BHHIB", version, asn, hold, router_id, length) + parameters


def test_who_says_nothing_of_families_or_four_bytes_speaks_as_bgp_began() -> None:
    assert decode_open(raw_open()) == Open(ISP, 9, 1, frozenset({"ipv4"}), as4=False)


def test_capabilities_may_come_in_one_parameter_or_in_several_and_unknown_ones_are_passed_over() -> None:
    ipv6, as4, refresh = b"\x01\x04\x00\x02\x00\x01", b"\x41\x04\x00\x01\x00\x01", b"\x02\x00"
    one = raw_open(parameters=b"\x02\x0e" + ipv6 + as4 + refresh)
    several = raw_open(parameters=b"\x02\x06" + ipv6 + b"\x02\x02" + refresh + b"\x02\x06" + as4)
    assert decode_open(one) == decode_open(several) == Open(65537, 9, 1, frozenset({"ipv6"}), as4=True)


def test_parameters_of_more_than_255_bytes_are_read() -> None:
    long = (
        b"\x02"
        + struct.pack("!H", 300 + 6)
        + b"\x41\x04\x00\x01\x00\x01"
        + b"\xc8\x94"
        + bytes(148)
        + b"\xc8\x94"
        + bytes(148)
    )
    parameters = b"\xff" + struct.pack("!H", len(long)) + long
    assert decode_open(raw_open(parameters=parameters, count=255)).asn == 65537


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (raw_open(version=3), (2, 1)),
        (raw_open(asn=0), (2, 2)),
        (raw_open(parameters=b"\x02\x06\x41\x04\x00\x00\x00\x00"), (2, 2)),
        (raw_open(router_id=0), (2, 3)),
        (raw_open(parameters=b"\x01\x00"), (2, 4)),
        (raw_open(hold=1), (2, 6)),
        (raw_open(hold=2), (2, 6)),
        (raw_open(parameters=b"\x02\x06\x41"), (2, 0)),
        (raw_open(parameters=b"\x02\x02\x41\x04"), (2, 0)),
        (raw_open(parameters=b"\x02"), (2, 0)),
        (raw_open(parameters=b"\x02\x00", count=9), (2, 0)),
        (raw_open(parameters=b"\xff\x00", count=255), (2, 0)),
    ],
)
def test_an_open_that_cannot_be_is_answered_by_what_is_wrong_with_it(body: bytes, told: tuple[int, int]) -> None:
    assert refused(body) == told


# ---- properties


OPENS = (
    raw_open(),
    raw_open(parameters=b"\x02\x0c\x01\x04\x00\x02\x00\x01\x41\x04\x00\x01\x00\x01"),
)


@given(bgp.damaged(*OPENS) | st.binary(min_size=10, max_size=200))
def test_no_open_does_anything_worse_than_end_its_session(body: bytes) -> None:
    def look() -> None:
        opened = decode_open(body)
        assert opened.asn
        assert opened.router_id

    assert bgp.told_about(look) in (None, 2)


@given(st.lists(st.binary(max_size=60) | st.just(encode(Keepalive())), max_size=6))
def test_no_stream_does_anything_worse_than_end_its_session(pieces: list[bytes]) -> None:
    buffer = bytearray()

    def look() -> None:
        for piece in pieces:
            buffer.extend(piece)
            for kind, body in messages(buffer):
                assert kind in (OPEN, UPDATE, 3, 4)
                assert len(body) <= 4077

    assert bgp.told_about(look) in (None, 1)


@given(
    st.lists(bgp.damaged(*bgp.UPDATES).map(lambda body: bgp.framed(UPDATE, body)) | st.binary(max_size=40), max_size=5)
)
def test_whatever_a_peer_says_its_session_goes_on_or_ends_once_and_every_word_is_answered_in_words(
    pieces: list[bytes],
) -> None:
    session = Session(BgpSettings(US, "10.0.0.9", ()), Neighbor("192.0.2.1"), now=0.0, gives_way=lambda _: False)
    events = session.receive(encode(bgp.greeting(ISP)) + encode(Keepalive()), 1.0).events
    for number, piece in enumerate(pieces):
        turn = session.receive(piece, 2.0 + number)
        split(bytes(turn.say))
        events += turn.events
    assert isinstance(events[0], PeerUp)
    assert [event for event in events if isinstance(event, PeerDown)] == (
        [PeerDown("192.0.2.1", session.reason)] if session.is_over else []
    )
    assert isinstance(events[-1], PeerDown) == session.is_over


def test_keepalives_are_due_every_third_of_the_hold_time_and_silence_ends_all() -> None:
    session = Session(BgpSettings(US, "10.0.0.9", ()), Neighbor("192.0.2.1"), now=0.0, gives_way=lambda _: False)
    assert session.wakes_at == 9.0
    session.receive(encode(bgp.greeting(ISP, hold_seconds=6)) + encode(Keepalive()), 1.0)
    assert session.wakes_at == 3.0
    assert session.wake(2.9).say == b""
    assert session.wake(3.0).say == encode(Keepalive())
    assert session.wakes_at == 5.0
    assert session.wake(5.0).say == encode(Keepalive())
    ended = session.wake(7.0)
    assert ended.say == encode(Notification(4, 0))
    assert ended.events == [PeerDown("192.0.2.1", "Nothing was heard of it for 6 s.")]
    assert session.wake(99.0).say == b""


# ---- settings


@pytest.mark.parametrize("span", [0, 1, 2, 3.5, 65536])
def test_a_hold_time_that_bgp_does_not_know_is_refused_when_it_is_set(span: float) -> None:
    with pytest.raises(InvalidInput):
        BgpSettings(US, "10.0.0.1", (), hold_time=seconds(span))


def test_who_awaits_a_neighbor_has_to_listen() -> None:
    with pytest.raises(InvalidInput):
        BgpSettings(US, "10.0.0.1", (Neighbor("192.0.2.1"),), listen_port=None)
    assert BgpSettings(US, "10.0.0.1", (Neighbor("192.0.2.1", connects=True),), listen_port=None)


@pytest.mark.parametrize("asn", [0, -1, 0xFFFF_FFFF])
def test_a_system_has_a_number_that_there_is(asn: int) -> None:
    with pytest.raises(InvalidInput):
        BgpSettings(asn, "10.0.0.1", ())
