"""Revocations: numbered sessions whose tickets no edge takes any more. Acknowledged by number in the health report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Revocation:
    sequence: int
    session: str
    until: int
    """Epoch seconds. By then every ticket of the session has ended, and all may forget it."""


@dataclass(frozen=True, slots=True)
class Revocations:
    """The next after the number the appliance last acknowledged, in order: not always all of them at once."""

    entries: tuple[Revocation, ...] = ()
    version: int = 1
