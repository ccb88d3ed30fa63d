"""Sharing out whole numbers so that nothing is made and nothing lost."""

from collections.abc import Sequence

PPM = 1_000_000


def nearest(numerator: int, denominator: int) -> int:
    """The nearest whole number; a half goes away from zero, so that a refund mirrors its charge."""
    if denominator <= 0:
        raise ValueError("a share has a positive whole")
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def used(amount: int, elapsed: int, whole: int) -> int:
    """What of `amount` belongs to the first `elapsed` of `whole`.

    Always counted from the beginning: the part between two moments is the difference, so parts add up exactly.
    """
    if not 0 <= elapsed <= whole or whole <= 0:
        raise ValueError(f"{elapsed} is not within 0 and {whole}")
    return amount * elapsed // whole


def unused(amount: int, elapsed: int, whole: int) -> int:
    return amount - used(amount, elapsed, whole)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """By weight; the parts add up to `amount`."""
    whole, before, done, parts = sum(weights), 0, 0, []
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative, and not all zero")
    for weight in weights:
        before += weight
        upto = amount * before // whole
        parts.append(upto - done)
        done = upto
    return parts
