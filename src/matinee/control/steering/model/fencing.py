"""Who is fenced: an appliance that has not carried out a purge half a minute after it was ordered is offered to nobody.

Whether it did not hear of it, does not believe it or cannot delete is all the same: it may still serve what must go.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from matinee.kernel.quantities import Instant, Span, seconds

FENCED_AFTER: Span = seconds(30)
_AHEAD_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Ordered:
    """A tombstone's number, and since when it is to be carried out."""

    sequence: int
    at: Instant


def fenced_by(ordered: Sequence[Ordered], acknowledged: int, *, at: Instant) -> int | None:
    """The first purge that this appliance should have carried out by now and has not. `ordered` by number."""
    first = bisect_right(ordered, believed(ordered, acknowledged), key=attrgetter("sequence"))
    # Clocks may have been set: a later number is not always of a later time.
    return next((each.sequence for each in ordered[first:] if at - each.at > FENCED_AFTER), None)


def believed(ordered: Sequence[Ordered], acknowledged: int) -> int:
    """A number far beyond what was ever ordered is not believed; a little beyond it may be of a house that was restored
    from a backup since."""
    last = ordered[-1].sequence if ordered else 0
    return acknowledged if acknowledged <= last + _AHEAD_MAX else 0


def next_after(ordered: Sequence[Ordered], acknowledged: Sequence[int]) -> int:
    """The number of the next tombstone: greater than any that an appliance may have carried out. After a restore, numbers
    that were given since the backup are still in the field, and who has seen them would pass over others of that number."""
    last = ordered[-1].sequence if ordered else 0
    return max((last, *(believed(ordered, each) for each in acknowledged))) + 1
