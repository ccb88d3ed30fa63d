"""UPDATEs: what they say, and what bad ones cost: their routes, or the session, and never more."""

import struct
from ipaddress import IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.routes.attributes import Perspective
from matinee.engines.routes.messages import (
    ProtocolBroken,
)
from matinee.engines.routes.port import Attributes
from matinee.engines.routes.prefixes import ipv4_prefixes, ipv6_prefixes
from matinee.engines.routes.updates import Update, UpdateReader
from tests import bgp

US, ISP = 40027, 64512


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


# ---- UPDATE: what it says


def test_an_announcement_byte_by_byte() -> None:
    origin, as_path = "40 01 01 00", "50 02 000a 02 02 0000fc00 0000fde7"
    next_hop, med, communities = "40 03 04 c0000201", "80 04 04 000000c8", "c0 08 04 fc000064"
    attributes = bytes.fromhex((origin + as_path + next_hop + med + communities).replace(" ", ""))
    routes = bytes.fromhex("18 c63364" + "00" + "13 0a00ff" + "20 c0000207")
    update = read(b"\0\0" + struct.pack("!H", len(attributes)) + attributes + routes)
    assert update.announced == [(("198.51.100.0/24", "0.0.0.0/0", "10.0.224.0/19", "192.0.2.7/32"), bgp.VIA)]
    assert update.withdrawn == []


def test_a_withdrawal_and_an_announcement_in_one_message() -> None:
    update = read(bgp.body(withdrawn=bgp.nlri(["192.0.2.0/25"]), attributes=bgp.about(bgp.VIA), prefixes=b"\x08\x0a"))
    assert update.withdrawn == [("192.0.2.0/25",)]
    assert update.announced == [(("10.0.0.0/8",), bgp.VIA)]


def test_ipv6_comes_and_goes_by_its_own_attributes() -> None:
    assert read(bgp.announcement(["2001:db8::/32", "::/0"], bgp.VIA6)).announced == [
        (("2001:db8::/32", "::/0"), bgp.VIA6)
    ]
    assert read(bgp.withdrawal(["2001:db8::/32"])).withdrawn == [("2001:db8::/32",)]


def test_of_a_global_and_a_link_local_next_hop_the_global_one_is_told() -> None:
    hops = IPv6Address("2001:db8::1").packed + IPv6Address("fe80::1").packed
    body = bgp.body(attributes=bgp.reach(["2001:db8::/32"], hops) + bgp.about(bgp.VIA6, with_next_hop=False))
    assert read(body).announced == [(("2001:db8::/32",), bgp.VIA6)]


def test_ipv4_may_come_in_the_newer_form_too() -> None:
    said = bgp.reach(["10.0.0.0/8"], b"\xc0\x00\x02\x01", afi=1) + bgp.about(bgp.VIA, with_next_hop=False)
    assert read(bgp.body(attributes=said)).announced == [(("10.0.0.0/8",), bgp.VIA)]
    assert read(bgp.body(attributes=bgp.unreach(["10.0.0.0/8"], afi=1))).withdrawn == [("10.0.0.0/8",)]


def test_the_end_of_each_table_is_understood() -> None:
    assert read(bgp.END_IPV4).ended == ["ipv4"]
    assert read(bgp.END_IPV6).ended == ["ipv6"]


def test_a_family_that_was_not_agreed_is_passed_over() -> None:
    heard = reader(only="ipv4").read(bgp.announcement(["2001:db8::/32"], bgp.VIA6))
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
    body = bgp.body(attributes=bgp.about(bgp.VIA) + more, prefixes=b"\0")
    assert read(body).announced == [(("0.0.0.0/0",), bgp.VIA)]
    assert read(body, internal=True).withdrawn == [("0.0.0.0/0",)]


def test_of_an_attribute_that_comes_twice_the_first_counts() -> None:
    body = bgp.body(attributes=bgp.about(bgp.VIA) + bgp.attribute(0x80, 4, b"\0\0\0\1"), prefixes=b"\0")
    assert read(body).announced == [(("0.0.0.0/0",), bgp.VIA)]


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


@given(bgp.damaged(*bgp.UPDATES) | st.binary(min_size=4, max_size=200), st.booleans(), st.booleans())
def test_no_update_does_anything_worse_than_end_its_session(body: bytes, as4: bool, internal: bool) -> None:
    def look() -> None:
        for prefixes, _ in read(body, as4=as4, internal=internal).announced:
            assert all(str(ip_network(prefix)) for prefix in prefixes)

    assert bgp.told_about(look) in (None, 3)
