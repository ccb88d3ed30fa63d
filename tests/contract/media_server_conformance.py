"""What every media server must do. Subclasses give `server` (not started); without sockets they give `edge`."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.wire.encoding import b64url
from matinee.wire.tickets import KeyRing, PlayToken, sign
from tests.contract.media_server_account import AccountConformance
from tests.contract.media_server_wire import FILE, OTHER, RELEASE, RING, SMALL, Running, make_root, path_of, ticket


class MediaServerConformance(AccountConformance):
    @pytest.fixture
    async def server(self) -> MediaServer:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    @pytest.fixture
    async def edge(self, server: MediaServer, tmp_path: Path) -> AsyncIterator[Running]:
        root = make_root(tmp_path)
        await server.start(MediaServerConfig(root, RING.keys, "127.0.0.1", 0, workers=2))
        running = Running(server, root)
        yield running
        await running.stop()

    # ---- bytes

    async def test_a_file_comes_whole_and_may_be_kept_forever(self, edge: Running) -> None:
        reply = await edge.ask(path_of(ticket()))
        assert (reply.status, reply.body == FILE) == (200, True)
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert reply.headers["accept-ranges"] == "bytes"
        assert re.fullmatch(r'"[^"]+"', reply.headers["etag"])

    @pytest.mark.parametrize(
        ("name", "mime"),
        [
            ("seg1.m4s", "video/mp4"),
            ("init.mp4", "video/mp4"),
            ("sheet.jpg", "image/jpeg"),
            ("words.vtt", "text/vtt"),
            ("data.json", "application/json"),
        ],
    )
    async def test_files_say_what_they_are(self, edge: Running, name: str, mime: str) -> None:
        reply = await edge.ask(path_of(ticket(), f"{RELEASE}/hd/v1/{name}"))
        assert reply.headers["content-type"].split(";")[0] == mime

    async def test_head_says_the_same_without_the_bytes(self, edge: Running) -> None:
        wire = await edge.connect()
        got, head = await wire.ask(path_of(ticket())), await wire.ask(path_of(ticket()), method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for name in ("content-length", "etag", "content-type"):
            assert head.headers[name] == got.headers[name]
        refused = await wire.ask(path_of("x" * 60), method="HEAD")
        assert refused.status == 403
        assert (await wire.ask(path_of(ticket()))).status == 200

    async def test_an_empty_file_is_an_answer(self, edge: Running) -> None:
        wire = await edge.connect()
        reply = await wire.ask(path_of(ticket(), f"{RELEASE}/hd/v1/empty.m4s"))
        assert (reply.status, reply.body) == (200, b"")
        assert (await wire.ask(path_of(ticket(), f"{RELEASE}/hd/v1/empty.m4s"), Range="bytes=0-")).status == 416

    @pytest.mark.parametrize(
        ("header", "start", "end"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=0-", 0, 1_000_000),
            ("bytes=999999-", 999_999, 1_000_000),
            ("bytes=500000-500009", 500_000, 500_010),
            ("bytes=10-99999999999999", 10, 1_000_000),
            ("bytes=-1", 999_999, 1_000_000),
            ("bytes=-99999999999", 0, 1_000_000),
        ],
    )
    async def test_a_range_is_exactly_those_bytes(self, edge: Running, header: str, start: int, end: int) -> None:
        reply = await edge.ask(path_of(ticket()), Range=header)
        assert (reply.status, reply.body == FILE[start:end]) == (206, True)
        assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/1000000"

    @pytest.mark.parametrize("header", ["bytes=1000000-", "bytes=1000000-1000001", "bytes=-0", "bytes=99999999999-"])
    async def test_a_range_past_the_end_has_no_bytes(self, edge: Running, header: str) -> None:
        wire = await edge.connect()
        reply = await wire.ask(path_of(ticket()), Range=header)
        assert (reply.status, reply.headers["content-range"]) == (416, "bytes */1000000")
        assert (await wire.ask(path_of(ticket()))).status == 200

    @pytest.mark.parametrize(
        "header",
        [
            "bytes=5-4",
            "bytes=a-b",
            "lines=1-2",
            "bytes=",
            "bytes=-",
            "bytes=0x1-2",
            "bytes 0-1",
            "bytes=--1",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=0-,0-,0-",
            "bytes=" + ",".join(["0-0"] * 500),
            "bytes=" + "9" * 400 + "-",
        ],
    )
    async def test_a_range_that_is_none_is_ignored(self, edge: Running, header: str) -> None:
        reply = await edge.ask(path_of(ticket()), Range=header)
        assert (reply.status, len(reply.body)) in [(200, 1_000_000), (416, len(reply.body))]

    async def test_a_known_file_is_not_sent_again(self, edge: Running) -> None:
        wire = await edge.connect()
        etag = (await wire.ask(path_of(ticket()), method="HEAD")).headers["etag"]
        for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            reply = await wire.ask(path_of(ticket()), If_None_Match=known)
            assert (reply.status, reply.body) == (304, b"")
        assert (await wire.ask(path_of(ticket()), If_None_Match='"other"')).status == 200

    async def test_a_range_is_given_only_of_the_file_the_client_began(self, edge: Running) -> None:
        wire = await edge.connect()
        etag = (await wire.ask(path_of(ticket()), method="HEAD")).headers["etag"]
        assert (await wire.ask(path_of(ticket()), Range="bytes=0-9", If_Range=etag)).status == 206
        assert (await wire.ask(path_of(ticket()), Range="bytes=0-9", If_Range='"other"')).status == 200

    # ---- other origins

    async def test_a_player_from_anywhere_may_ask_and_read(self, edge: Running) -> None:
        for path in (path_of(ticket()), path_of("forged" * 10), path_of(ticket(), f"{RELEASE}/hd/v1/none.m4s")):
            headers = (await edge.ask(path, Origin="https://player.example")).headers
            assert headers["access-control-allow-origin"] == "*"
            exposed = headers["access-control-expose-headers"].lower()
            assert all(name in exposed for name in ("content-length", "content-range", "etag"))
            assert headers["timing-allow-origin"] == "*"

    async def test_the_preflight_for_a_range_is_answered_without_a_ticket(self, edge: Running) -> None:
        asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "range"}
        reply = await edge.ask(path_of("any"), method="OPTIONS", Origin="https://player.example", **asked)
        assert reply.status in (200, 204)
        assert "range" in reply.headers["access-control-allow-headers"].lower()
        assert "GET" in reply.headers["access-control-allow-methods"]

    # ---- tickets

    async def test_a_ticket_opens_its_release_and_tiers_and_nothing_else(self, edge: Running) -> None:
        good = ticket("hd", release=RELEASE)
        assert (await edge.ask(path_of(good))).status == 200
        refused = [
            path_of(good, f"{OTHER}/hd/v1/seg1.m4s"),
            path_of(good, f"{RELEASE}/uhd/v1/seg1.m4s"),
            path_of(good, f"{RELEASE}/release.json"),
            path_of(ticket("sd")),
            path_of(ticket(ends_in=-1)),
            path_of(ticket(ring=KeyRing("k1", {"k1": b"x" * 32}))),
            path_of(ticket(kid="k9", ring=KeyRing("k9", {"k9": b"9" * 32}))),
            path_of(good[:-1]),
            path_of(good[: len(good) // 2]),
            path_of(good.split(".")[0]),
            path_of(good.split(".")[0] + "."),
            path_of(good + "A"),
            path_of("A" * 1000),
            path_of(b64url(b'{"kid":"k1"}') + "." + b64url(b"x" * 32)),
            path_of(sign(PlayToken("k1", "s", "a", "p", "t", RELEASE, 1 << 40), RING)),
        ]
        for path in refused:
            reply = await edge.ask(path)
            assert (reply.status, reply.headers["content-type"]) == (403, "application/problem+json")
            assert json.loads(reply.body)["type"].endswith("/ticket-refused")
            assert "expired" not in reply.body.decode()

    async def test_every_changed_character_of_a_ticket_spoils_it(self, edge: Running) -> None:
        good = ticket()
        wire = await edge.connect()
        assert (await wire.ask(path_of(good))).status == 200
        for at in range(0, len(good), 5):
            changed = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
            assert (await wire.ask(path_of(changed))).status in (403, 404)

    async def test_a_ticket_that_worked_stops_at_its_end(self, edge: Running) -> None:
        short = ticket(ends_in=2)
        wire = await edge.connect()
        assert (await wire.ask(path_of(short, f"{RELEASE}/hd/v1/small.m4s"))).status == 200
        async with asyncio.timeout(20):
            while (await wire.ask(path_of(short, f"{RELEASE}/hd/v1/small.m4s"))).status == 200:
                await asyncio.sleep(0.05)

    async def test_a_fill_ticket_opens_the_whole_release(self, edge: Running) -> None:
        fill = ticket("fill")
        assert (await edge.ask(path_of(fill, f"{RELEASE}/release.json"))).body == b'{"v":1}'
        assert (await edge.ask(path_of(fill))).status == 200
        assert (await edge.ask(path_of(fill, f"{OTHER}/release.json"))).status == 403

    async def test_a_denied_release_is_refused_at_once_and_others_are_not(self, edge: Running) -> None:
        wire = await edge.connect()
        assert (await wire.ask(path_of(ticket()))).status == 200
        edge.server.deny(RELEASE)
        assert (await wire.ask(path_of(ticket()))).status == 403
        other = path_of(ticket(release=OTHER), f"{OTHER}/hd/v1/seg1.m4s")
        assert (await wire.ask(other)).status == 200

    async def test_a_denied_file_is_refused_at_once_and_the_rest_of_its_release_is_not(self, edge: Running) -> None:
        wire = await edge.connect()
        small = path_of(ticket(), f"{RELEASE}/hd/v1/small.m4s")
        assert [(await wire.ask(each)).status for each in (path_of(ticket()), small)] == [200, 200]
        edge.server.deny(RELEASE, "hd/v1/small.m4s")
        assert [(await wire.ask(each)).status for each in (path_of(ticket()), small)] == [200, 403]
        edge.server.deny(RELEASE)
        assert [(await wire.ask(each)).status for each in (path_of(ticket()), small)] == [403, 403]

    async def test_a_revoked_sessions_tickets_are_refused_at_once_and_no_others(self, edge: Running) -> None:
        wire = await edge.connect()
        mine, theirs = ticket(session="mine"), ticket(session="theirs")
        assert [(await wire.ask(path_of(each))).status for each in (mine, theirs)] == [200, 200]
        ends = int(datetime.now(UTC).timestamp()) + 3600
        edge.server.revoke({"mine": ends, "a third": ends})
        replies = [await wire.ask(path_of(each)) for each in (mine, ticket("fill", session="mine"), theirs)]
        assert [reply.status for reply in replies] == [403, 403, 200]
        assert json.loads(replies[0].body)["type"].endswith("/ticket-refused")
        edge.server.revoke({"theirs": ends})
        assert [(await wire.ask(path_of(each))).status for each in (mine, theirs)] == [403, 403]
        await edge.count(7)
        told = (await wire.ask("/metrics")).body.decode()
        assert 'edge_tickets_refused_total{reason="revoked"} 4' in told

    async def test_a_revocation_whose_time_is_over_is_forgotten(self, edge: Running) -> None:
        wire = await edge.connect()
        edge.server.revoke({"mine": int(datetime.now(UTC).timestamp()) - 1})
        assert (await wire.ask(path_of(ticket(session="mine")))).status == 200

    async def test_keys_rotate_while_films_play(self, edge: Running) -> None:
        wire = await edge.connect()
        old, new = ticket(), ticket(kid="k3", ring=KeyRing("k3", {"k3": b"3" * 32}))
        assert [(await wire.ask(path_of(each))).status for each in (old, new)] == [200, 403]
        edge.server.trust({"k1": RING.keys["k1"], "k3": b"3" * 32})
        assert [(await wire.ask(path_of(each))).status for each in (old, new)] == [200, 200]
        edge.server.trust({"k3": b"3" * 32})
        assert [(await wire.ask(path_of(each))).status for each in (old, new)] == [403, 200]

    # ---- hostile paths

    @pytest.mark.parametrize(
        "rest",
        [
            "../secret.m4s",
            f"{RELEASE}/hd/v1/../../../secret.m4s",
            f"{RELEASE}/hd/../../secret.m4s",
            f"{RELEASE}/hd/v1/..%2f..%2f..%2fsecret.m4s",
            f"{RELEASE}/hd/v1/%2e%2e",
            f"{RELEASE}/hd/v1/link.m4s",
            f"{RELEASE}/hd/linked/secret.m4s",
            f"{RELEASE}/hd/v1",
            f"{RELEASE}/hd/v1/",
            f"{RELEASE}/hd//seg1.m4s",
            f"{RELEASE}/hd/v1/seg1.m4s/",
            f"{RELEASE}/hd/v1/seg1.m4s%00.vtt",
            f"{RELEASE}/hd/v1/.hidden",
            f".partial/{RELEASE}/hd/v1/seg1.m4s",
            f"{RELEASE}\\hd\\v1\\seg1.m4s",
            f"{RELEASE}/hd/v1/" + "x" * 300,
        ],
    )
    async def test_no_path_leads_out_of_the_served_folder(self, edge: Running, rest: str) -> None:
        for opened in (ticket("hd"), ticket("fill")):
            reply = await edge.ask(path_of(opened, rest))
            assert reply.status in (400, 403, 404)
            assert b"outside" not in reply.body

    # ---- two disks

    async def test_what_lies_on_the_fast_disk_is_served_from_there_and_all_else_from_the_other(
        self, server: MediaServer, tmp_path: Path
    ) -> None:
        root, hot = make_root(tmp_path), tmp_path / "fast"
        track = hot / RELEASE / "hd" / "v1"
        await self.put(track / "seg1.m4s", FILE[::-1])
        await self.put(hot / "secret.m4s", b"outside")
        await server.start(MediaServerConfig(await self.served(root), RING.keys, "127.0.0.1", 0, workers=2, hot=hot))
        edge = self.running(server, root)
        wire = await edge.connect()
        small = path_of(ticket(), f"{RELEASE}/hd/v1/small.m4s")
        try:
            assert (await wire.ask(path_of(ticket()))).body == FILE[::-1]
            assert (await wire.ask(path_of(ticket()), Range="bytes=5-9")).body == FILE[::-1][5:10]
            assert (await wire.ask(path_of(ticket()), Range="bytes=5-9,7-8")).body == FILE[::-1]
            assert (await wire.ask(path_of(ticket()), Range="bytes=1000000-")).status == 416
            assert (await wire.ask(path_of(ticket()), method="HEAD")).headers["content-type"] == "video/mp4"
            assert [(await wire.ask(small)).body, (await wire.ask(small, Range="bytes=0-1")).body] == [SMALL, SMALL[:2]]
            assert (await wire.ask(path_of(ticket(), f"{RELEASE}/hd/v1/none.m4s"))).status == 404
            assert (await wire.ask(path_of(ticket(release="other"), f"{OTHER}/hd/v1/seg1.m4s"))).status == 403
            other = path_of(ticket(release=OTHER), f"{OTHER}/hd/v1/seg1.m4s")
            assert (await wire.ask(other)).body == FILE
            assert (await wire.ask(path_of(ticket()).replace("seg1", "../../../secret"))).status in (400, 403, 404)
            told = await edge.sent(8)
            assert told["session-1", RELEASE, "hd"].bytes == 2 * len(FILE) + 5 + len(SMALL) + 2
            await self.take_away(hot / RELEASE)
            assert (await wire.ask(path_of(ticket()))).body == FILE
            edge.server.deny(RELEASE)
            assert (await wire.ask(path_of(ticket()))).status == 403
        finally:
            await edge.stop()

    async def put(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    async def take_away(self, folder: Path) -> None:
        shutil.rmtree(folder)

    async def served(self, root: Path) -> Path:
        return root

    def running(self, server: MediaServer, root: Path) -> Running:
        return Running(server, root)
