"""The media servers, by the contract; and the embedded one's patience and its HTTPS side."""

import asyncio
import datetime
import io
import shutil
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.port import MediaServer, MediaServerConfig
from matinee.engines.media_server.sendfile import SendfileServer
from matinee.kernel import log
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import seconds
from tests.contract.media_server_conformance import SocketConformance
from tests.contract.media_server_wire import FILE, RELEASE, RING, Running, Wire, make_root, path_of, ticket

IMPATIENT = ServerLimits(head_timeout=seconds(0.3), idle_timeout=seconds(0.3), stall_timeout=seconds(0.3))


class TestSendfileServer(SocketConformance):
    @pytest.fixture
    async def server(self) -> MediaServer:
        return self.another()

    def another(self) -> MediaServer:
        return SendfileServer(SystemClock())


async def started(tmp_path: Path, limits: ServerLimits, **more: Path) -> Running:
    server = SendfileServer(SystemClock(), limits)
    root = make_root(tmp_path)
    config = MediaServerConfig(
        root, RING.keys, "127.0.0.1", 0, certificate=more.get("certificate"), private_key=more.get("private_key")
    )
    await server.start(config)
    return Running(server, root)


async def test_a_client_that_drips_its_request_is_parted_with_and_others_are_served(tmp_path: Path) -> None:
    edge = await started(tmp_path, IMPATIENT)
    wire = await edge.connect()

    async def drip() -> None:
        while True:
            await wire.send(b"X")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    try:
        assert (await edge.ask(path_of(ticket()))).status == 200
        async with asyncio.timeout(20):
            assert await wire.is_closed()
    finally:
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        await edge.stop()


async def test_a_client_that_takes_nothing_is_parted_with(tmp_path: Path) -> None:
    edge = await started(tmp_path, IMPATIENT)
    (edge.root / RELEASE / "hd/v1/large.m4s").write_bytes(b"x" * 64_000_000)
    wire = await edge.connect()
    await wire.send(f"GET {path_of(ticket(), f'{RELEASE}/hd/v1/large.m4s')} HTTP/1.1\r\n\r\n".encode())
    try:
        async with asyncio.timeout(20):
            while edge.server.served().connections == 0:
                await asyncio.sleep(0.01)
            while edge.server.served().connections > 0:
                await asyncio.sleep(0.01)
        assert edge.server.served().bytes < 64_000_000
    finally:
        await edge.stop()


async def test_an_idle_connection_gives_its_place_back(tmp_path: Path) -> None:
    edge = await started(tmp_path, IMPATIENT)
    wire = await edge.connect()
    await wire.ask(path_of(ticket()))
    async with asyncio.timeout(20):
        assert await wire.is_closed()
    await edge.stop()


async def test_a_connection_has_a_share_of_requests(tmp_path: Path) -> None:
    edge = await started(tmp_path, ServerLimits(requests_max=3))
    wire = await edge.connect()
    replies = [await wire.ask(path_of(ticket())) for _ in range(3)]
    assert [reply.headers.get("connection") for reply in replies] == [None, None, "close"]
    assert await wire.is_closed()
    await edge.stop()


async def test_nothing_that_is_logged_holds_a_ticket(tmp_path: Path) -> None:
    stream = io.StringIO()
    log.configure(level="debug", stream=stream)
    edge = await started(tmp_path, ServerLimits())
    for path in (path_of(ticket()), path_of(ticket(ends_in=-5)), path_of(ticket(), "nowhere")):
        await edge.ask(path)
    await edge.stop()
    assert "eyJ" not in stream.getvalue()


async def test_a_release_that_was_deleted_and_filled_again_is_served_on_the_same_connection(tmp_path: Path) -> None:
    edge = await started(tmp_path, ServerLimits())
    wire = await edge.connect()
    assert (await wire.ask(path_of(ticket()))).status == 200
    shutil.rmtree(edge.root / RELEASE)
    assert (await wire.ask(path_of(ticket()))).status == 404
    (edge.root / RELEASE / "hd" / "v1").mkdir(parents=True)
    (edge.root / RELEASE / "hd" / "v1" / "seg1.m4s").write_bytes(b"again")
    assert (await wire.ask(path_of(ticket()))).body == b"again"
    await edge.stop()


async def test_many_tracks_do_not_keep_many_folders_open(tmp_path: Path) -> None:
    edge = await started(tmp_path, ServerLimits())
    for number in range(400):
        folder = edge.root / RELEASE / "hd" / f"t{number}"
        folder.mkdir()
        (folder / "a.m4s").write_bytes(b"%d" % number)
    wire = await edge.connect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(400):
        reply = await wire.ask(path_of(ticket(), f"{RELEASE}/hd/t{number}/a.m4s"))
        assert reply.body == b"%d" % number
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 200
    await edge.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) < before


# ---- HTTPS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


async def secure(edge: Running, certificate: Path) -> Wire:
    trust = ssl.create_default_context(cafile=str(certificate))
    opened = await asyncio.open_connection(
        "127.0.0.1", edge.server.port, ssl=trust, server_hostname="localhost", limit=1 << 20
    )
    wire = Wire(*opened)
    edge.wires.append(wire)
    return wire


async def test_https_serves_the_same_bytes_ranges_and_refusals(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    edge = await started(tmp_path, ServerLimits(), certificate=certificate[0], private_key=certificate[1])
    try:
        wire = await secure(edge, certificate[0])
        assert (await wire.ask(path_of(ticket()))).body == FILE
        part = await wire.ask(path_of(ticket()), Range="bytes=300000-900000")
        assert (part.status, part.body == FILE[300_000:900_001]) == (206, True)
        assert (await wire.ask(path_of(ticket()), method="HEAD")).headers["content-length"] == "1000000"
        assert (await wire.ask(path_of("forged"))).status == 403
        bodies = await asyncio.gather(*[(await secure(edge, certificate[0])).ask(path_of(ticket())) for _ in range(8)])
        assert all(reply.body == FILE for reply in bodies)
        assert edge.server.served().bytes == 9 * len(FILE) + 600_001
    finally:
        await edge.stop()


async def test_https_parts_with_a_client_that_never_speaks_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    edge = await started(tmp_path, IMPATIENT, certificate=certificate[0], private_key=certificate[1])
    try:
        silent = await edge.connect()
        plain = await edge.connect()
        await plain.send(b"GET /healthz HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(20):
            while edge.server.served().connections == 0:
                await asyncio.sleep(0.01)
            assert await silent.is_closed()
            while edge.server.served().connections > 0:
                await asyncio.sleep(0.01)
    finally:
        await edge.stop()


async def test_a_certificate_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("not a certificate")
    with pytest.raises(InvalidInput, match="cannot be used for HTTPS"):
        await started(tmp_path, ServerLimits(), certificate=tmp_path / "cert.pem")


async def test_https_parts_with_a_client_that_asks_for_nothing_before_its_first_minute_is_over(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    limits = ServerLimits(head_timeout=seconds(0.3), idle_timeout=seconds(600))
    edge = await started(tmp_path, limits, certificate=certificate[0], private_key=certificate[1])
    try:
        silent = await secure(edge, certificate[0])
        async with asyncio.timeout(20):
            assert await silent.is_closed()
    finally:
        await edge.stop()


async def test_why_tickets_were_refused_is_counted_by_the_edge(tmp_path: Path) -> None:
    edge = await started(tmp_path, ServerLimits())
    for path in (path_of(ticket(ends_in=-5)), path_of("forged"), path_of("forged")):
        assert (await edge.ask(path)).status == 403
    told = (await edge.ask("/metrics")).body.decode()
    assert 'edge_tickets_refused_total{reason="expired"} 1' in told
    assert 'edge_tickets_refused_total{reason="malformed"} 2' in told
    await edge.stop()
