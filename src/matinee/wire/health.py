"""Health: what an appliance says of itself each second."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from matinee.kernel.quantities import Instant
from matinee.wire.encoding import to_json

Reach = Literal["embedded", "private", "exchange", "transit", "origin"]
"""How an edge is connected to those it serves, the nearest first: in their network; over a line of its own to it; where
networks meet; through others; and origins, for whom nobody else serves."""


def contents_digest(releases: Iterable[str]) -> str:
    return sha256(to_json(sorted(releases))).hexdigest()


@dataclass(frozen=True, slots=True)
class FillProgress:
    release_id: str
    bytes_done: int
    bytes_total: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HealthReport:
    appliance_id: str
    kind: Literal["origin", "storage", "flash"]
    url: str
    """Where viewers reach it."""
    at: Instant
    sequence: int
    boot_id: str
    releases: tuple[str, ...]
    """Held complete and verified; empty where they are not told."""
    bytes_held: int
    bytes_free: int
    load: float
    """0 idle, 1 saturated."""
    errors_per_minute: float = 0.0
    filling: tuple[FillProgress, ...] = ()
    tombstone_sequence: int = 0
    """The last purge this appliance has carried out."""
    tombstones_refused: int = 0
    """Since its start: forged or altered, or with one left out before them."""
    build: str = ""
    reach: Reach | None = None
    """None, as agents before it was told: transit, or origin."""
    site: str = ""
    """Appliances that stand together say the same; empty stands alone."""
    spot: tuple[float, float] | None = None
    """Latitude and longitude, degrees."""
    routes_epoch: str = ""
    """Which life of its table of routes; empty: nobody announces anything to it."""
    routes_until: int = 0
    """The number of that table's last change."""
    capacity_bytes: int = 0
    """What it may hold of releases, with what it holds; 0: it does not say."""
    revocation_sequence: int = 0
    """The last revoked session that it refuses."""
    playing: tuple[str, ...] = ()
    """Releases that somebody is being served from here."""
    countries: tuple[str, ...] = ()
    """Whose rights it is filled for, as two-letter codes; empty: everybody's."""
    digest: str = ""
    """Of all that is held; empty, as agents before it was told: then the releases are always told."""
    releases_told: bool = True
    """False: they are those of this digest, which was acknowledged."""
    version: int = 1
