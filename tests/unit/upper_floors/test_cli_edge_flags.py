"""Where an appliance stands and whom it hears, as flags say it."""

import argparse
from datetime import time
from pathlib import Path

import pytest

from matinee.cli.bgp_flags import add_bgp, bgp_of
from matinee.cli.edge_flags import countries_of, spot_of
from matinee.cli.fill_flags import add_fill, window_of
from matinee.cli.hot_flags import add_hot, hot_of
from matinee.delivery.edge.api import FillWindow, HotDisk
from matinee.engines.routes.port import Neighbor
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import hours


def fill(*words: str) -> FillWindow | None:
    parser = argparse.ArgumentParser()
    add_fill(parser)
    return window_of(parser.parse_args(words))


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--id", default="edge-1")
    add_bgp(parser)
    return parser.parse_args(words)


def test_neighbors_may_say_their_system_and_ours_has_an_id_that_stays() -> None:
    words = ("--bgp-as", "40027", "--bgp-neighbor", "192.0.2.1=64512", "--bgp-neighbor", "2001:db8::1")
    found = bgp_of(options(*words, "--bgp-listen", "[::1]:1790"))
    assert found is not None
    assert found.neighbors == (Neighbor("192.0.2.1", 64512), Neighbor("2001:db8::1"))
    assert (found.listen_address, found.listen_port, found.asn) == ("::1", 1790, 40027)
    again = bgp_of(options(*words))
    assert again is not None
    assert (again.router_id, again.listen_address, again.listen_port) == (found.router_id, "::", 179)


def test_without_a_system_of_ours_nobody_is_heard() -> None:
    assert bgp_of(options()) is None


@pytest.mark.parametrize(
    "words",
    [
        ("--bgp-neighbor", "192.0.2.1"),
        ("--bgp-as", "64512"),
        ("--bgp-as", "0", "--bgp-neighbor", "192.0.2.1"),
        ("--bgp-as", "64512", "--bgp-neighbor", "router.example"),
        ("--bgp-as", "64512", "--bgp-neighbor", "192.0.2.1=isp"),
        ("--bgp-as", "64512", "--bgp-neighbor", "192.0.2.1", "--bgp-listen", "everywhere"),
        ("--bgp-as", "64512", "--bgp-neighbor", "192.0.2.1", "--bgp-listen", "[::]:70000"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        bgp_of(options(*words))


def test_a_place_is_two_numbers_on_the_globe() -> None:
    assert spot_of("52.5, 13.4") == (52.5, 13.4)
    for wrong in ("", "52.5", "1,2,3", "north,east", "91,0", "0,-181", "nan,0"):
        with pytest.raises(InvalidInput):
            spot_of(wrong)


def test_a_fill_window_may_go_past_midnight() -> None:
    words = ("--fill-window", "22:00-04:00", "--zone", "Europe/Berlin", "--fill-rate", "80", "--fill-night", "500")
    assert fill(*words) == FillWindow("Europe/Berlin", time(22), hours(6), 10_000_000, 500_000_000_000)
    assert fill() is None


@pytest.mark.parametrize(
    "words",
    [
        ("--fill-window", "at night", "--zone", "UTC"),
        ("--fill-window", "24:00-04:00", "--zone", "UTC"),
        ("--fill-window", "02:00-02:00", "--zone", "UTC"),
        ("--fill-window", "02:00-04:00"),
        ("--fill-window", "02:00-04:00", "--zone", "Mars/Olympus"),
        ("--fill-window", "02:00-04:00", "--zone", "UTC", "--fill-rate", "0"),
        ("--fill-window", "02:00-04:00", "--zone", "UTC", "--fill-night", "nan"),
        ("--fill-rate", "100"),
    ],
)
def test_a_fill_window_that_cannot_be_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        fill(*words)


def test_countries_are_named_by_two_letters_each_once() -> None:
    assert countries_of("de, AT,DE") == ("DE", "AT")
    for text in ("Germany", "DE,", "D1", "DE;AT"):
        with pytest.raises(InvalidInput, match="two-letter codes"):
            countries_of(text)


def hot(*words: str) -> HotDisk | None:
    parser = argparse.ArgumentParser()
    add_hot(parser)
    return hot_of(parser.parse_args(words))


def test_a_faster_disk_has_a_place_and_a_room() -> None:
    assert hot() is None
    assert hot("--hot", "/fast", "--hot-room", "1.5") == HotDisk(Path("/fast"), 1_500_000_000)
    for words in (("--hot", "/fast"), ("--hot-room", "5")):
        with pytest.raises(InvalidInput, match="both --hot DIR and --hot-room GB"):
            hot(*words)
