"""The key wrappers, by the contract; and what only a file can get wrong."""

import asyncio
from pathlib import Path

import pytest

from matinee.engines.keys.local import KeyFileUnsafe, LocalKeys
from matinee.engines.keys.port import Keys, UnwrapFailed
from matinee.kernel.chance import SystemChance
from tests.contract.keys_conformance import KEY, KeysConformance


def local(path: Path) -> LocalKeys:
    return LocalKeys(path, SystemChance())


class TestLocalKeys(KeysConformance):
    @pytest.fixture
    async def keys(self, tmp_path: Path) -> Keys:
        self.path = tmp_path / "keys.json"
        return local(self.path)

    async def reopened(self) -> Keys:
        return local(self.path)


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    await local(tmp_path / "keys.json").wrap(KEY, context="a")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
async def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    await local(path).wrap(KEY, context="a")
    path.chmod(mode)
    with pytest.raises(KeyFileUnsafe, match="chmod 600"):
        await local(path).wrap(KEY, context="a")


async def test_another_file_opens_nothing_and_says_which_is_missing(tmp_path: Path) -> None:
    wrapped = await local(tmp_path / "one.json").wrap(KEY, context="a")
    with pytest.raises(UnwrapFailed, match=r"two\.json"):
        await local(tmp_path / "two.json").unwrap(wrapped, context="a")


async def test_processes_that_begin_together_agree_on_one_file(tmp_path: Path) -> None:
    several = [local(tmp_path / "keys.json") for _ in range(8)]
    wrapped = await asyncio.gather(*(keys.wrap(KEY, context="a") for keys in several))
    last = local(tmp_path / "keys.json")
    assert [await last.unwrap(each, context="a") for each in wrapped] == [KEY] * 8
