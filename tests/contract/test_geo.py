"""The lookups of addresses, by the contract; and what only a file of countries can get wrong."""

from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from matinee.engines.geo.in_loop import InLoopGeo
from matinee.engines.geo.mmdb import MmdbGeo
from matinee.engines.geo.port import DataUnreadable, Geo, Place
from matinee.engines.geo.registries import RegistryGeo
from matinee.kernel.files import SystemFiles
from matinee.kernel.quantities import seconds
from tests.contract.geo_conformance import AMERICAN, GERMAN, KNOWN, GeoConformance
from tests.house import HandClock


def write(path: Path, records: dict[str, dict[str, object]]) -> Path:
    made = MMDBWriter(ip_version=6, ipv4_compatible=True)
    for network, record in records.items():
        made.insert_network(IPSet([network]), record)
    made.to_db_file(str(path))
    return path


async def opened(path: Path, clock: HandClock) -> MmdbGeo:
    return await MmdbGeo(path, SystemFiles(), clock).open()


class TestRegistries(GeoConformance):
    @pytest.fixture
    async def geo(self) -> Geo:
        return RegistryGeo()


class TestInLoop(GeoConformance):
    @pytest.fixture
    async def geo(self) -> Geo:
        return InLoopGeo({network: Place(country) for network, country in KNOWN.items()})


class TestMmdb(GeoConformance):
    @pytest.fixture
    async def geo(self, tmp_path: Path) -> Geo:
        records: dict[str, dict[str, object]] = {n: {"country": {"iso_code": c}} for n, c in KNOWN.items()}
        return await opened(write(tmp_path / "places.mmdb", records), HandClock())


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"country_code": "de"}, Place("DE")),
        ({"country": "DE"}, Place("DE")),
        ({"registered_country": {"iso_code": "DE"}}, Place("DE")),
        (
            {"autonomous_system_number": 64500, "autonomous_system_organization": "Racks"},
            Place(None, 64500, "Racks"),
        ),
        ({"country_code": "DE", "asn": "AS64500", "as_name": "Racks"}, Place("DE", 64500, "Racks")),
        (
            {"country": {"iso_code": "DE"}, "traits": {"is_hosting_provider": True, "is_anonymous_vpn": True}},
            Place("DE", is_hosting=True, is_anonymous=True),
        ),
        ({"country": {"iso_code": "Germany"}, "asn": "many"}, Place()),
    ],
)
async def test_databases_of_several_makers_are_read(tmp_path: Path, record: dict[str, object], place: Place) -> None:
    geo = await opened(write(tmp_path / "places.mmdb", {"85.214.0.0/15": record}), HandClock())
    assert geo.locate(GERMAN) == place
    assert geo.locate(AMERICAN) == Place()


async def test_a_file_that_is_replaced_is_read_anew_and_a_broken_one_leaves_the_old(tmp_path: Path) -> None:
    clock, path = HandClock(), tmp_path / "places.mmdb"
    geo = await opened(write(path, {"85.214.0.0/15": {"country_code": "DE"}}), clock)
    write(path, {"85.214.0.0/15": {"country_code": "AT"}, "8.8.8.0/24": {"country_code": "US"}})
    await geo.refresh()
    assert geo.locate(GERMAN).country == "DE"  # looked at a moment ago
    clock.advance(seconds(11))
    await geo.refresh()
    assert geo.locate(GERMAN).country == "AT"
    whole = path.read_bytes()
    for broken in (b"", b"not a database", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        clock.advance(seconds(11))
        await geo.refresh()
        assert geo.locate(GERMAN).country == "AT"
    path.unlink()
    clock.advance(seconds(11))
    await geo.refresh()
    assert geo.locate(GERMAN).country == "AT"


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
async def test_to_begin_with_a_file_that_is_none_is_refused_with_its_name(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "places.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataUnreadable, match=r"places\.mmdb is not a database .* MATINEE_COUNTRIES"):
        await opened(path, HandClock())
