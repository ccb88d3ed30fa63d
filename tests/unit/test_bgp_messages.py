"""BGP's bytes: what they say, what is said back about bad ones, and that none of them does anything worse."""

import struct
from collections.abc import Callable
from ipaddress import IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.routes.attributes import Perspective
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
from matinee.engines.routes.port import Attributes, BgpSettings, Neighbor, PeerDown, PeerUp
from matinee.engines.routes.prefixes import ipv4_prefixes, ipv6_prefixes
from matinee.engines.routes.session import Session
from matinee.engines.routes.updates import Update, UpdateReader
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import seconds
from tests import bgp

US, ISP = 40027, 64512
VIA = Attributes((ISP, 64999), 200, "igp", "192.0.2.1", ("64512:100",))
VIA6 = Attributes((ISP,), None, "incomplete", "2001:db8::1", ("4200000000:1:2",))


def reader(*, as4: bool = True, internal: bool = False, only: str = "") -> UpdateReader:
    families = frozenset(family for family in bgp.BOTH if only in ("", family))
    return UpdateReader(Perspective(US, as4, internal), families)


def read(body: bytes, *, as4: bool = True, internal: bool = False) -> Update:
    return reader(as4=as4, internal=internal).read(body)


def broken(body: bytes) -> tuple[int, int]:
    """What a peer is told about such an UPDATE."""
    with pytest.raises(ProtocolBroken) as caught:
        read(body)
    return caught.value.notification.code, caught.value.notification.subcode


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


# ---- UPDATE: what it says


def test_an_announcement_byte_by_byte() -> None:
    origin, as_path = "40 01 01 00", "50 02 000a 02 02 0000fc00 0000fde7"
    next_hop, med, communities = "40 03 04 c0000201", "80 04 04 000000c8", "c0 08 04 fc000064"
    attributes = bytes.fromhex((origin + as_path + next_hop + med + communities).replace(" ", ""))
    routes = bytes.fromhex("18 c63364" + "00" + "13 0a00ff" + "20 c0000207")
    update = read(b"\0\0" + struct.pack("!H", len(attributes)) + attributes + routes)
    assert update.announced == [(("198.51.100.0/24", "0.0.0.0/0", "10.0.224.0/19", "192.0.2.7/32"), VIA)]
    assert update.withdrawn == []


def test_a_withdrawal_and_an_announcement_in_one_message() -> None:
    update = read(bgp.body(withdrawn=bgp.nlri(["192.0.2.0/25"]), attributes=bgp.about(VIA), prefixes=b"\x08\x0a"))
    assert update.withdrawn == [("192.0.2.0/25",)]
    assert update.announced == [(("10.0.0.0/8",), VIA)]


def test_ipv6_comes_and_goes_by_its_own_attributes() -> None:
    assert read(bgp.announcement(["2001:db8::/32", "::/0"], VIA6)).announced == [(("2001:db8::/32", "::/0"), VIA6)]
    assert read(bgp.withdrawal(["2001:db8::/32"])).withdrawn == [("2001:db8::/32",)]


def test_of_a_global_and_a_link_local_next_hop_the_global_one_is_told() -> None:
    hops = IPv6Address("2001:db8::1").packed + IPv6Address("fe80::1").packed
    body = bgp.body(attributes=bgp.reach(["2001:db8::/32"], hops) + bgp.about(VIA6, with_next_hop=False))
    assert read(body).announced == [(("2001:db8::/32",), VIA6)]


def test_ipv4_may_come_in_the_newer_form_too() -> None:
    said = bgp.reach(["10.0.0.0/8"], b"\xc0\x00\x02\x01", afi=1) + bgp.about(VIA, with_next_hop=False)
    assert read(bgp.body(attributes=said)).announced == [(("10.0.0.0/8",), VIA)]
    assert read(bgp.body(attributes=bgp.unreach(["10.0.0.0/8"], afi=1))).withdrawn == [("10.0.0.0/8",)]


def test_the_end_of_each_table_is_understood() -> None:
    assert read(bgp.END_IPV4).ended == ["ipv4"]
    assert read(bgp.END_IPV6).ended == ["ipv6"]


def test_a_family_that_was_not_agreed_is_passed_over() -> None:
    heard = reader(only="ipv4").read(bgp.announcement(["2001:db8::/32"], VIA6))
    assert (heard.announced, heard.withdrawn, heard.fault) == ([], [], "")
    multicast = bgp.attribute(0x80, 15, b"\x00\x01\x02")
    assert read(bgp.body(attributes=multicast)).ended == []


def test_a_path_through_us_is_no_path_and_no_fault() -> None:
    update = read(bgp.announcement(["10.0.0.0/8"], Attributes((ISP, US, 1), None, "igp", "192.0.2.1")))
    assert (update.announced, update.withdrawn, update.fault) == ([], [("10.0.0.0/8",)], "")


def test_a_set_of_systems_counts_once() -> None:
    as_path = bgp.attribute(0x40, 2, bgp.path([ISP, 7]) + b"\x01\x03" + struct.pack("!III", 30, 10, 20))
    said = bgp.attribute(0x40, 1, b"\0") + as_path + bgp.attribute(0x40, 3, b"\x01\x02\x03\x04")
    [(_, attributes)] = read(bgp.body(attributes=said, prefixes=b"\0")).announced
    assert attributes.as_path == (ISP, 7, 10)


def test_a_peer_of_two_bytes_passes_on_the_numbers_that_it_cannot_say() -> None:
    told = Attributes((ISP, 4_200_000_000, 65537), None, "igp", "192.0.2.1")
    assert read(bgp.announcement(["10.0.0.0/8"], told, as4=False), as4=False).announced == [(("10.0.0.0/8",), told)]


def two_byte_routes(*, four: bytes, aggregator: bytes = b"") -> tuple[int, ...]:
    said = bgp.attribute(0x40, 1, b"\0") + bgp.attribute(0x40, 2, bgp.path([ISP, 1, 23456], width=2))
    said += bgp.attribute(0x40, 3, b"\x01\x02\x03\x04") + bgp.attribute(0xC0, 17, four)
    if aggregator:
        said += bgp.attribute(0xC0, 7, aggregator)
    [(_, attributes)] = read(bgp.body(attributes=said, prefixes=b"\0"), as4=False).announced
    return attributes.as_path


def test_the_path_beside_the_path_counts_where_it_can_be_its_end() -> None:
    assert two_byte_routes(four=bgp.path([65537])) == (ISP, 1, 65537)
    assert two_byte_routes(four=bgp.path([9, 9, 9, 9])) == (ISP, 1, 23456)
    assert two_byte_routes(four=b"\x02\x09\x00") == (ISP, 1, 23456)
    assert two_byte_routes(four=bgp.path([65537]), aggregator=b"\x00\x05" + bytes(4)) == (ISP, 1, 23456)
    assert two_byte_routes(four=bgp.path([65537]), aggregator=b"\x5b\xa0" + bytes(4)) == (ISP, 1, 65537)


def test_an_unknown_optional_attribute_and_what_is_for_inside_only_change_nothing() -> None:
    more = bgp.attribute(0xC0, 99, b"whatever") + bgp.attribute(0x40, 5, b"odd") + bgp.attribute(0x80, 10, b"odd")
    body = bgp.body(attributes=bgp.about(VIA) + more, prefixes=b"\0")
    assert read(body).announced == [(("0.0.0.0/0",), VIA)]
    assert read(body, internal=True).withdrawn == [("0.0.0.0/0",)]


def test_of_an_attribute_that_comes_twice_the_first_counts() -> None:
    body = bgp.body(attributes=bgp.about(VIA) + bgp.attribute(0x80, 4, b"\0\0\0\1"), prefixes=b"\0")
    assert read(body).announced == [(("0.0.0.0/0",), VIA)]


# ---- UPDATE: what is done about bad ones (RFC 7606)

ORIGIN, PATH, HOP = (
    bgp.attribute(0x40, 1, b"\0"),
    bgp.attribute(0x40, 2, bgp.path([ISP])),
    bgp.attribute(0x40, 3, b"\x01\x02\x03\x04"),
)
GOOD = ORIGIN + PATH + HOP


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(PATH + HOP, id="no origin"),
        pytest.param(ORIGIN + HOP, id="no path"),
        pytest.param(ORIGIN + PATH, id="no next hop"),
        pytest.param(bgp.attribute(0x40, 1, b"\x03") + PATH + HOP, id="an origin there is not"),
        pytest.param(bgp.attribute(0x40, 1, b"\0\0") + PATH + HOP, id="two origins"),
        pytest.param(bgp.attribute(0xC0, 1, b"\0") + PATH + HOP, id="an optional origin"),
        pytest.param(ORIGIN + PATH + bgp.attribute(0x40, 3, b"\1\2\3"), id="a short next hop"),
        pytest.param(ORIGIN + HOP + bgp.attribute(0x40, 2, b"\x02\x02\0\0\0\1"), id="a short path"),
        pytest.param(ORIGIN + HOP + bgp.attribute(0x40, 2, b"\x02"), id="half a segment's head"),
        pytest.param(ORIGIN + HOP + bgp.attribute(0x40, 2, b"\x02\x00"), id="an empty segment"),
        pytest.param(ORIGIN + HOP + bgp.attribute(0x40, 2, b"\x03\x01\0\0\0\1"), id="a confederation's segment"),
        pytest.param(ORIGIN + HOP + bgp.attribute(0x40, 2, bgp.path([ISP, 0])), id="nobody's number in the path"),
        pytest.param(GOOD + bgp.attribute(0x80, 4, b"\1\2\3"), id="a short MED"),
        pytest.param(GOOD + bgp.attribute(0xC0, 8, b"\1\2\3"), id="a short community"),
        pytest.param(GOOD + bgp.attribute(0xC0, 8, b""), id="no community in the list"),
        pytest.param(GOOD + bgp.attribute(0xC0, 16, b"\1\2\3\4"), id="a short extended community"),
        pytest.param(GOOD + bgp.attribute(0xC0, 32, b"\1\2\3\4"), id="a short large community"),
        pytest.param(GOOD + b"\x40", id="one byte of an attribute"),
        pytest.param(GOOD + b"\x50\x05\x00", id="a head that ends early"),
        pytest.param(GOOD + b"\x80\x04\x05\x00", id="an attribute longer than the list"),
    ],
)
def test_routes_with_bad_attributes_count_as_withdrawn_and_the_session_stays(attributes: bytes) -> None:
    update = read(bgp.body(attributes=attributes, prefixes=bgp.nlri(["10.0.0.0/8"])))
    assert update.announced == []
    assert update.withdrawn == [("10.0.0.0/8",)]
    assert update.fault


def test_the_newer_form_with_wrong_flags_counts_as_withdrawn() -> None:
    wrong = bytes((0xC0,)) + bgp.reach(["2001:db8::/32"], bytes(16))[1:]
    assert read(bgp.body(attributes=GOOD + wrong)).withdrawn == [("2001:db8::/32",)]


MP_ROUTE = bgp.reach(["2001:db8::/32"], bytes(16))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"\x00\x05\x00\x00", (3, 1), id="withdrawn beyond the message"),
        pytest.param(b"\x00\x00\x00\x05", (3, 1), id="attributes beyond the message"),
        pytest.param(bgp.body(withdrawn=b"\x21\1\2\3\4\5"), (3, 10), id="33 bits of IPv4 withdrawn"),
        pytest.param(bgp.body(attributes=GOOD, prefixes=b"\x21\1\2\3\4\5"), (3, 10), id="33 bits of IPv4"),
        pytest.param(bgp.body(attributes=GOOD, prefixes=b"\xff"), (3, 10), id="255 bits of IPv4"),
        pytest.param(bgp.body(attributes=GOOD, prefixes=b"\x18\x0a\x00"), (3, 10), id="a prefix cut short"),
        pytest.param(bgp.body(attributes=GOOD + MP_ROUTE + MP_ROUTE), (3, 1), id="the newer form twice"),
        pytest.param(bgp.body(attributes=GOOD + MP_ROUTE[:-1]), (3, 1), id="the newer form cut short"),
        pytest.param(bgp.body(attributes=GOOD + bgp.attribute(0x80, 14, b"\0\2\1")), (3, 9), id="no next hop length"),
        pytest.param(bgp.body(attributes=GOOD + bgp.reach([], bytes(15))), (3, 9), id="a next hop of 15 bytes"),
        pytest.param(bgp.body(attributes=GOOD + bgp.reach([], bytes(16), afi=1)), (3, 9), id="IPv4 by way of IPv6"),
        pytest.param(bgp.body(attributes=bgp.attribute(0x80, 15, b"\0\2")), (3, 9), id="withdrawn without family"),
        pytest.param(bgp.body(attributes=bgp.attribute(0x80, 15, b"\0\2\1\x81")), (3, 9), id="129 bits of IPv6"),
        pytest.param(bgp.body(attributes=bgp.attribute(0x80, 15, b"\0\2\1\x40\1")), (3, 9), id="IPv6 cut short"),
        pytest.param(bgp.body(attributes=GOOD + b"\x40\x63\x00", prefixes=b"\0"), (3, 2), id="unknown to everybody"),
        pytest.param(bgp.body(attributes=bgp.attribute(0x40, 1, b"\x09")), (3, 1), id="bad attributes, no routes"),
        pytest.param(bgp.body(attributes=b"\x40"), (3, 1), id="half an attribute, no routes"),
    ],
)
def test_where_it_is_not_sure_which_routes_were_meant_the_session_ends(body: bytes, told: tuple[int, int]) -> None:
    assert broken(body) == told


# ---- properties

numbers = st.integers(1, 0xFFFF_FFFF).filter(lambda number: number != US)
communities = st.lists(
    st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)).map(lambda pair: f"{pair[0]}:{pair[1]}"), max_size=70
)
hops4 = st.integers(0, 0xFFFF_FFFF).map(lambda number: str(ip_network(number).network_address))


@st.composite
def networks(draw: st.DrawFn, width: int) -> str:
    length = draw(st.integers(0, width))
    number = draw(st.integers(0, (1 << width) - 1)) >> (width - length) << (width - length)
    family = ip_network(number.to_bytes(width // 8, "big"))
    return f"{family.network_address}/{length}"


attributes_v4 = st.builds(
    Attributes,
    as_path=st.lists(numbers, max_size=300).map(tuple),
    med=st.none() | st.integers(0, 0xFFFF_FFFF),
    origin=st.sampled_from(("igp", "egp", "incomplete")),
    next_hop=hops4,
    communities=communities.map(tuple),
)


@given(st.lists(networks(32), min_size=1, max_size=50), attributes_v4)
def test_what_was_announced_is_what_is_heard(prefixes: list[str], attributes: Attributes) -> None:
    assert read(bgp.announcement(prefixes, attributes)).announced == [(tuple(prefixes), attributes)]


@given(st.lists(networks(128), min_size=1, max_size=50), st.lists(numbers, max_size=20))
def test_what_was_announced_in_ipv6_is_what_is_heard(prefixes: list[str], systems: list[int]) -> None:
    attributes = Attributes(tuple(systems), 7, "egp", "2001:db8::1")
    [(heard, told)] = read(bgp.announcement(prefixes, attributes)).announced
    assert [ip_network(prefix) for prefix in heard] == [ip_network(prefix) for prefix in prefixes]
    assert told == attributes


@given(st.integers(0, 32), st.binary(min_size=4, max_size=4))
def test_bits_beyond_a_prefixs_length_mean_nothing(length: int, address: bytes) -> None:
    written = bytes((length,)) + address[: (length + 7) // 8]
    expected = ip_network((address, length), strict=False)
    assert ipv4_prefixes(written) == (str(expected),)


@given(
    st.integers(0, 128), st.binary(min_size=16, max_size=16) | st.binary(max_size=6).map(lambda b: b.rjust(16, b"\0"))
)
def test_ipv6_is_written_in_its_shortest_form_and_in_hexadecimal(length: int, address: bytes) -> None:
    [text] = ipv6_prefixes(bytes((length,)) + address[: (length + 7) // 8])
    expected = ip_network((address, length), strict=False)
    assert ip_network(text) == expected
    assert "." not in text
    if expected.network_address.ipv4_mapped is None:  # type: ignore[union-attr]  # sixteen bytes are IPv6
        assert text == str(expected)


def test_an_ipv4_address_inside_an_ipv6_one_is_not_written_with_dots() -> None:
    mapped, compatible = b"\0" * 10 + b"\xff\xff\1\2\3\4", b"\0" * 12 + b"\1\2\3\4"
    assert ipv6_prefixes(b"\x80" + mapped + b"\x80" + compatible) == ("::ffff:102:304/128", "::102:304/128")
    assert ipv6_prefixes(b"\x60" + mapped[:12]) == ("::ffff:0:0/96",)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good body with some bytes other than they were."""
    good = draw(
        st.sampled_from(
            [
                bgp.announcement(["10.0.0.0/8", "198.51.100.0/24"], VIA),
                bgp.announcement(["10.0.0.0/8"], VIA, as4=False),
                bgp.announcement(["2001:db8::/32"], VIA6),
                bgp.withdrawal(["10.0.0.0/8", "2001:db8::/32"]),
                raw_open(parameters=b"\x02\x0c\x01\x04\x00\x02\x00\x01\x41\x04\x00\x01\x00\x01"),
            ]
        )
    )
    body = bytearray(good)
    for _ in range(draw(st.integers(0, 4))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(body)))
    return bytes(body[: max(10, cut)]) + draw(st.binary(max_size=8))


def told_about(work: Callable[[], object]) -> int | None:
    """The code that the peer hears; None where there is nothing to complain about. Any other error is one of ours."""
    try:
        work()
    except ProtocolBroken as error:
        return error.notification.code
    return None


@given(damaged() | st.binary(min_size=4, max_size=200), st.booleans(), st.booleans())
def test_no_update_does_anything_worse_than_end_its_session(body: bytes, as4: bool, internal: bool) -> None:
    def look() -> None:
        for prefixes, _ in read(body, as4=as4, internal=internal).announced:
            assert all(str(ip_network(prefix)) for prefix in prefixes)

    assert told_about(look) in (None, 3)


@given(damaged() | st.binary(min_size=10, max_size=200))
def test_no_open_does_anything_worse_than_end_its_session(body: bytes) -> None:
    def look() -> None:
        opened = decode_open(body)
        assert opened.asn
        assert opened.router_id

    assert told_about(look) in (None, 2)


@given(st.lists(st.binary(max_size=60) | st.just(encode(Keepalive())), max_size=6))
def test_no_stream_does_anything_worse_than_end_its_session(pieces: list[bytes]) -> None:
    buffer = bytearray()

    def look() -> None:
        for piece in pieces:
            buffer.extend(piece)
            for kind, body in messages(buffer):
                assert kind in (OPEN, UPDATE, 3, 4)
                assert len(body) <= 4077

    assert told_about(look) in (None, 1)


@given(st.lists(damaged().map(lambda body: bgp.framed(UPDATE, body)) | st.binary(max_size=40), max_size=5))
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
