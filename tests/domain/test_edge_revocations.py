"""Sessions that steering revoked, at an appliance and at an origin, over real HTTP."""

from datetime import UTC, datetime
from pathlib import Path

from matinee.delivery.edge.api import Instructions
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.network import Outgoing, SystemNetwork
from matinee.wire.encoding import from_json, to_json
from matinee.wire.revocations import Revocation, Revocations
from tests.domain.edge_world import Desk, Made, Source, fill_ticket, make_appliance, make_origin, make_release, order
from tests.domain.test_edge import running


def later(hours: int = 3) -> int:
    return int(datetime.now(UTC).timestamp()) + hours * 3600


async def status(network: SystemNetwork, edge: str, made: Made, session: str) -> int:
    text = fill_ticket(made.release_id, "hd", session=session)
    answer = await network.fetch(Outgoing("GET", f"{edge}/v1/{text}/{made.release_id}/hd/v1/0.m4s"))
    return answer.status


async def test_an_appliance_refuses_whom_steering_revoked_also_when_it_starts_without_it(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        assert [await status(network, edge, made, who) for who in ("one", "two")] == [200, 200]
        desk.revoked = [Revocation(4, "one", later())]
        await desk.until(lambda each: each.revocation_sequence == 4)
        assert [await status(network, edge, made, who) for who in ("one", "two")] == [403, 200]
        assert (await network.fetch(Outgoing("GET", f"{edge}/metrics"))).body.count(b'reason="revoked"') == 1
    await desk.close()
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        assert [await status(network, edge, made, who) for who in ("one", "two")] == [403, 200]


async def test_an_origin_refuses_them_too(tmp_path: Path, desk: Desk, network: SystemNetwork) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.revoked = [Revocation(1, "one", later())]
    async with running(make_origin(tmp_path / "studio", tmp_path / "origin", desk.url, network)) as origin:
        await desk.until(lambda each: each.revocation_sequence == 1, "origin-1")
        assert [await status(network, origin, made, who) for who in ("one", "two")] == [403, 200]


async def test_what_is_over_is_kept_on_no_disk(tmp_path: Path, desk: Desk, network: SystemNetwork) -> None:
    (tmp_path / "oca" / "state").mkdir(parents=True)
    known = {"revoked": {"over": 1000, "still on": later()}, "revocation_sequence": 6, "later builds": 1}
    (tmp_path / "oca" / "state" / "edge.json").write_bytes(to_json(known))
    desk.revoked = [Revocation(7, "one", later()), Revocation(8, "over, too", 1001), Revocation(9, "../x", later())]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        await desk.until(lambda each: each.revocation_sequence == 9)
    kept = from_json((tmp_path / "oca" / "state" / "edge.json").read_bytes(), dict[str, object])["revoked"]
    assert isinstance(kept, dict)
    assert set(kept) == {"still on", "one"}


def test_an_answer_of_a_steering_that_revokes_nobody_is_read() -> None:
    said = {"orders": {"orders": []}, "tombstones": {"stones": []}, "keys": {}, "what is to come": {"x": 1}}
    assert from_json(to_json(said), Instructions).revocations == Revocations()


class FullState(SystemFiles):
    """A disk that takes no more of the state's file."""

    is_full = False

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        if self.is_full and path.name == "edge.json":
            raise DiskFull("The disk is full.")
        await super().write(path, data, mode=mode)


async def test_on_a_full_disk_whom_steering_revoked_is_refused_and_not_acknowledged(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made, files = make_release(tmp_path / "studio", "rel-1"), FullState()
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=files)) as edge:
        before = await desk.until(lambda each: each.releases == ("rel-1",))
        files.is_full = True
        desk.revoked = [Revocation(1, "one", later())]
        heard = await desk.until(lambda each: each.sequence > before.sequence + 3)
        assert heard.revocation_sequence == 0
        assert await status(network, edge, made, "one") == 403
        files.is_full = False
        await desk.until(lambda each: each.revocation_sequence == 1)
