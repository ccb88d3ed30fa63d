"""The order of a history."""

from matinee.control.viewing.api import Place, Watched
from matinee.kernel.quantities import to_epoch_ms


def order_of(one: Watched | Place) -> tuple[int, str]:
    """By the millisecond, which is what a cursor carries; of two in one, by their titles."""
    return to_epoch_ms(one.at), one.title_id
