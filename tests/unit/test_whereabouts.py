"""From an address to the country whose rights count, and why that is doubted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.members.api.places import Seen, Whereabouts
from matinee.control.members.model.whereabouts import (
    SHORT_STAY,
    Located,
    Suspects,
    group_of,
    read_suspects,
    seen_now,
    whereabouts,
    with_travel,
)
from matinee.delivery.gateway.model.addresses import networks_of, viewer_address
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import days, hours, minutes
from tests.builders import NOON

LIST = """
# who asks from here is a machine
203.0.113.0/24   hosting  Racks & Sons
203.0.113.128/25 vpn      Hide Me   # a part of it
AS64500          vpn
2001:db8::/32    hosting
"""
PUBLIC = "85.214.132.117"


@pytest.mark.parametrize(
    ("located", "country", "suspicion", "says"),
    [
        (Located(PUBLIC, "FR"), "FR", "none", "another country"),
        (Located(PUBLIC, "DE"), "DE", "none", "the account's country"),
        (Located(PUBLIC, None), "DE", "none", "does not know"),
        (Located("10.0.0.7", None), "DE", "none", "private or reserved"),
        (Located("127.0.0.1", None), "DE", "none", "private or reserved"),
        (Located("100.64.0.1", None), "DE", "none", "private or reserved"),
        (Located("", None), "DE", "none", "no address"),
        (Located("203.0.113.7", "US"), "XX", "hosting", "Racks & Sons"),
        (Located("203.0.113.200", "US"), "XX", "vpn", "Hide Me"),
        (Located("2001:db8::9", "US"), "XX", "hosting", "2001:db8::/32"),
        (Located(PUBLIC, "FR", asn=64500), "XX", "vpn", "AS64500"),
        (Located(PUBLIC, "FR", is_anonymous=True, network_name="Veil"), "XX", "vpn", "Veil"),
        (Located(PUBLIC, "FR", is_hosting=True), "XX", "hosting", "the country data"),
    ],
)
def test_the_country_whose_rights_count(located: Located, country: str, suspicion: str, says: str) -> None:
    found = whereabouts(located, "DE", read_suspects(LIST))
    assert (found.country, found.suspicion) == (country, suspicion)
    assert says in found.note + found.reason
    assert bool(found.reason) == (suspicion != "none")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("203.0.113.0/24", "hosting or vpn"),
        ("203.0.113.0/24 bad", "hosting or vpn"),
        ("203.0.113.1/24 vpn", "host bits"),
        ("example.org vpn", "example.org"),
        ("AS vpn", "AS"),
    ],
)
def test_a_list_that_cannot_be_read_says_which_line(line: str, says: str) -> None:
    with pytest.raises(InvalidInput, match="Line 2") as refused:
        read_suspects(f"# first\n{line}")
    assert says in refused.value.sentence


def _abroad(country: str = "FR") -> Whereabouts:
    return whereabouts(Located(PUBLIC, country), "DE", Suspects())


def _seen(country: str, ago: timedelta, since: timedelta | None = None) -> Seen:
    return Seen(country, NOON - days(300), NOON - ago, NOON - (since or ago))


def test_more_countries_in_a_day_than_anybody_travels_through_are_told_and_refuse_nothing() -> None:
    seen = [_seen("FR", minutes(1)), _seen("JP", hours(5)), _seen("DE", hours(9))]
    found = with_travel(_abroad(), seen, frozenset(), at=NOON)
    assert (found.suspicion, found.country) == ("jumping", "FR")
    assert "3 countries within a day: DE, FR, JP" in found.reason
    calm = with_travel(_abroad(), [*seen[:2], _seen("DE", hours(25))], frozenset(), at=NOON)
    assert calm.suspicion == "none"


@pytest.mark.parametrize(
    ("there", "since", "group", "country"),
    [
        ("FR", days(3), "EU", "DE"),
        ("FR", SHORT_STAY + hours(1), "EU", "FR"),
        ("FR", days(3), "", "FR"),
        ("US", days(3), "EU", "US"),
        ("US", days(3), "US,DE", "DE"),
    ],
)
def test_home_comes_along_on_a_short_stay_where_that_is_set(
    there: str, since: timedelta, group: str, country: str
) -> None:
    ported = group_of(filter(None, group.split(",")))
    found = with_travel(_abroad(there), [_seen(there, hours(1), since)], ported, at=NOON)
    assert found.country == country
    assert found.is_ported == (country == "DE")


@given(st.lists(st.tuples(st.sampled_from(("DE", "FR", "JP")), st.integers(1, 400)), min_size=1, max_size=30))
def test_a_stay_begins_when_the_account_came_from_elsewhere(steps: list[tuple[str, int]]) -> None:
    seen: dict[str, Seen] = {}
    at, begun, before = NOON, NOON, ""
    for country, passed in steps:
        at += hours(passed)
        begun = begun if country == before else at
        seen[country] = seen_now(list(seen.values()), country, at=at)
        assert (seen[country].since, seen[country].last_at) == (begun, at)
        before = country


TRUSTED = networks_of(["10.0.0.0/8", "::1/128", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "viewer"),
    [
        ("10.0.0.1", "85.1.1.1", "85.1.1.1"),
        ("10.0.0.1", "85.1.1.1, 10.2.2.2", "85.1.1.1"),
        ("10.0.0.1", "1.2.3.4, 85.1.1.1, 10.2.2.2", "85.1.1.1"),  # what stands before was the viewer's own
        ("85.9.9.9", "1.2.3.4", "85.9.9.9"),  # not one of ours: not believed
        ("::1", "[2001:db8:7::9]:4711", "2001:db8:7::9"),
        ("10.0.0.1", "85.1.1.1:999", "85.1.1.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:85.1.1.1", "85.1.1.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", "85.1.1.1, <script>", "10.0.0.1"),
    ],
)
def test_whose_request_it_is_behind_proxies(peer: str, forwarded: str, viewer: str) -> None:
    assert viewer_address(peer, forwarded, TRUSTED) == viewer


@given(st.text(max_size=60))
def test_whatever_is_forwarded_the_answer_is_an_address(forwarded: str) -> None:
    assert viewer_address("10.0.0.1", forwarded, TRUSTED)
    assert viewer_address("85.9.9.9", forwarded, TRUSTED) == "85.9.9.9"
