"""One service a data directory, and commands that only look are no service."""

import fcntl
from pathlib import Path

import pytest

from matinee.app.lock import AlreadyRunning, DataLock, is_held
from matinee.kernel.quantities import Span
from tests.unit.doors import SetClock


async def test_a_command_that_only_looks_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    with (tmp_path / "lock").open("a+") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)

        class Clock(SetClock):
            async def sleep(self, span: Span) -> None:
                fcntl.flock(looking, fcntl.LOCK_UN)

        await lock.take_patiently(Clock())
    assert is_held(tmp_path)
    lock.drop()


async def test_a_second_service_is_refused_after_a_few_tries(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    await first.take_patiently(SetClock())
    with pytest.raises(AlreadyRunning, match="running already"):
        await second.take_patiently(SetClock())
    first.drop()
    await second.take_patiently(SetClock())
    second.drop()
