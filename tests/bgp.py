"""A peer's side of BGP, for tests: it writes what the house cannot, UPDATEs above all, and can be as wrong as it likes."""

import asyncio
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address, ip_network

from hypothesis import strategies as st

from matinee.engines.routes.messages import (
    KEEPALIVE,
    NOTIFICATION,
    OPEN,
    UPDATE,
    Keepalive,
    Kind,
    Notification,
    Open,
    ProtocolBroken,
    decode_notification,
    decode_open,
    encode,
    messages,
)
from matinee.engines.routes.port import Attributes, Family

ORIGINS = ("igp", "egp", "incomplete")
BOTH: frozenset[Family] = frozenset(("ipv4", "ipv6"))


def framed(kind: int, body: bytes) -> bytes:
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def attribute(flags: int, kind: int, value: bytes) -> bytes:
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, kind, len(value)) + value
    return bytes((flags, kind, len(value))) + value


def nlri(prefixes: Iterable[str]) -> bytes:
    written = b""
    for prefix in prefixes:
        network = ip_network(prefix)
        written += bytes((network.prefixlen,)) + network.network_address.packed[: (network.prefixlen + 7) // 8]
    return written


def path(systems: Iterable[int], *, width: int = 4) -> bytes:
    """One sequence; longer ones than it holds go on in another."""
    numbers, written = list(systems), b""
    for start in range(0, len(numbers), 255):
        piece = numbers[start : start + 255]
        written += bytes((2, len(piece))) + b"".join(number.to_bytes(width, "big") for number in piece)
    return written


def about(attributes: Attributes, *, with_next_hop: bool = True, as4: bool = True) -> bytes:
    written = attribute(0x40, 1, bytes((ORIGINS.index(attributes.origin),)))
    if as4:
        written += attribute(0x40, 2, path(attributes.as_path))
    else:
        short = [number if number <= 0xFFFF else 23456 for number in attributes.as_path]
        written += attribute(0x40, 2, path(short, width=2)) + attribute(0xC0, 17, path(attributes.as_path))
    if with_next_hop:
        written += attribute(0x40, 3, ip_address(attributes.next_hop).packed)
    if attributes.med is not None:
        written += attribute(0x80, 4, attributes.med.to_bytes(4, "big"))
    parts = [tuple(map(int, each.split(":"))) for each in attributes.communities]
    if pairs := [struct.pack("!HH", *each) for each in parts if len(each) == 2]:
        written += attribute(0xC0, 8, b"".join(pairs))
    if triples := [struct.pack("!III", *each) for each in parts if len(each) == 3]:
        written += attribute(0xC0, 32, b"".join(triples))
    return written


def body(*, withdrawn: bytes = b"", attributes: bytes = b"", prefixes: bytes = b"") -> bytes:
    return struct.pack("!H", len(withdrawn)) + withdrawn + struct.pack("!H", len(attributes)) + attributes + prefixes


def reach(prefixes: Iterable[str], next_hop: bytes, *, afi: int = 2) -> bytes:
    return attribute(0x80, 14, struct.pack("!HBB", afi, 1, len(next_hop)) + next_hop + b"\0" + nlri(prefixes))


def unreach(prefixes: Iterable[str], *, afi: int = 2) -> bytes:
    return attribute(0x80, 15, struct.pack("!HB", afi, 1) + nlri(prefixes))


def announcement(prefixes: Iterable[str], attributes: Attributes, *, as4: bool = True) -> bytes:
    """One family in one message, as the next hop has it."""
    hop = ip_address(attributes.next_hop)
    if hop.version == 4:
        return body(attributes=about(attributes, as4=as4), prefixes=nlri(prefixes))
    said = reach(prefixes, hop.packed) + about(attributes, with_next_hop=False, as4=as4)
    return body(attributes=said)


def withdrawal(prefixes: Iterable[str]) -> bytes:
    prefixes = list(prefixes)
    old = [prefix for prefix in prefixes if ":" not in prefix]
    new = [prefix for prefix in prefixes if ":" in prefix]
    return body(withdrawn=nlri(old), attributes=unreach(new) if new else b"")


END_IPV4 = body()
END_IPV6 = body(attributes=unreach(()))


def greeting(asn: int, *, router_id: int = 0x0A000001, hold_seconds: int = 9, as4: bool = True) -> Open:
    return Open(asn, hold_seconds, router_id, BOTH, as4)


VIA = Attributes((64512, 64999), 200, "igp", "192.0.2.1", ("64512:100",))
VIA6 = Attributes((64512,), None, "incomplete", "2001:db8::1", ("4200000000:1:2",))
UPDATES = (
    announcement(["10.0.0.0/8", "198.51.100.0/24"], VIA),
    announcement(["10.0.0.0/8"], VIA, as4=False),
    announcement(["2001:db8::/32"], VIA6),
    withdrawal(["10.0.0.0/8", "2001:db8::/32"]),
)


@st.composite
def damaged(draw: st.DrawFn, *good: bytes) -> bytes:
    """One of these bodies with some bytes other than they were; never shorter than its kind may be."""
    body = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(0, 4))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(body)))
    return bytes(body[: max(10, cut)]) + draw(st.binary(max_size=8))


def told_about(work: Callable[[], object]) -> int | None:
    """The code that the peer hears; None where there is nothing to complain about. Any other error is one of ours."""
    try:
        work()
    except ProtocolBroken as error:
        return error.notification.code
    return None


class RawPeer:
    """A connection, and what came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self._arrived: list[tuple[Kind, bytes]] = []

    @classmethod
    async def connect(cls, port: int, *, come_from: str = "127.0.0.1") -> "RawPeer":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(come_from, 0))
        return cls(reader, writer)

    async def say(self, *pieces: bytes | Open | Keepalive | Notification) -> None:
        for piece in pieces:
            self._writer.write(piece if isinstance(piece, bytes) else encode(piece))
        with suppress(ConnectionError):
            await self._writer.drain()

    async def update(self, *bodies: bytes) -> None:
        await self.say(*(framed(UPDATE, each) for each in bodies))

    async def hear(self) -> tuple[Kind, bytes] | None:
        """The next message; None when the connection is over."""
        while not self._arrived:
            try:
                async with asyncio.timeout(20):
                    data = await self._reader.read(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._buffer += data
            self._arrived.extend(messages(self._buffer))
        return self._arrived.pop(0)

    async def last_words(self) -> Notification | None:
        """What it was told in the end, whatever came before; None where it was told nothing."""
        found = None
        while (message := await self.hear()) is not None:
            if message[0] == NOTIFICATION:
                found = decode_notification(message[1])
        return found

    async def establish(self, opened: Open) -> Open:
        """From the first word to a session. Answers with what the other side said of itself."""
        await self.say(opened)
        first = await self.hear()
        assert first is not None, "the connection was closed"
        assert first[0] == OPEN, first
        second = await self.hear()
        assert second is not None, "the connection was closed"
        assert second[0] == KEEPALIVE, second
        await self.say(Keepalive())
        return decode_open(first[1])

    def close(self) -> None:
        self._writer.transport.abort()
