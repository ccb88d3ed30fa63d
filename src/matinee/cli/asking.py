"""Before what cannot be undone somebody is asked; and who asks a service that does not run is told so."""

import asyncio
import sys

from matinee.kernel.errors import InvalidInput, MatineeError


class NoService(MatineeError):
    def __init__(self, data: str) -> None:
        super().__init__(f"No service runs on {data}. Start it with `matinee up`, or name another with --data.")


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
