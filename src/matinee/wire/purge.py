"""Purge: numbered tombstones. Deny first, delete after; acknowledged by number in the health report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tombstone:
    sequence: int
    release_id: str
    reason: str
    path: str | None = None
    """One file below the release; None is all of it."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Everything after the number the appliance last acknowledged, in order."""

    stones: tuple[Tombstone, ...]
    version: int = 1
