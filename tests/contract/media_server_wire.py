"""What media servers are tested with: tickets, a small tree, and connections that say exactly what they are told to."""

import asyncio
import datetime as dates
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matinee.engines.media_server.port import MediaServer, Sent
from matinee.wire.accounts import Said
from matinee.wire.cmcd import merged
from matinee.wire.tickets import EdgeTicket, KeyRing, sign

RELEASE, OTHER = "rel-1", "rel-2"
RING = KeyRing("k1", {"k1": b"1" * 32, "k2": b"2" * 32})
FILE = bytes((at * 7 + at // 256) % 256 for at in range(1_000_000))
SMALL = b"small file"


def ticket(
    *tiers: str,
    release: str = RELEASE,
    ends_in: float = 3600,
    kid: str = "k1",
    ring: KeyRing = RING,
    session: str = "session-1",
    client: str | None = None,
) -> str:
    end = int(datetime.now(UTC).timestamp() + ends_in)
    return sign(EdgeTicket(kid, release, tiers or ("hd", "clear"), end, session, client=client), ring)


def path_of(text: str, rest: str = f"{RELEASE}/hd/v1/seg1.m4s") -> str:
    return f"/v1/{text}/{rest}"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """A connection that says exactly what it is told to say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        lines = [f"{method} {path} HTTP/1.1", "Host: edge"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())
        return await self.reply(has_body=method != "HEAD")

    async def reply(self, *, has_body: bool = True) -> Reply:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        status = int(first.split(" ")[1])
        length = int(headers.get("content-length", 0)) if has_body and status not in (204, 304) else 0
        return Reply(status, headers, await self.reader.readexactly(length))

    async def is_closed(self) -> bool:
        try:
            return await self.reader.read(1) == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


class Running:
    """A server with two releases, and as many connections to it as a test opens."""

    def __init__(self, server: MediaServer, root: Path) -> None:
        self.server, self.root = server, root
        self.wires: list[Wire] = []
        self.bytes_unnamed = 0
        """Served to nobody who is told of, or told before."""

    async def connect(self) -> Wire:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.server.port, limit=1 << 20))
        self.wires.append(wire)
        return wire

    async def connect_securely(self, certificate: Path) -> Wire:
        trust = ssl.create_default_context(cafile=str(certificate))
        port = self.server.port
        opened = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname="localhost", limit=1 << 20)
        self.wires.append(Wire(*opened))
        return self.wires[-1]

    async def count(self, requests: int) -> None:
        """Until so many are counted: a server may count an answer a moment after the client has it."""
        async with asyncio.timeout(20):
            while self.server.served().requests < requests:
                await asyncio.sleep(0.01)

    async def sent(self, requests: int) -> dict[tuple[str, str, str], Sent]:
        """By session, release and tier, once so many requests are told, and all bytes of them that ever will be."""
        found: dict[tuple[str, str, str], Sent] = {}
        async with asyncio.timeout(20):
            while sum(one.requests for one in found.values()) < requests or not self.is_quiet(found):
                for one in self.server.sent():
                    key = (one.session, one.release, one.tier)
                    before = found.get(key, Sent(*key, 0, 0, 0, Said()))
                    found[key] = Sent(
                        *key,
                        before.requests + one.requests,
                        before.bytes + one.bytes,
                        before.failed + one.failed,
                        merged(before.said, one.said),
                    )
                await asyncio.sleep(0.01)
        return found

    def is_quiet(self, found: dict[tuple[str, str, str], Sent]) -> bool:
        return sum(one.bytes for one in found.values()) >= self.server.served().bytes - self.bytes_unnamed

    async def ask(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        return await (await self.connect()).ask(path, method=method, **headers)

    async def stop(self) -> None:
        for wire in self.wires:
            await wire.close()
        await self.server.stop()


def make_root(folder: Path) -> Path:
    root = folder / "releases"
    for release in (RELEASE, OTHER):
        track = root / release / "hd" / "v1"
        track.mkdir(parents=True)
        (track / "seg1.m4s").write_bytes(FILE)
        (track / "small.m4s").write_bytes(SMALL)
        (track / "empty.m4s").write_bytes(b"")
        for name in ("init.mp4", "sheet.jpg", "words.vtt", "data.json"):
            (track / name).write_bytes(SMALL)
        (root / release / "release.json").write_bytes(b'{"v":1}')
    (folder / "secret.m4s").write_bytes(b"outside")
    (root / RELEASE / "hd" / "v1" / "link.m4s").symlink_to(folder / "secret.m4s")
    (root / RELEASE / "hd" / "linked").symlink_to(folder)
    return root


def make_certificate(folder: Path, *addresses: str) -> tuple[Path, Path]:
    """For `localhost` and these, signed by itself: the certificate and its key."""
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ip_address(address)) for address in addresses]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dates.datetime.now(dates.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dates.timedelta(days=1))
        .not_valid_after(now + dates.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"
