"""One service a data directory. The lock says who has it and where it answers, for commands that come later."""

import fcntl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from matinee.app.settings import Settings
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, InvalidInput
from matinee.kernel.files import write_atomically
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import from_json, to_json

_TRIES, _BETWEEN_TRIES = 10, seconds(0.05)


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    pid: int
    """Of the process that was started by hand: ending it ends the service."""
    certificate: str | None = None
    """Of our own making, or the operator's: commands on this machine trust it."""
    private_key: str | None = None
    """The path of it, for the edges that are started beside."""


class AlreadyRunning(Conflict):
    """Another process serves this data directory."""


class DataLock:
    """Held by an open file, so that it ends with the process, however that ends."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._file: IO[str] | None = None

    async def take_patiently(self, clock: Clock) -> None:
        """Try for a moment: a command that only looks holds a shared lock for an instant."""
        for _ in range(_TRIES - 1):
            with suppress(AlreadyRunning):
                self.take()
                return
            await clock.sleep(_BETWEEN_TRIES)
        self.take()

    def take(self) -> None:
        try:
            self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = (self._data / "lock").open("a+")
        except OSError as error:
            raise InvalidInput(f"{self._data} cannot be used as data directory: {error.strerror}.") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            self._file = None
            found = running(self._data)
            where = f" at {found.url} (process {found.pid})" if found else ""
            raise AlreadyRunning(f"The service is running already{where}, on {self._data}.") from None
        # What a killed process left behind must not be taken for ours.
        self.withdraw()

    def withdraw(self) -> None:
        """Held, and nobody answers: what commands take for a service that is starting."""
        (self._data / "running.json").unlink(missing_ok=True)

    def drop(self) -> None:
        if self._file is not None:
            self.withdraw()
            self._file.close()
            self._file = None


def announce(settings: Settings, pid: int) -> None:
    """Say where the service answers. Who says it need not hold the lock: its parent may."""
    certificate, key = (str(path) if path else None for path in (settings.certificate, settings.private_key))
    shown = Running(settings.url, pid, certificate, key)
    write_atomically(settings.data / "running.json", to_json(shown), 0o600)


def is_held(data: Path) -> bool:
    """Whether some process has this directory: it may serve already, or still be starting."""
    try:
        with (data / "lock").open("r+") as file:
            try:
                # Shared, so that two who only look never take each other for a service.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        pass
    return False


def running(data: Path) -> Running | None:
    """Who serves this directory now, if someone does."""
    if not is_held(data):
        return None
    try:
        return from_json((data / "running.json").read_bytes(), Running, what="running.json")
    except (OSError, InvalidInput):
        return None
