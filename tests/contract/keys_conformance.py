"""What every key wrapper must do. Subclasses give `keys` and `reopened`: the same keys in a new process."""

import pytest

from matinee.engines.keys.port import Keys, UnwrapFailed

KEY = bytes(range(16))


class KeysConformance:
    @pytest.fixture
    async def keys(self) -> Keys:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def reopened(self) -> Keys:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def test_what_was_wrapped_is_unwrapped(self, keys: Keys) -> None:
        wrapped = await keys.wrap(KEY, context="release 1")
        assert KEY not in wrapped
        assert await keys.unwrap(wrapped, context="release 1") == KEY

    async def test_the_same_key_wrapped_twice_looks_different(self, keys: Keys) -> None:
        assert await keys.wrap(KEY, context="a") != await keys.wrap(KEY, context="a")

    async def test_another_context_opens_nothing(self, keys: Keys) -> None:
        wrapped = await keys.wrap(KEY, context="release 1")
        with pytest.raises(UnwrapFailed):
            await keys.unwrap(wrapped, context="release 2")

    async def test_a_changed_bit_anywhere_opens_nothing(self, keys: Keys) -> None:
        wrapped = await keys.wrap(KEY, context="a")
        for at in range(len(wrapped)):
            damaged = bytearray(wrapped)
            damaged[at] ^= 1
            with pytest.raises(UnwrapFailed):
                await keys.unwrap(bytes(damaged), context="a")

    @pytest.mark.parametrize("length", [0, 1, 8, 20, 21, 30])
    async def test_a_cut_off_key_opens_nothing(self, keys: Keys, length: int) -> None:
        wrapped = await keys.wrap(KEY, context="a")
        with pytest.raises(UnwrapFailed):
            await keys.unwrap(wrapped[:length], context="a")

    async def test_old_wraps_open_after_rotation_and_in_a_new_process(self, keys: Keys) -> None:
        before = await keys.wrap(KEY, context="a")
        await keys.rotate()
        after = await keys.wrap(KEY, context="a")
        for opened in (keys, await self.reopened()):
            assert await opened.unwrap(before, context="a") == KEY
            assert await opened.unwrap(after, context="a") == KEY

    async def test_a_process_that_was_open_before_a_rotation_elsewhere_opens_new_wraps(self, keys: Keys) -> None:
        await keys.wrap(KEY, context="a")
        other = await self.reopened()
        await other.rotate()
        assert await keys.unwrap(await other.wrap(KEY, context="a"), context="a") == KEY
