"""What every lookup of addresses must do. Subclasses give `geo`, which knows the networks of `KNOWN`."""

import pytest

from matinee.engines.geo.port import NOWHERE, Geo

GERMAN, AMERICAN, GERMAN_V6 = "85.214.132.117", "8.8.8.8", "2a01:4f8::1"
KNOWN = {"85.214.0.0/15": "DE", "8.8.8.0/24": "US", "2a01:4f8::/32": "DE"}


class GeoConformance:
    @pytest.fixture
    async def geo(self) -> Geo:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    @pytest.mark.parametrize(("address", "country"), [(GERMAN, "DE"), (AMERICAN, "US"), (GERMAN_V6, "DE")])
    async def test_an_address_is_in_its_country(self, geo: Geo, address: str, country: str) -> None:
        assert geo.locate(address).country == country

    @pytest.mark.parametrize("address", [f"::ffff:{GERMAN}", f"::FFFF:{GERMAN}"])
    async def test_an_address_of_the_old_kind_in_one_of_the_new_is_itself(self, geo: Geo, address: str) -> None:
        assert geo.locate(address).country == "DE"

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fe80::1%eth0", "169.254.1.1"])
    async def test_of_an_address_that_is_nowhere_nothing_is_known(self, geo: Geo, address: str) -> None:
        assert geo.locate(address) == NOWHERE

    @pytest.mark.parametrize(
        "address", ["", "nonsense", "8.8.8", "8.8.8.8.8", "x" * 10_000, "8.8.8.8/24", "٨.8.8.8", "\x00"]
    )
    async def test_what_is_no_address_is_nowhere_and_breaks_nothing(self, geo: Geo, address: str) -> None:
        assert geo.locate(address) == NOWHERE

    async def test_refreshing_without_news_changes_nothing(self, geo: Geo) -> None:
        for _ in range(3):
            await geo.refresh()
        assert geo.locate(GERMAN).country == "DE"
