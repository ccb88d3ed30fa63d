"""What an operator may choose: a wrong value is named before anything starts."""

from pathlib import Path

import pytest

from matinee.app.companions import companions
from matinee.app.settings import read_settings
from matinee.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("flag", "value", "says"),
    [
        ("port", "99999", "from 0 to 65535"),
        ("edge_port", "70000", "from 1 to 65535"),
        ("origin_port", "-1", "from 1 to 65535"),
        ("workers", "0", "from 1 to"),
        ("workers", "two", "a whole number"),
        ("log_level", "loud", "one of debug, info, warning, error"),
        ("tickets_name", "country,shoes", "some of client, country"),
        ("outside_cdns", "https://cdn.example", "name=https://host/path"),
        ("outside_cdns", "a=https://one.example,a=https://two.example", "each name once"),
        ("outside_cdns", "a=https://one.example/?key=1", "name=https://host/path"),
    ],
)
@pytest.mark.parametrize("by", ["flag", "variable"])
def test_a_value_out_of_its_range_is_named_with_the_range(flag: str, value: str, says: str, by: str) -> None:
    given = ({flag: value}, {}) if by == "flag" else ({}, {f"MATINEE_{flag.upper()}": value})
    with pytest.raises(InvalidInput, match=f"{flag} cannot be .*{says}"):
        read_settings({"data": "x", **given[0]}, given[1])


def test_values_within_their_ranges_are_taken() -> None:
    settings = read_settings({"data": "x", "port": 0, "workers": "3"}, {"MATINEE_LOG_LEVEL": "debug"})
    assert (settings.port, settings.workers, settings.log_level) == (0, 3, "debug")


def test_companions_behind_a_public_name_are_told_the_address_inside() -> None:
    settings = read_settings({"data": str(Path("x")), "host": "0.0.0.0", "public_host": "film.example"}, {})
    for companion in companions(settings):
        assert "film.example:8400=127.0.0.1" in companion.arguments
        assert "film.example:8402=127.0.0.1" in companion.arguments
    plain = read_settings({"data": "x", "host": "192.0.2.7"}, {})
    assert all("--inside" not in c.arguments for c in companions(plain))


def test_outside_cdns_are_named_with_their_pathways() -> None:
    settings = read_settings({"data": "x"}, {"MATINEE_OUTSIDE_CDNS": "big=https://cdn.example/films/, small=http://s"})
    assert settings.outside_cdns == {"big": "https://cdn.example/films", "small": "http://s"}
