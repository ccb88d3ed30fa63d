"""Ids are UUIDv7: they sort by the time they were made. Opaque secrets are random and never ids."""

import base64
import re
from typing import NewType

from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import to_epoch_ms

AccountId = NewType("AccountId", str)
ProfileId = NewType("ProfileId", str)
TitleId = NewType("TitleId", str)
ReleaseId = NewType("ReleaseId", str)
SessionId = NewType("SessionId", str)
"""A playback session."""
DeviceId = NewType("DeviceId", str)
KeyId = NewType("KeyId", str)
"""A content key's id: 32 lower-case hex digits, as packagers write it."""
ApplianceId = NewType("ApplianceId", str)
EventId = NewType("EventId", str)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


class Ids:
    """Makes ids from the two doors they need."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance

    def new(self) -> str:
        """A UUIDv7: 48 bits of milliseconds, then 74 random bits around the version and variant marks."""
        number = to_epoch_ms(self._clock.now()) << 80 | int.from_bytes(self._chance.bytes(10))
        number = number & ~(0xF << 76) | 0x7 << 76
        number = number & ~(0x3 << 62) | 0x2 << 62
        digits = f"{number:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def span(self) -> str:
        """The id of a span, as W3C Trace Context writes it."""
        return (int.from_bytes(self._chance.bytes(8)) | 1).to_bytes(8).hex()  # all zeros would be none

    def secret(self, size_bytes: int = 32) -> str:
        """An unguessable token, safe in a header, a cookie or a path."""
        return base64.urlsafe_b64encode(self._chance.bytes(size_bytes)).rstrip(b"=").decode()


def parse_id(text: str, *, what: str) -> str:
    """Refuse what is not one of our ids before it reaches a store or a path."""
    if not _UUID.fullmatch(text):
        raise InvalidInput(f"{what} is not an id of this service.", field=what)
    return text
