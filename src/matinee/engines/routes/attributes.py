"""The path attributes of an UPDATE, and what is to be done about bad ones (RFC 7606).

Most faults cost the routes they came with, which are treated as withdrawn; a few cost nothing; and where it is no longer
sure which routes were meant, the session ends.
"""

import struct
from dataclasses import dataclass
from typing import Literal

from matinee.engines.routes.messages import AS_TRANS, UPDATE_ERROR, ProtocolBroken
from matinee.engines.routes.port import Attributes
from matinee.engines.routes.prefixes import ipv4_text, ipv6_text

_ORIGIN, _AS_PATH, _NEXT_HOP, _MED, _LOCAL_PREF, _AGGREGATOR, _COMMUNITIES = 1, 2, 3, 4, 5, 7, 8
_ORIGINATOR, _CLUSTERS, _REACH, _UNREACH, _EXTENDED_COMMUNITIES, _AS4_PATH, _LARGE_COMMUNITIES = (
    9,
    10,
    14,
    15,
    16,
    17,
    32,
)

_EXTENDED_LENGTH = 0x10
_OPTIONAL, _TRANSITIVE = 0x80, 0x40
_FLAGS = {
    _ORIGIN: _TRANSITIVE,
    _AS_PATH: _TRANSITIVE,
    _NEXT_HOP: _TRANSITIVE,
    _MED: _OPTIONAL,
    _LOCAL_PREF: _TRANSITIVE,
    6: _TRANSITIVE,  # that routes were put together
    _AGGREGATOR: _OPTIONAL | _TRANSITIVE,
    _COMMUNITIES: _OPTIONAL | _TRANSITIVE,
    _ORIGINATOR: _OPTIONAL,
    _CLUSTERS: _OPTIONAL,
    _EXTENDED_COMMUNITIES: _OPTIONAL | _TRANSITIVE,
    _LARGE_COMMUNITIES: _OPTIONAL | _TRANSITIVE,
}
"""Of the two flags, those that each attribute has to have."""
_FOR_INSIDE = {_LOCAL_PREF, _ORIGINATOR, _CLUSTERS}
"""What has a meaning between speakers of one system alone."""
_SET, _SEQUENCE = 1, 2
_ORIGINS: tuple[Literal["igp", "egp", "incomplete"], ...] = ("igp", "egp", "incomplete")


@dataclass(frozen=True, slots=True)
class Perspective:
    """What the meaning of attributes depends on."""

    own_asn: int
    as4: bool
    """Whether paths come in four bytes a system."""
    internal: bool
    """Whether the peer is of our own system."""


@dataclass(frozen=True, slots=True)
class Sections:
    """An UPDATE's attributes, parted: what carries prefixes, and what is said of them."""

    about: bytes
    reach: bytes | None
    unreach: bytes | None
    fault: str


@dataclass(frozen=True, slots=True)
class Understood:
    """Either the attributes, or nothing, and the routes count as withdrawn; with the reason where that is a fault."""

    attributes: Attributes | None
    fault: str = ""
    is_malformed: bool = False


class _Malformed(Exception):
    """The routes go, the session stays."""


def part(section: bytes) -> Sections:
    """Find the attributes that carry prefixes, without looking at the others."""
    carried: dict[int, bytes] = {}
    about: list[bytes] = []
    fault, at = "", 0
    while at < len(section):
        start, stop = _bounds(section, at)
        kind = section[at + 1] if at + 1 < len(section) else 0
        if kind in (_REACH, _UNREACH):
            if stop > len(section) or kind in carried:
                raise ProtocolBroken(UPDATE_ERROR, 1, "Its list of path attributes cannot be read.")
            carried[kind] = section[start:stop]
            if kind == _REACH and section[at] & (_OPTIONAL | _TRANSITIVE) != _OPTIONAL:
                fault = fault or f"attribute {kind} has wrong flags"
        elif stop > len(section):
            fault = fault or "an attribute is longer than their list"
            break
        else:
            about.append(section[at:stop])
        at = stop
    return Sections(b"".join(about), carried.get(_REACH), carried.get(_UNREACH), fault)


def understand(about: bytes, next_hop: bytes | None, perspective: Perspective) -> Understood:
    """`next_hop`: what came beside the prefixes; None where they are of the old form, whose next hop is an attribute."""
    reading = _Reading(perspective)
    seen: set[int] = set()
    try:
        at = 0
        while at < len(about):
            start, stop = _bounds(about, at)
            flags, kind = about[at], about[at + 1]
            if kind not in seen:  # of what comes twice, the first counts
                seen.add(kind)
                reading.take(flags, kind, about[start:stop], about[at:stop])
            at = stop
        return reading.finished(next_hop)
    except _Malformed as error:
        return Understood(None, str(error), is_malformed=True)


def _bounds(section: bytes, at: int) -> tuple[int, int]:
    """Where the value of the attribute begins, and where it ends; past the section where that is too short."""
    if section[at] & _EXTENDED_LENGTH:
        start = at + 4
        return start, start + int.from_bytes(section[at + 2 : start], "big") if start <= len(section) else start
    start = at + 3
    return start, start + section[at + 2] if start <= len(section) else start


class _Reading:
    """What is gathered from one list of attributes."""

    def __init__(self, perspective: Perspective) -> None:
        self._perspective = perspective
        self._origin: Literal["igp", "egp", "incomplete"] | None = None
        self._path: list[int] | None = None
        self._path4: list[int] | None = None
        self._passed: set[int] = set()
        self._next_hop: bytes | None = None
        self._med: int | None = None
        self._communities: list[str] = []
        self._large: list[str] = []
        self._aggregated_by_new = True

    def take(self, flags: int, kind: int, value: bytes, whole: bytes) -> None:
        wanted = _FLAGS.get(kind)
        if wanted is None:
            self._take_unlisted(flags, kind, value, whole)
            return
        if kind in _FOR_INSIDE:
            if self._perspective.internal:
                _check(len(value) == 4 if kind != _CLUSTERS else _is_multiple(value, 4), kind)
            return
        if flags & (_OPTIONAL | _TRANSITIVE) != wanted:
            raise _Malformed(f"attribute {kind} has wrong flags")
        if kind == _ORIGIN:
            _check(len(value) == 1 and value[0] < len(_ORIGINS), kind)
            self._origin = _ORIGINS[value[0]]
        elif kind == _AS_PATH:
            self._path = self._read_path(value, 4 if self._perspective.as4 else 2)
        elif kind == _NEXT_HOP:
            _check(len(value) == 4, kind)
            self._next_hop = value
        elif kind == _MED:
            _check(len(value) == 4, kind)
            self._med = int.from_bytes(value, "big")
        else:
            self._take_optional(kind, value)

    def finished(self, next_hop: bytes | None) -> Understood:
        hop = next_hop if next_hop is not None else self._next_hop
        if self._origin is None or self._path is None or hop is None:
            missing = "origin" if self._origin is None else "path" if self._path is None else "next hop"
            return Understood(None, f"the {missing} is missing")
        if self._perspective.own_asn in self._passed:
            return Understood(None)  # it leads through us: no fault, and no way
        text = ipv4_text(hop) if len(hop) == 4 else ipv6_text(hop[:16])
        communities = tuple(self._communities + self._large)
        return Understood(Attributes(self._whole_path(self._path), self._med, self._origin, text, communities))

    def _take_optional(self, kind: int, value: bytes) -> None:
        if kind == _COMMUNITIES:
            _check(_is_multiple(value, 4), kind)
            self._communities = [f"{high}:{low}" for high, low in struct.iter_unpack("!HH", value)]
        elif kind == _LARGE_COMMUNITIES:
            _check(_is_multiple(value, 12), kind)
            self._large = [f"{a}:{b}:{c}" for a, b, c in struct.iter_unpack("!III", value)]
        elif kind == _EXTENDED_COMMUNITIES:
            _check(_is_multiple(value, 8), kind)
        elif kind == _AGGREGATOR and len(value) == 6:
            self._aggregated_by_new = int.from_bytes(value[:2], "big") == AS_TRANS

    def _take_unlisted(self, flags: int, kind: int, value: bytes, whole: bytes) -> None:
        if kind == _AS4_PATH:
            # Told by and meant for speakers of two bytes; a bad one is passed over (RFC 6793).
            if not self._perspective.as4:
                try:
                    self._path4 = self._read_path(value, 4)
                except _Malformed:
                    self._path4 = None
        elif not flags & _OPTIONAL:
            sentence = f"It sent attribute {kind} as one that everybody knows."
            raise ProtocolBroken(UPDATE_ERROR, 2, sentence, whole)

    def _read_path(self, value: bytes, width: int) -> list[int]:
        """A set counts once in a path's length, so one of it stands for all."""
        path: list[int] = []
        at = 0
        while at < len(value):
            kind, count = value[at], value[at + 1] if at + 1 < len(value) else 0
            start, stop = at + 2, at + 2 + count * width
            if kind not in (_SET, _SEQUENCE) or count == 0 or stop > len(value):
                raise _Malformed("the path cannot be read")
            systems = struct.unpack_from(f"!{count}{'I' if width == 4 else 'H'}", value, start)
            if 0 in systems:
                raise _Malformed("the path leads through AS 0, which is nobody")
            self._passed.update(systems)
            path.extend(systems if kind == _SEQUENCE else (min(systems),))
            at = stop
        return path

    def _whole_path(self, path: list[int]) -> tuple[int, ...]:
        """With the numbers of four bytes that a speaker of two passed on beside the path (RFC 6793, 4.2.3)."""
        four = self._path4
        if four is None or not self._aggregated_by_new or len(path) < len(four):
            return tuple(path)
        return tuple(path[: len(path) - len(four)] + four)


def _check(is_good: bool, kind: int) -> None:
    if not is_good:
        raise _Malformed(f"attribute {kind} cannot be read")


def _is_multiple(value: bytes, of: int) -> bool:
    return len(value) > 0 and len(value) % of == 0
