"""Which tombstones an edge carries out: those it has not yet, in their order, signed by whom it believes."""

from collections.abc import Iterable
from dataclasses import dataclass

from matinee.delivery.edge.model.contents import is_file_path, is_release_id
from matinee.wire.purge import Tombstone, is_signed_by
from matinee.wire.releases import RELEASE_FILE


@dataclass(frozen=True, slots=True)
class Judged:
    good: tuple[Tombstone, ...]
    refused: tuple[str, ...] = ()
    """Why, one sentence each."""


def judged(stones: Iterable[Tombstone], *, acknowledged: int, key: str) -> Judged:
    """What was carried out before comes again when an answer was lost: it is passed over. With the first that is refused
    all later ones wait, for they come after it."""
    good: list[Tombstone] = []
    number = acknowledged
    for stone in stones:
        if not key or not is_signed_by(stone, key):
            return Judged(tuple(good), (f"tombstone {stone.sequence} is not signed by the key this edge believes",))
        if stone.sequence <= number:
            continue
        if stone.after > number:
            return Judged(tuple(good), (f"tombstone {stone.sequence} came without {stone.after}, which is before it",))
        good.append(stone)
        number = stone.sequence
    return Judged(tuple(good))


def is_whole(stone: Tombstone) -> bool:
    return stone.path is None and is_release_id(stone.release_id)


def names_file(stone: Tombstone) -> bool:
    """A release without its description would be none, so that one is not taken away alone."""
    return (
        stone.path is not None
        and stone.path != RELEASE_FILE
        and is_release_id(stone.release_id)
        and is_file_path(stone.path)
    )
