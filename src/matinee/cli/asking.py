"""Before what cannot be undone somebody is asked; and a command with too few words, or too many, says how it goes."""

import asyncio
import sys
from collections.abc import Sequence

from matinee.kernel.errors import InvalidInput, MatineeError


class NotConfirmed(MatineeError):
    def __init__(self) -> None:
        super().__init__("Nothing was changed.")


async def confirmed(what: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(f"{what} Nobody is there to be asked; if it is meant, say --yes.")
    print(f"{what} Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if (await asyncio.to_thread(sys.stdin.readline)).strip().lower() not in ("y", "yes"):
        raise NotConfirmed


def check_words(command: str, words: Sequence[str], wanted: Sequence[str]) -> None:
    if len(words) != len(wanted):
        raise InvalidInput(f"It is: matinee {' '.join((command, *wanted))}")
