"""What every media server over real sockets must do. Subclasses give `another`."""

import asyncio
import hashlib
import io
import shutil
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.quantities import seconds
from matinee.wire.clients import network_of, spelled
from matinee.wire.tickets import KeyRing
from tests.contract.media_server_conformance import MediaServerConformance
from tests.contract.media_server_wire import (
    FILE,
    OTHER,
    RELEASE,
    RING,
    SMALL,
    Running,
    make_certificate,
    make_root,
    path_of,
    ticket,
)

PATIENT = ServerLimits()
IMPATIENT = ServerLimits(head_timeout=seconds(0.3), idle_timeout=seconds(0.3), stall_timeout=seconds(0.3))


class Start(Protocol):
    def __call__(
        self, limits: ServerLimits = PATIENT, *, certificate: Path | None = None, private_key: Path | None = None
    ) -> Awaitable[Running]: ...


class SocketConformance(MediaServerConformance):
    @pytest.fixture
    async def server(self) -> MediaServer:
        return self.another()

    def another(self, limits: ServerLimits = PATIENT) -> MediaServer:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    # ---- hostile heads

    @pytest.mark.parametrize(
        "raw",
        [
            b"\x00\x01\x02\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: edge\r\nno colon\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: edge\r\nRange : bytes=0-1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: edge\r\n folded: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: edge\r\nContent-Length: 5\r\n\r\nhello",
            b"GET / HTTP/1.1\r\nHost: edge\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: edge\r\nX: a\nGET /healthz HTTP/1.1\r\n\r\n",
            b"POST /healthz HTTP/1.1\r\nHost: edge\r\nContent-Length: 0\r\n\r\n",
        ],
    )
    async def test_what_is_no_request_for_a_file_is_refused(self, edge: Running, raw: bytes) -> None:
        wire = await edge.connect()
        await wire.send(raw)
        assert 400 <= (await wire.reply()).status < 600
        assert (await edge.ask("/healthz")).status == 200

    async def test_a_head_that_is_too_long_is_refused(self, edge: Running) -> None:
        wire = await edge.connect()
        await wire.send(
            b"GET / HTTP/1.1\r\nHost: edge\r\n"
            + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(40))
            + b"\r\n"
        )
        assert (await wire.reply()).status == 431
        assert await wire.is_closed()

    async def test_a_folder_is_no_file_and_leads_nowhere(self, edge: Running) -> None:
        (edge.root / RELEASE / "hd" / "v1" / "inner").mkdir()
        reply = await edge.ask(path_of(ticket(), f"{RELEASE}/hd/v1/inner"))
        assert (reply.status, reply.headers.get("location")) == (404, None)

    async def test_a_range_and_a_head_together_are_a_head(self, edge: Running) -> None:
        reply = await edge.ask(path_of(ticket()), method="HEAD", Range="bytes=0-9")
        assert (reply.status, reply.headers["content-length"]) == (200, "1000000")

    async def test_a_file_that_is_known_is_not_judged_by_its_range(self, edge: Running) -> None:
        wire = await edge.connect()
        etag = (await wire.ask(path_of(ticket()), method="HEAD")).headers["etag"]
        past = "bytes=1000000-"
        assert (await wire.ask(path_of(ticket()), Range=past, If_None_Match=etag)).status == 304
        assert (await wire.ask(path_of(ticket()), Range=past, If_Range='"other"')).status == 200
        refused = await wire.ask(path_of(ticket()), Range=past, If_Range=etag)
        assert (refused.status, refused.headers["access-control-allow-origin"]) == (416, "*")
        assert refused.headers["cache-control"] == "no-store"

    # ---- connections

    async def test_one_connection_carries_many_requests_also_ahead_of_their_answers(self, edge: Running) -> None:
        wire = await edge.connect()
        request = f"GET {path_of(ticket(), f'{RELEASE}/hd/v1/small.m4s')} HTTP/1.1\r\nHost: edge\r\n\r\n".encode()
        await wire.send(request * 20)
        assert [(await wire.reply()).body for _ in range(20)] == [SMALL] * 20

    async def test_a_request_that_drips_in_is_answered(self, edge: Running) -> None:
        wire = await edge.connect()
        request = f"GET {path_of(ticket())} HTTP/1.1\r\nHost: edge\r\n\r\n".encode()
        for at in range(0, len(request), 40):
            await wire.send(request[at : at + 40])
        assert (await wire.reply()).body == FILE

    async def test_close_is_honored(self, edge: Running) -> None:
        wire = await edge.connect()
        assert (await wire.ask(path_of(ticket()), Connection="close")).headers["connection"] == "close"
        assert await wire.is_closed()

    async def test_many_large_transfers_at_once_are_byte_for_byte_right(self, edge: Running) -> None:
        large = bytes(range(256)) * (8 << 12)
        (edge.root / RELEASE / "hd" / "v1" / "large.m4s").write_bytes(large)
        path, expected = path_of(ticket(), f"{RELEASE}/hd/v1/large.m4s"), hashlib.sha256(large).digest()

        async def transfer(start: int) -> bool:
            wire = await edge.connect()
            whole = await wire.ask(path)
            part = await wire.ask(path, Range=f"bytes={start}-")
            return hashlib.sha256(whole.body).digest() == expected and part.body == large[start:]

        assert all(await asyncio.gather(*(transfer(number * 1_000_003) for number in range(8))))

    async def test_a_client_that_leaves_in_the_middle_harms_nobody(self, edge: Running) -> None:
        large = edge.root / RELEASE / "hd" / "v1" / "large.m4s"
        large.write_bytes(b"x" * 30_000_000)
        for _ in range(10):
            wire = await edge.connect()
            await wire.send(
                f"GET {path_of(ticket(), f'{RELEASE}/hd/v1/large.m4s')} HTTP/1.1\r\nHost: edge\r\n\r\n".encode()
            )
            await wire.reader.readexactly(1000)
            wire.writer.transport.abort()
        assert (await edge.ask(path_of(ticket()))).body == FILE
        async with asyncio.timeout(20):
            while edge.server.served().connections > 1:
                await asyncio.sleep(0.01)

    async def test_of_a_transfer_that_breaks_off_only_what_left_is_told(self, edge: Running) -> None:
        large = edge.root / RELEASE / "hd" / "v1" / "large.m4s"
        large.write_bytes(b"x" * 60_000_000)
        wire = await edge.connect()
        asked = path_of(ticket(session="gone"), f"{RELEASE}/hd/v1/large.m4s")
        await wire.send(f"GET {asked} HTTP/1.1\r\nHost: edge\r\n\r\n".encode())
        await wire.reader.readexactly(1_000_000)
        wire.writer.transport.abort()
        await edge.count(1)
        told = await edge.sent(1)
        assert 1_000_000 <= told["gone", RELEASE, "hd"].bytes < 60_000_000

    async def test_a_taken_port_is_named(self, edge: Running, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match=str(edge.server.port)):
            await self.another().start(MediaServerConfig(tmp_path, RING.keys, "127.0.0.1", edge.server.port))

    # ---- patience

    @pytest.fixture
    async def start(self, tmp_path: Path) -> AsyncIterator[Start]:
        """A server with the limits and the certificate that a test needs."""
        begun: list[Running] = []

        async def start(
            limits: ServerLimits = PATIENT, *, certificate: Path | None = None, private_key: Path | None = None
        ) -> Running:
            server = self.another(limits)
            root = make_root(tmp_path)
            await server.start(MediaServerConfig(root, RING.keys, "127.0.0.1", 0, certificate, private_key))
            begun.append(Running(server, root))
            return begun[-1]

        yield start
        for running in begun:
            await running.stop()

    async def test_a_client_that_drips_its_request_is_parted_with_and_others_are_served(self, start: Start) -> None:
        edge = await start(IMPATIENT)
        wire = await edge.connect()

        async def drip() -> None:
            while True:
                await wire.send(b"X")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        try:
            assert (await edge.ask(path_of(ticket()))).status == 200
            async with asyncio.timeout(20):
                while not await wire.is_closed():
                    pass  # NGINX says why before it closes
        finally:
            dripping.cancel()
            await asyncio.gather(dripping, return_exceptions=True)

    async def test_a_client_that_takes_nothing_is_parted_with(self, start: Start) -> None:
        edge = await start(IMPATIENT)
        (edge.root / RELEASE / "hd/v1/large.m4s").write_bytes(b"x" * 64_000_000)
        wire = await edge.connect()
        path = path_of(ticket(), f"{RELEASE}/hd/v1/large.m4s")
        await wire.send(f"GET {path} HTTP/1.1\r\nHost: edge\r\n\r\n".encode())
        async with asyncio.timeout(20):
            while edge.server.served().connections == 0:
                await asyncio.sleep(0.01)
            while edge.server.served().connections > 0:
                await asyncio.sleep(0.01)
        await edge.count(1)
        assert edge.server.served().bytes < 64_000_000

    async def test_an_idle_connection_gives_its_place_back(self, start: Start) -> None:
        edge = await start(IMPATIENT)
        wire = await edge.connect()
        await wire.ask(path_of(ticket()))
        async with asyncio.timeout(20):
            assert await wire.is_closed()

    async def test_a_connection_has_a_share_of_requests(self, start: Start) -> None:
        edge = await start(ServerLimits(requests_max=3))
        wire = await edge.connect()
        replies = [await wire.ask(path_of(ticket())) for _ in range(3)]
        assert [reply.headers.get("connection") == "close" for reply in replies] == [False, False, True]
        assert await wire.is_closed()

    # ---- what is told

    async def test_nothing_that_is_logged_holds_a_ticket(self, start: Start) -> None:
        stream = io.StringIO()
        log.configure(level="debug", stream=stream)
        edge = await start()
        edge.server.revoke({"revoked": int(datetime.now(UTC).timestamp()) + 3600})
        elsewhere, stranger = network_of("198.51.100.7"), KeyRing("k9", {"k9": b"9" * 32})
        shown = [
            ticket(),
            ticket(ends_in=-5),
            ticket("uhd"),
            ticket(session="revoked"),
            ticket(client=elsewhere),
            ticket(kid="k9", ring=stranger),
            ticket()[:-5],
            ticket() + "A" * 900,
            ticket().replace(".", "%2e"),
        ]
        for text in shown:
            await edge.ask(path_of(text))
        await edge.ask(path_of(ticket(), "nowhere"))
        await edge.ask("/" + path_of(ticket()))
        await edge.ask(path_of(ticket()), method="DELETE")
        # A link is nothing that fill puts there: somebody should hear of it, but not of the ticket.
        await edge.ask(path_of(ticket(), f"{RELEASE}/hd/v1/link.m4s"))
        await edge.stop()
        signatures = [text.partition(".")[2][:12] for text in shown if "." in text]
        assert not [each for each in ("eyJ", *signatures) if each in stream.getvalue()]

    async def test_why_tickets_were_refused_is_counted_by_the_edge(self, start: Start) -> None:
        edge = await start()
        for path in (path_of(ticket(ends_in=-5)), path_of("forged"), path_of("forged")):
            assert (await edge.ask(path)).status == 403
        await edge.count(3)
        told = (await edge.ask("/metrics")).body.decode()
        assert 'edge_tickets_refused_total{reason="expired"} 1' in told
        assert 'edge_tickets_refused_total{reason="malformed"} 2' in told

    async def test_a_ticket_for_one_network_opens_nothing_for_who_asks_from_another(self, start: Start) -> None:
        edge = await start()
        wire = await edge.connect()
        here, elsewhere = network_of("127.0.0.1"), network_of("198.51.100.7")
        asked = [ticket(client=each) for each in (here, elsewhere, network_of("::1"), spelled("127.0.0.1"), elsewhere)]
        assert [(await wire.ask(path_of(each))).status for each in asked] == [200, 403, 403, 200, 403]
        await edge.count(5)
        told = (await edge.ask("/metrics")).body.decode()
        assert 'edge_tickets_refused_total{reason="for another client"} 3' in told

    async def test_a_release_that_was_deleted_and_filled_again_is_served_on_the_same_connection(
        self, start: Start
    ) -> None:
        edge = await start()
        wire = await edge.connect()
        assert (await wire.ask(path_of(ticket()))).status == 200
        shutil.rmtree(edge.root / RELEASE)
        assert (await wire.ask(path_of(ticket()))).status == 404
        (edge.root / RELEASE / "hd" / "v1").mkdir(parents=True)
        (edge.root / RELEASE / "hd" / "v1" / "seg1.m4s").write_bytes(b"again")
        assert (await wire.ask(path_of(ticket()))).body == b"again"

    async def test_what_was_denied_before_the_start_is_refused(self, tmp_path: Path) -> None:
        server = self.another()
        server.deny(RELEASE)
        server.revoke({"session-2": int(datetime.now(UTC).timestamp()) + 3600})
        await server.start(MediaServerConfig(make_root(tmp_path), RING.keys, "127.0.0.1", 0))
        edge = Running(server, tmp_path)
        try:
            assert (await edge.ask(path_of(ticket()))).status == 403
            rest = f"{OTHER}/hd/v1/small.m4s"
            assert (await edge.ask(path_of(ticket(release=OTHER), rest))).status == 200
            assert (await edge.ask(path_of(ticket(release=OTHER, session="session-2"), rest))).status == 403
        finally:
            await edge.stop()

    # ---- HTTPS

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path]:
        return make_certificate(tmp_path)

    async def test_https_serves_the_same_bytes_ranges_and_refusals(
        self, start: Start, certificate: tuple[Path, Path]
    ) -> None:
        edge = await start(certificate=certificate[0], private_key=certificate[1])
        wire = await edge.connect_securely(certificate[0])
        assert (await wire.ask(path_of(ticket()))).body == FILE
        part = await wire.ask(path_of(ticket()), Range="bytes=300000-900000")
        assert (part.status, part.body == FILE[300_000:900_001]) == (206, True)
        assert (await wire.ask(path_of(ticket()), method="HEAD")).headers["content-length"] == "1000000"
        assert (await wire.ask(path_of("forged"))).status == 403
        for address, status in (("127.0.0.1", 200), ("198.51.100.7", 403)):
            for_one = path_of(ticket(client=network_of(address)), f"{RELEASE}/hd/v1/empty.m4s")
            assert (await wire.ask(for_one)).status == status
        wires = [await edge.connect_securely(certificate[0]) for _ in range(8)]
        bodies = await asyncio.gather(*[wire.ask(path_of(ticket())) for wire in wires])
        assert all(reply.body == FILE for reply in bodies)
        await edge.count(14)
        assert edge.server.served().bytes == 9 * len(FILE) + 600_001
        told = await edge.sent(12)
        assert told["session-1", RELEASE, "hd"].bytes == 9 * len(FILE) + 600_001

    async def test_https_parts_with_a_client_that_never_speaks_tls(
        self, start: Start, certificate: tuple[Path, Path]
    ) -> None:
        edge = await start(IMPATIENT, certificate=certificate[0], private_key=certificate[1])
        silent = await edge.connect()
        plain = await edge.connect()
        await plain.send(b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n")
        async with asyncio.timeout(20):
            assert await silent.is_closed()
            while edge.server.served().connections > 0:
                await asyncio.sleep(0.01)

    async def test_a_certificate_that_is_none_says_so(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "cert.pem").write_text("not a certificate")
        with pytest.raises(InvalidInput, match="cannot be used for HTTPS"):
            await start(certificate=tmp_path / "cert.pem")

    async def test_https_parts_with_a_client_that_asks_for_nothing_before_its_first_minute_is_over(
        self, start: Start, certificate: tuple[Path, Path]
    ) -> None:
        limits = ServerLimits(head_timeout=seconds(0.3), idle_timeout=seconds(600))
        edge = await start(limits, certificate=certificate[0], private_key=certificate[1])
        silent = await edge.connect_securely(certificate[0])
        async with asyncio.timeout(20):
            assert await silent.is_closed()
