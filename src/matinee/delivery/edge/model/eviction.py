"""What may go when the disk is full. Steering decides what an appliance holds; this only carries it out in an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    release_id: str
    size: int


def choose_victims(held: Sequence[Held], *, spared: Collection[str], bytes_needed: int) -> list[Held] | None:
    """The releases to delete for `bytes_needed` more bytes, or None where even all that may go is not enough.

    What is ordered is `spared`, and what is being played; the smallest set by largest first, so that few are lost.
    """
    victims: list[Held] = []
    for one in sorted(held, key=lambda each: (-each.size, each.release_id)):
        if bytes_needed <= 0:
            break
        if one.release_id not in spared:
            victims.append(one)
            bytes_needed -= one.size
    return victims if bytes_needed <= 0 else None
