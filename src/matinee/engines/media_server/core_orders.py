"""What a worker process is told: lines of JSON over a socket pair, each answered by its number once it holds.

What it has sent to whom it says only when it is asked, as a line that begins with a bracket.

Ticket keys travel here and nowhere else: the arguments and the environment of a process can be read by others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.port import Sent
from matinee.wire.encoding import b64url, from_b64url, from_json, to_json

UP = 0
"""The number that a process says by itself, when it is ready to be told."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What it serves, for all of its life."""

    root: str
    row: int
    """Its row of the board."""
    certificate: str | None
    private_key: str | None
    limits: ServerLimits


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    """Later ones have higher ones."""
    begin: Begin | None = None
    keys: dict[str, str] | None = field(default=None, repr=False)
    """All ticket keys from now on, base64url by id."""
    deny: tuple[str, ...] = ()
    """Releases and files to refuse beside those that are refused already."""
    revoke: dict[str, int] = field(default_factory=dict)
    """Sessions to refuse, and until when."""

    tell_sent: bool = False
    """It says what it has sent since it was last asked, in a line of its own before the number."""

    def ticket_keys(self) -> dict[str, bytes] | None:
        return None if self.keys is None else {name: from_b64url(key) for name, key in self.keys.items()}


def spelled(keys: dict[str, bytes]) -> dict[str, str]:
    return {name: b64url(key) for name, key in keys.items()}


def written(order: Order) -> bytes:
    return to_json(order) + b"\n"


def read(line: bytes) -> Order:
    return from_json(line, Order)


def sent_written(sent: Sequence[Sent]) -> bytes:
    return to_json(sent) + b"\n"


def is_sent(line: bytes) -> bool:
    return line.startswith(b"[")


def sent_read(line: bytes) -> tuple[Sent, ...]:
    return from_json(line, tuple[Sent, ...])
