"""What callers may expect of a lookup of addresses: an answer at once, from memory; what is not known is said to be so."""

from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.errors import Unsupported


@dataclass(frozen=True, slots=True)
class Place:
    """Of an address. Every part may be unknown."""

    country: str | None = None
    """Two letters, as ISO 3166-1 has them."""
    asn: int | None = None
    """The number of the network it is announced by."""
    network_name: str | None = None
    is_hosting: bool = False
    """The data says that it is rented by machines rather than by people."""
    is_anonymous: bool = False
    """The data says that it is a VPN, a proxy or the like."""


NOWHERE = Place()


class DataUnreadable(Unsupported):
    """The file is not a database of addresses."""


class Geo(Protocol):
    def locate(self, address: str) -> Place:
        """Never raises: of what is no address, or not in the data, nothing is known."""
        ...

    async def refresh(self) -> None:
        """Take the data anew where it was replaced; looks seldom enough to be asked at every request. New data that cannot be
        read is told in the log, and the old stays."""
        ...
