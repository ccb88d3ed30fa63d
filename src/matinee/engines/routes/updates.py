"""An UPDATE's body into what it says: which prefixes came with which attributes, and which went."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from matinee.engines.routes.attributes import Perspective, Understood, part, understand
from matinee.engines.routes.messages import FAMILIES, UPDATE_ERROR, ProtocolBroken
from matinee.engines.routes.port import Attributes, Family
from matinee.engines.routes.prefixes import READERS, NotPrefixes

_REMEMBERED = 1024
"""Lists of attributes, most of which come again with other prefixes. With the longest there are, 4 MB."""
_NEXT_HOP_BYTES = {"ipv4": (4,), "ipv6": (16, 32)}


@dataclass(slots=True)
class Update:
    withdrawn: list[tuple[str, ...]] = field(default_factory=list)
    announced: list[tuple[tuple[str, ...], Attributes]] = field(default_factory=list)
    ended: list[Family] = field(default_factory=list)
    """Families whose table was told to its end (RFC 4724)."""
    fault: str = ""
    """Why routes that were announced count as withdrawn."""


class UpdateReader:
    """For one session. Raises `ProtocolBroken` where it must end; nothing else, whatever the bytes are."""

    def __init__(self, perspective: Perspective, families: frozenset[Family]) -> None:
        self._families = families

        def anew(about: bytes, next_hop: bytes | None) -> Understood:
            return understand(about, next_hop, perspective)

        self._understand: Callable[[bytes, bytes | None], Understood] = lru_cache(_REMEMBERED)(anew)

    def read(self, body: bytes) -> Update:
        withdrawn, section, prefixes = _parts(body)
        update = Update()
        if not (withdrawn or section or prefixes):
            update.ended.append("ipv4")
            return update
        update.fault = self._read(update, withdrawn, section, prefixes)
        return update

    def _read(self, update: Update, withdrawn: bytes, section: bytes, prefixes: bytes) -> str:
        sections = part(section)
        if withdrawn:
            update.withdrawn.append(_old_form(withdrawn))
        if sections.unreach is not None:
            self._take_unreach(update, sections.unreach)
        reached: list[tuple[tuple[str, ...], bytes | None]] = []
        if sections.reach is not None and (found := self._read_reach(sections.reach)) is not None:
            reached.append(found)
        if prefixes:
            reached.append((_old_form(prefixes), None))
        if not prefixes and sections.reach is None:
            return self._without_routes(sections.about, sections.fault)
        fault = sections.fault
        for routes, next_hop in reached:
            understood = self._understand(sections.about, next_hop)
            if understood.attributes is None or sections.fault:
                update.withdrawn.append(routes)
                fault = fault or understood.fault
            else:
                update.announced.append((routes, understood.attributes))
        return fault

    def _without_routes(self, about: bytes, fault: str) -> str:
        """Attributes of no routes mean nothing. Bad ones may have hidden the routes they belong to (RFC 7606, 5.2)."""
        if about and not fault:
            understood = self._understand(about, None)
            fault = understood.fault if understood.is_malformed else ""
        if fault:
            raise ProtocolBroken(UPDATE_ERROR, 1, f"It sent bad attributes and no routes: {fault}.")
        return ""

    def _take_unreach(self, update: Update, value: bytes) -> None:
        if len(value) < 3:
            raise _bad_routes(value)
        family = self._family(value)
        if family is None:
            return
        if len(value) == 3:
            update.ended.append(family)
            return
        update.withdrawn.append(_new_form(family, value, 3))

    def _read_reach(self, value: bytes) -> tuple[tuple[str, ...], bytes] | None:
        if len(value) < 5 or len(value) < 5 + value[3]:
            raise _bad_routes(value)
        family = self._family(value)
        if family is None:
            return None
        start = 5 + value[3]  # behind the next hop and a byte that nobody uses
        if value[3] not in _NEXT_HOP_BYTES[family]:
            raise _bad_routes(value)
        return _new_form(family, value, start), value[4 : start - 1]

    def _family(self, value: bytes) -> Family | None:
        """None: one that was not agreed; its routes are passed over."""
        family = FAMILIES.get((int.from_bytes(value[:2], "big"), value[2]))
        return family if family in self._families else None


def _parts(body: bytes) -> tuple[bytes, bytes, bytes]:
    """Withdrawn prefixes, attributes, prefixes."""
    attributes_at = 4 + int.from_bytes(body[:2], "big")
    if attributes_at > len(body):
        raise _bad_lengths()
    prefixes_at = attributes_at + int.from_bytes(body[attributes_at - 2 : attributes_at], "big")
    if prefixes_at > len(body):
        raise _bad_lengths()
    return body[2 : attributes_at - 2], body[attributes_at:prefixes_at], body[prefixes_at:]


def _old_form(data: bytes) -> tuple[str, ...]:
    try:
        return READERS["ipv4"](data)
    except NotPrefixes:
        raise ProtocolBroken(UPDATE_ERROR, 10, "It sent prefixes that cannot be read.") from None


def _new_form(family: Family, value: bytes, start: int) -> tuple[str, ...]:
    try:
        return READERS[family](value[start:])
    except NotPrefixes:
        raise _bad_routes(value) from None


def _bad_lengths() -> ProtocolBroken:
    return ProtocolBroken(UPDATE_ERROR, 1, "The lengths in its UPDATE do not add up.")


def _bad_routes(value: bytes) -> ProtocolBroken:
    return ProtocolBroken(UPDATE_ERROR, 9, "It sent routes of which it cannot be said which they are.", value)
