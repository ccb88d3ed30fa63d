"""What the journal kept, as the values they were."""

from typing import TypeVar

from matinee.wire.encoding import from_json, to_json

T = TypeVar("T")


def parsed(value: object, kind: type[T]) -> T:
    return from_json(to_json(value), kind, what="The journal")
