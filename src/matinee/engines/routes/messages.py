"""BGP's messages, from bytes and to bytes (RFC 4271; capabilities: 5492, 4760, 6793). No I/O.

We write OPEN, KEEPALIVE and NOTIFICATION. There is no way to write an UPDATE: we announce nothing, not even by mistake.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import ClassVar, Literal, TypeAlias

from matinee.engines.routes.port import Family
from matinee.kernel.errors import Blame, MatineeError

MESSAGE_BYTES_MAX = 4096
HEAD_BYTES = 19
AS_TRANS = 23456
"""Stands for a number of four bytes where there is room for two."""

Kind: TypeAlias = Literal[1, 2, 3, 4]
OPEN: Literal[1] = 1
UPDATE: Literal[2] = 2
NOTIFICATION: Literal[3] = 3
KEEPALIVE: Literal[4] = 4

HEADER_ERROR, OPEN_ERROR, UPDATE_ERROR, HOLD_EXPIRED, STATE_ERROR, CEASE = 1, 2, 3, 4, 5, 6

FAMILIES: dict[tuple[int, int], Family] = {(1, 1): "ipv4", (2, 1): "ipv6"}
"""By address family and subsequent family: unicast of both."""

_MARKER = b"\xff" * 16
_KINDS: dict[int, Kind] = {1: OPEN, 2: UPDATE, 3: NOTIFICATION, 4: KEEPALIVE}
_BYTES_MIN: dict[Kind, int] = {OPEN: 29, UPDATE: 23, NOTIFICATION: 21, KEEPALIVE: HEAD_BYTES}
_VERSION = 4
_MULTIPROTOCOL, _FOUR_BYTE_AS = 1, 65
_CAPABILITIES, _EXTENDED = 2, 255


class ProtocolBroken(MatineeError):
    """A peer said what the session cannot survive; it is told so by code and subcode, and the sentence is for us."""

    blame: ClassVar[Blame] = Blame.NEIGHBOR

    def __init__(self, code: int, subcode: int, sentence: str, data: bytes = b"") -> None:
        super().__init__(sentence)
        self.notification = Notification(code, subcode, data)


@dataclass(frozen=True, slots=True)
class Open:
    asn: int
    hold_seconds: int
    router_id: int
    families: frozenset[Family]
    as4: bool
    """Whether it speaks of systems in four bytes."""


@dataclass(frozen=True, slots=True)
class Keepalive:
    pass


@dataclass(frozen=True, slots=True)
class Notification:
    code: int
    subcode: int
    data: bytes = b""


def encode(message: Open | Keepalive | Notification) -> bytes:
    if isinstance(message, Open):
        return _framed(OPEN, _encode_open(message))
    if isinstance(message, Notification):
        # What is sent back may not make the message longer than messages are.
        data = message.data[: MESSAGE_BYTES_MAX - HEAD_BYTES - 2]
        return _framed(NOTIFICATION, bytes((message.code, message.subcode)) + data)
    return _framed(KEEPALIVE, b"")


def messages(buffer: bytearray) -> Iterator[tuple[Kind, bytes]]:
    """The whole messages at the buffer's beginning, as kind and body; they are taken out of it when the last was given."""
    at = 0
    try:
        while len(buffer) - at >= HEAD_BYTES:
            length, kind = _read_head(buffer, at)
            if len(buffer) - at < length:
                return
            body = bytes(buffer[at + HEAD_BYTES : at + length])
            at += length
            yield kind, body
    finally:
        del buffer[:at]


def decode_open(body: bytes) -> Open:
    version, asn, hold_seconds, router_id, count = struct.unpack_from("!BHHIB", body)
    if version != _VERSION:
        sentence = f"It speaks version {version} of BGP, and we speak {_VERSION}."
        raise ProtocolBroken(OPEN_ERROR, 1, sentence, struct.pack("!H", _VERSION))
    families: set[Family] = set()
    speaks_of_families, as4 = False, False
    for code, value in _capabilities(body[10:], count):
        if code == _MULTIPROTOCOL and len(value) == 4:
            speaks_of_families = True
            if (family := FAMILIES.get((int.from_bytes(value[:2], "big"), value[3]))) is not None:
                families.add(family)
        elif code == _FOUR_BYTE_AS and len(value) == 4:
            as4, asn = True, int.from_bytes(value, "big")
    if asn == 0:
        raise ProtocolBroken(OPEN_ERROR, 2, "It says that it is AS 0, which is nobody.")
    if router_id == 0:
        raise ProtocolBroken(OPEN_ERROR, 3, "It has no BGP identifier. Give it a router id.")
    if hold_seconds in (1, 2):
        sentence = f"It wants a hold time of {hold_seconds} s; the shortest there is are 3 s."
        raise ProtocolBroken(OPEN_ERROR, 6, sentence)
    # Who does not speak of families means the one that BGP began with.
    return Open(asn, hold_seconds, router_id, frozenset(families if speaks_of_families else {"ipv4"}), as4)


def decode_notification(body: bytes) -> Notification:
    return Notification(body[0], body[1], body[2:])


def described(notification: Notification) -> str:
    """In words: what it is about, and what a person wrote beside it (RFC 9003)."""
    code, subcode, data = notification.code, notification.subcode, notification.data
    name = _SUBCODES.get((code, subcode)) or f"{_CODES.get(code, f'code {code}')}, subcode {subcode}"
    if code == CEASE and subcode in (2, 4) and data and 0 < data[0] <= len(data) - 1:
        text = data[1 : 1 + data[0]].decode("utf-8", "replace")
        return f"{name}: “{''.join(letter for letter in text if letter.isprintable())}”"
    return name


def _framed(kind: int, body: bytes) -> bytes:
    return _MARKER + struct.pack("!HB", HEAD_BYTES + len(body), kind) + body


def _encode_open(message: Open) -> bytes:
    offered = b""
    for (afi, safi), family in FAMILIES.items():
        if family in message.families:
            offered += struct.pack("!BBHBB", _MULTIPROTOCOL, 4, afi, 0, safi)
    if message.as4:
        offered += struct.pack("!BBI", _FOUR_BYTE_AS, 4, message.asn)
    short_asn = message.asn if message.asn <= 0xFFFF else AS_TRANS
    parameters = bytes((_CAPABILITIES, len(offered))) + offered if offered else b""
    fixed = struct.pack("!BHHIB", _VERSION, short_asn, message.hold_seconds, message.router_id, len(parameters))
    return fixed + parameters


def _read_head(buffer: bytearray, at: int) -> tuple[int, Kind]:
    if buffer[at : at + 16] != _MARKER:
        raise ProtocolBroken(HEADER_ERROR, 1, "What it sends is not BGP.")
    length, number = struct.unpack_from("!HB", buffer, at + 16)
    kind = _KINDS.get(number)
    if kind is None:
        sentence = f"It sent a message of kind {number}, which was not agreed."
        raise ProtocolBroken(HEADER_ERROR, 3, sentence, bytes((number,)))
    fits = length == HEAD_BYTES if kind == KEEPALIVE else _BYTES_MIN[kind] <= length <= MESSAGE_BYTES_MAX
    if not fits:
        sentence = f"It sent a message of kind {kind} that says to be {length} bytes long."
        raise ProtocolBroken(HEADER_ERROR, 2, sentence, struct.pack("!H", length))
    return length, kind


def _capabilities(parameters: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    width = 1
    if count and parameters[:1] == bytes((_EXTENDED,)):  # RFC 9072: more than 255 bytes of them
        if len(parameters) < 3:
            raise _unreadable_open()
        count, width = int.from_bytes(parameters[1:3], "big"), 2
        parameters = parameters[3:]
    if count != len(parameters):
        raise _unreadable_open()
    for kind, value in _fields(parameters, width):
        if kind != _CAPABILITIES:
            raise ProtocolBroken(OPEN_ERROR, 4, f"Its OPEN has a parameter of kind {kind}, which nobody uses.")
        yield from _fields(value, 1)


def _fields(data: bytes, width: int) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        start = at + 1 + width
        stop = start + int.from_bytes(data[at + 1 : start], "big")
        if start > len(data) or stop > len(data):
            raise _unreadable_open()
        yield data[at], data[start:stop]
        at = stop


def _unreadable_open() -> ProtocolBroken:
    return ProtocolBroken(OPEN_ERROR, 0, "The lengths in its OPEN do not add up.")


def router_number(router_id: str) -> int:
    return int(IPv4Address(router_id))


_CODES = {
    HEADER_ERROR: "message header error",
    OPEN_ERROR: "OPEN message error",
    UPDATE_ERROR: "UPDATE message error",
    HOLD_EXPIRED: "hold timer expired",
    STATE_ERROR: "finite state machine error",
    CEASE: "cease",
}
_SUBCODES = {
    (OPEN_ERROR, 1): "unsupported version",
    (OPEN_ERROR, 2): "bad peer AS",
    (OPEN_ERROR, 3): "bad BGP identifier",
    (OPEN_ERROR, 6): "unacceptable hold time",
    (OPEN_ERROR, 7): "unsupported capability",
    (HOLD_EXPIRED, 0): "hold timer expired",
    (CEASE, 1): "maximum number of prefixes reached",
    (CEASE, 2): "administrative shutdown",
    (CEASE, 3): "peer de-configured",
    (CEASE, 4): "administrative reset",
    (CEASE, 5): "connection rejected",
    (CEASE, 6): "other configuration change",
    (CEASE, 7): "connection collision resolution",
    (CEASE, 8): "out of resources",
    (CEASE, 10): "BFD down",
}
