"""Fill: steering orders an appliance to hold a release; the appliance fetches, checks every hash, and reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FillOrder:
    """Hold this release, fetched from the first source that answers. Numbered per appliance, so nothing is missed."""

    sequence: int
    release_id: str
    manifest_sha256: str
    """Hash of `release.json`, which holds the hash of everything else."""
    sources: tuple[str, ...]
    """Base URLs, best first: `{source}/v1/{ticket}/{release}/…`, the ticket being `ticket`."""
    ticket: str
    priority: int = 0
    signature: str = ""
    """By the key of tombstones: that the hash is this release's. An edge that knows the key fills nothing without."""


@dataclass(frozen=True, slots=True)
class FillOrders:
    """All orders in force for one appliance, oldest first."""

    orders: tuple[FillOrder, ...]
    version: int = 1
