"""From a tale that breaks a promise to the smallest one we find that still breaks it: what is left is why."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from matinee.sim.nature import Misfortune
from matinee.sim.tale import Tale, Told, same_finding
from matinee.sim.telling import Tell

T = TypeVar("T")

_AFTERWARDS_S = 1.0
"""What was found at some moment is found within this."""


async def shrink(found: Told, tell: Tell, *, attempts: int, say: Callable[[str], None]) -> Told:
    """Fewer misfortunes, less time, fewer viewers and films, as long as the same promise is broken. At most so many tries."""
    while attempts > 0:
        for smaller in _smaller(found):
            attempts -= 1
            told = await tell(smaller)
            if same_finding(told.broken, found.broken):
                found = told
                say(f"still broken with {_size(found.tale)}")
                break
            if attempts <= 0:
                return found
        else:
            return found  # nothing can be left out any more
    return found


def _smaller(found: Told) -> Iterator[Tale]:
    """The boldest first: each that works saves many of the others."""
    tale = found.tale
    if found.broken_after_s is not None and found.broken_after_s + _AFTERWARDS_S < tale.seconds * 0.9:
        yield replace(tale, seconds=round(found.broken_after_s + _AFTERWARDS_S, 3))
    for befall in _fewer(tale.befall or ()):
        yield replace(tale, befall=befall)
    for errands in _fewer(tale.errands or ()):
        yield replace(tale, errands=errands)
    if tale.viewers > 1:
        for viewers in sorted(
            {max(1, tale.viewers // 8), max(1, tale.viewers // 2), max(1, tale.viewers * 3 // 4), tale.viewers - 1}
        ):
            yield replace(tale, viewers=viewers, befall=_of_those(tale.befall or (), viewers))
    if tale.films > 1:
        yield replace(tale, films=1)


def _fewer(all_: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """None; then without one half, one quarter, … at last without each single one."""
    if all_:
        yield ()
    size = len(all_) // 2
    while size:
        for start in range(0, len(all_), size):
            yield all_[:start] + all_[start + size :]
        size //= 2


def _of_those(befall: tuple[Misfortune, ...], viewers: int) -> tuple[Misfortune, ...]:
    """Without what befalls people who are not there."""
    there = {f"viewer-{number}" for number in range(viewers)}
    names = ((one, [name for name in (one.where, one.other) if name.startswith("viewer-")]) for one in befall)
    return tuple(one for one, people in names if there.issuperset(people))


def _size(tale: Tale) -> str:
    misfortunes, errands = len(tale.befall or ()), len(tale.errands or ())
    return f"{tale.viewers} viewers, {tale.seconds:g} s, {misfortunes} misfortunes and {errands} errands"
