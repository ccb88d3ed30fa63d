"""Whose orders an appliance carries out: those that are signed by whom it believes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.kernel.network import SystemNetwork
from matinee.wire.fill import FillOrder
from matinee.wire.purge import PurgeKey
from tests.domain.edge_world import Desk, Source, make_appliance, make_release, order
from tests.domain.test_edge import running, visible

FORGER = PurgeKey(b"f" * 32)


def unsigned(good: FillOrder) -> FillOrder:
    return replace(good, signature="")


def forged(good: FillOrder) -> FillOrder:
    return replace(good, signature=FORGER.vouch(good.release_id, good.manifest_sha256))


def of_another_release(good: FillOrder) -> FillOrder:
    return replace(good, release_id="rel-2")


def of_other_contents(good: FillOrder) -> FillOrder:
    return replace(good, manifest_sha256="0" * 64)


@pytest.mark.parametrize("spoiled", [unsigned, forged, of_another_release, of_other_contents])
async def test_an_order_that_is_not_signed_as_it_is_is_not_filled_and_said_to_be_so(
    spoiled: Callable[[FillOrder], FillOrder], tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    good = order(make_release(tmp_path / "studio", "rel-1"), source.url)
    make_release(tmp_path / "studio", "rel-2")
    desk.orders = [spoiled(good)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        report = await desk.until(lambda each: any(progress.error for progress in each.filling))
        assert "not signed" in str(report.filling[0].error)
        assert (visible(tmp_path / "oca"), sum(source.asked.values())) == ([], 0)
        desk.orders = [good]
        report = await desk.until(lambda each: each.releases == ("rel-1",))
        assert report.filling == ()
