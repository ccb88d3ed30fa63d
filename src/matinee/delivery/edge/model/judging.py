"""Which tombstones and orders an edge carries out: those signed by whom it believes; of tombstones those it has not yet, in
their order."""

from collections.abc import Iterable
from dataclasses import dataclass

from matinee.delivery.edge.model.contents import is_file_path, is_release_id
from matinee.wire.fill import FillOrder
from matinee.wire.purge import Tombstone, is_signed_by, is_vouched_by
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


class Vouched:
    """Orders come again each second: each is judged once."""

    def __init__(self) -> None:
        self._good: frozenset[tuple[str, str, str]] = frozenset()
        self._key = ""

    def of(self, orders: Iterable[FillOrder], key: str) -> tuple[list[FillOrder], list[str]]:
        """The orders to carry out, and the releases of those that are not believed. Without a key all are: it was never
        told any."""
        known = self._good if key == self._key else frozenset[tuple[str, str, str]]()
        sound = [order for order in orders if is_release_id(order.release_id)]
        good = [order for order in sound if not key or _named(order) in known or _is_vouched(order, key)]
        self._key, self._good = key, frozenset(map(_named, good))
        believed = {order.release_id for order in good}
        return good, [order.release_id for order in sound if order.release_id not in believed]


def _named(order: FillOrder) -> tuple[str, str, str]:
    return order.release_id, order.manifest_sha256, order.signature


def _is_vouched(order: FillOrder, key: str) -> bool:
    return is_vouched_by(order.signature, key, release_id=order.release_id, manifest_sha256=order.manifest_sha256)
