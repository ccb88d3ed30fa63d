"""What every media server must tell of what it sent: once, to whose account, and what players said with it."""

from urllib.parse import quote

import pytest

from matinee.engines.media_server.port import Sent
from matinee.wire.accounts import Said
from tests.contract.media_server_wire import FILE, OTHER, RELEASE, SMALL, Running, path_of, ticket


class AccountConformance:
    async def test_what_each_session_was_sent_of_each_tier_is_told_once(self, edge: Running) -> None:
        wire = await edge.connect()
        mine, theirs = ticket(session="mine"), ticket(session="theirs", release=OTHER)
        small = f"{RELEASE}/hd/v1/small.m4s"
        etag = (await wire.ask(path_of(mine))).headers["etag"]
        for path in (path_of(mine, small), path_of(mine, f"{RELEASE}/clear/v1/none.m4s"), path_of("forged")):
            await wire.ask(path)
        await wire.ask(path_of(mine), method="HEAD")
        await wire.ask(path_of(mine), If_None_Match=etag)
        await wire.ask(path_of(mine), Range="bytes=1000000-")
        await wire.ask(path_of(theirs, f"{OTHER}/hd/v1/seg1.m4s"), Range="bytes=0-9")
        told = await edge.sent(7)
        assert told == {
            ("mine", RELEASE, "hd"): Sent("mine", RELEASE, "hd", 5, len(FILE) + len(SMALL), 0, Said()),
            ("mine", RELEASE, "clear"): Sent("mine", RELEASE, "clear", 1, 0, 0, Said()),
            ("theirs", OTHER, "hd"): Sent("theirs", OTHER, "hd", 1, 10, 0, Said()),
        }
        edge.bytes_unnamed = edge.server.served().bytes
        await wire.ask(path_of(mine, small))
        assert await edge.sent(1) == {("mine", RELEASE, "hd"): Sent("mine", RELEASE, "hd", 1, len(SMALL), 0, Said())}

    async def test_what_edges_fetch_from_one_another_is_told_of_nobody(self, edge: Running) -> None:
        wire = await edge.connect()
        fill = ticket("fill", session="fill")
        for rest in (f"{RELEASE}/release.json", f"{RELEASE}/hd/v1/seg1.m4s"):
            assert (await wire.ask(path_of(fill, rest))).status == 200
        described = ticket("fill", session="look")
        assert (await wire.ask(path_of(described, f"{RELEASE}/release.json"))).body == b'{"v":1}'
        edge.bytes_unnamed = len(FILE) + len(b'{"v":1}')
        assert list(await edge.sent(1)) == [("look", RELEASE, "")]

    async def test_what_players_say_with_their_requests_is_told_with_what_they_were_sent(self, edge: Running) -> None:
        wire = await edge.connect()
        small = path_of(ticket(), f"{RELEASE}/hd/v1/small.m4s")
        said = 'bl=8000,br=3200,bs,cid="film%2C+1",mtp=12000,sid="another"'
        await wire.ask(f"{small}?CMCD={quote(said)}")
        await wire.ask(f"{small}?a=b&CMCD=br%3D1200%2Cbl%3D21000%2Cmtp%3D9100")
        await wire.ask(small, CMCD_Request="bl=4000", CMCD_Status="bs", CMCD_Object="br=800,d=4004")
        await wire.ask(small)
        told = await edge.sent(4)
        assert told["session-1", RELEASE, "hd"].said == Said(9100, 3200, 4000, 2, "film%2C+1")

    @pytest.mark.parametrize(
        "query",
        [
            "CMCD=",
            "CMCD=%00%01%09%0a200%0999%09-%09x",
            "CMCD=mtp%3D5000\\t200\\x09",
            'CMCD="',
            "CMCD=%22%22%22" + "%5C" * 400,
            "CMCD=mtp%3D" + "9" * 900 + ",br%3D-1,bl%3D1e9,bs%3Dfalse",
            "CMCD=" + "a" * 6000,
            "CMCD=%ff%fe%E0%A4",
            "CMCD=" + "%2C" * 1500,
            "CMCD=mtp%3D1%0",
            "cmcd=&&&=&CMCD",
        ],
    )
    async def test_a_hostile_word_spoils_neither_the_answer_nor_the_account(self, edge: Running, query: str) -> None:
        wire = await edge.connect()
        small = path_of(ticket(), f"{RELEASE}/hd/v1/small.m4s")
        assert (await wire.ask(f"{small}?{query}")).body == SMALL
        assert (await wire.ask(f"{small}?CMCD=mtp%3D700")).body == SMALL
        told = await edge.sent(2)
        assert list(told) == [("session-1", RELEASE, "hd")]
        assert (told["session-1", RELEASE, "hd"].bytes, told["session-1", RELEASE, "hd"].failed) == (2 * len(SMALL), 0)
        assert told["session-1", RELEASE, "hd"].said.throughput_kbps == 700

    async def test_what_was_served_and_refused_is_counted(self, edge: Running) -> None:
        wire = await edge.connect()
        await wire.ask(path_of(ticket()))
        await wire.ask(path_of(ticket()), Range="bytes=0-9")
        await wire.ask(path_of("forged"))
        await edge.count(3)
        served = edge.server.served()
        assert (served.requests, served.bytes, served.refused) == (3, len(FILE) + 10, 1)
        text = (await wire.ask("/metrics")).body.decode()
        assert 'edge_requests_total{status="206"} 1' in text
        assert f"edge_bytes_total {len(FILE) + 10}" in text
        assert "eyJ" not in text
