"""Longest match, against the plainest way to look for it."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.model.addresses import Address, parse_address, parse_prefix
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.kernel.errors import InvalidInput

NEAR, FAR = Route("near", 1, 0), Route("far", 3, 10)
WAYS = st.builds(Route, st.sampled_from(["a", "b", "c"]), st.integers(1, 2), st.sampled_from([0, 100]))
NETWORKS: st.SearchStrategy[IPv4Network | IPv6Network] = st.one_of(
    st.builds(
        lambda start, length: ip_network((start << 24, length), strict=False), st.integers(0, 3), st.integers(4, 12)
    ),
    st.builds(
        lambda start, length: ip_network((start << 125, length), strict=False), st.integers(0, 3), st.integers(1, 9)
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("announce"), NETWORKS, WAYS),
        st.tuples(st.just("withdraw"), NETWORKS, st.sampled_from(["a", "b", "c"])),
        st.tuples(st.just("flush"), st.none(), st.sampled_from(["a", "b", "c"])),
    ),
    max_size=60,
)


def matches(table: RouteTable, address: str) -> list[tuple[int, tuple[Route, ...]]]:
    return list(table.matches(parse_address(address)))


def test_the_longest_prefix_comes_first_and_shorter_ones_after_it() -> None:
    table = RouteTable()
    table.announce(parse_prefix("203.0.112.0/20"), FAR)
    table.announce(parse_prefix("203.0.113.0/24"), NEAR)
    assert matches(table, "203.0.113.9") == [(24, (NEAR,)), (20, (FAR,))]
    assert matches(table, "203.0.114.9") == [(20, (FAR,))]
    assert matches(table, "198.51.100.1") == []
    assert matches(table, "2001:db8::1") == []


def test_what_one_announced_goes_with_it_and_the_others_stay() -> None:
    table = RouteTable()
    for prefix in ("0.0.0.0/0", "203.0.113.0/24", "2001:db8::/32"):
        table.announce(parse_prefix(prefix), NEAR)
        table.announce(parse_prefix(prefix), FAR)
    table.flush("near")
    assert matches(table, "203.0.113.9") == [(24, (FAR,)), (0, (FAR,))]
    table.announce(parse_prefix("203.0.113.0/24"), NEAR)
    assert matches(table, "203.0.113.9") == [(24, (FAR, NEAR)), (0, (FAR,))]
    assert matches(table, "2001:db8::1") == [(32, (FAR,))]
    table.flush("far")
    table.flush("near")
    assert len(table) == 0
    assert list(table.prefixes()) == []


@given(STEPS, st.lists(st.integers(0, 2**32 - 1), max_size=5), st.lists(st.integers(0, 2**128 - 1), max_size=5))
def test_it_finds_what_a_look_at_every_prefix_finds(
    steps: list[tuple[str, IPv4Network | IPv6Network | None, Route | str]], fours: list[int], sixes: list[int]
) -> None:
    table, plain = RouteTable(), dict[IPv4Network | IPv6Network, dict[str, Route]]()
    for _, network, way in steps:
        if isinstance(way, Route) and network is not None:
            table.announce(parse_prefix(str(network)), way)
            plain.setdefault(network, {})[way.source] = way
        elif isinstance(way, str) and network is not None:
            table.withdraw(parse_prefix(str(network)), way)
            plain.get(network, {}).pop(way, None)
        elif isinstance(way, str):
            table.flush(way)
            for known in plain.values():
                known.pop(way, None)
        alive = {str(network): set(ways.values()) for network, ways in plain.items() if ways}
        assert {str(prefix): set(ways) for prefix, ways in table.prefixes()} == alive
        assert len(table) == len(alive)
    for bits, numbers in ((32, [*fours, 0, 1 << 24]), (128, [*sixes, 0, 1 << 125])):
        for number in numbers:
            address = ip_address(number if bits == 32 else number.to_bytes(16))
            holding = [n for n, ways in plain.items() if ways and n.version == address.version and address in n]
            expected = [(n.prefixlen, set(plain[n].values())) for n in sorted(holding, key=lambda n: -n.prefixlen)]
            found = [(length, set(ways)) for length, ways in table.matches(Address(bits, number))]
            assert found == expected


@given(st.ip_addresses())
def test_addresses_are_read_as_they_are_written(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]  # Hypothesis gives both kinds
    found = parse_address(str(address))
    assert found.number == number & (2**found.bits - 1)
    assert parse_prefix(f"{address}/{32 if ':' not in str(address) else 128}").network == number


def test_an_ipv4_address_within_ipv6_is_itself() -> None:
    assert parse_address("::ffff:203.0.113.9") == parse_address("203.0.113.9")
    assert parse_address("fe80::1%eth0").bits == 128


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "a.b.c.d",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/8",
        "::1/0",
        "::/129",
        "1.2.3.4/٣",
    ],
)
def test_what_is_no_prefix_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_prefix(text)
    with pytest.raises(InvalidInput):
        parse_address(text)
