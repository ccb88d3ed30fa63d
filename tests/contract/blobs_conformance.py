"""What every object store must do. Subclasses give `blobs`."""

import asyncio
from pathlib import Path

import pytest

from matinee.engines.blobs.port import BlobExists, BlobMissing, Blobs
from matinee.kernel.errors import InvalidInput

BAD_KEYS = ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\x00b", "a\nb", "a\\b", "x" * 300, "a/" * 600 + "b"]


async def all_of(blobs: Blobs, key: str) -> bytes:
    return b"".join([block async for block in blobs.stream(key)])


async def _upload(blobs: Blobs, key: str, data: bytes) -> None:
    upload = await blobs.upload(key, create=True)
    await upload.write(data)
    await upload.complete()


class BlobsConformance:
    @pytest.fixture
    async def blobs(self) -> Blobs:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def lay(self, path: Path, data: bytes) -> None:
        """Put a file where the engine looks for local files."""
        path.write_bytes(data)

    async def test_what_was_put_comes_back_whole_in_ranges_and_as_a_stream(self, blobs: Blobs) -> None:
        data = bytes(range(256)) * 5000
        put = await blobs.put("films/paper boat/ü.bin", data)
        assert (put.key, put.size) == ("films/paper boat/ü.bin", len(data))
        assert await blobs.get("films/paper boat/ü.bin") == data
        assert await all_of(blobs, "films/paper boat/ü.bin") == data
        assert await blobs.get_range("films/paper boat/ü.bin", 255, 3) == data[255:258]
        assert await blobs.get_range("films/paper boat/ü.bin", len(data) - 2, 100) == data[-2:]
        assert await blobs.head("films/paper boat/ü.bin") == put

    async def test_a_local_file_is_put_as_it_is(self, blobs: Blobs, tmp_path: Path) -> None:
        source = tmp_path / "master.mov"
        await self.lay(source, b"frames" * 400_000)
        assert (await blobs.put("master.mov", source)).size == 2_400_000
        assert await blobs.get("master.mov") == b"frames" * 400_000

    async def test_a_local_file_that_is_adopted_is_as_if_it_were_put(self, blobs: Blobs, tmp_path: Path) -> None:
        source = tmp_path / "master.mov"
        await self.lay(source, b"frames" * 1000)
        if await blobs.adopt("masters/1", source):
            put = await blobs.head("masters/1")
            assert put is not None
            assert (put.size, await blobs.versions("masters/1")) == (6000, [put])
            with pytest.raises(BlobExists):
                await blobs.adopt("masters/1", source)
            source.unlink()
            assert await blobs.get("masters/1") == b"frames" * 1000
            await blobs.delete("masters/1")
        assert await blobs.find("") == []

    async def test_an_empty_object_is_an_object(self, blobs: Blobs) -> None:
        await blobs.put("empty", b"")
        assert await blobs.get("empty") == b""
        assert await all_of(blobs, "empty") == b""

    async def test_what_is_not_there_is_missing_by_name(self, blobs: Blobs) -> None:
        assert await blobs.head("nothing") is None
        assert await blobs.versions("nothing") == []
        for attempt in (blobs.get("nothing"), blobs.get_range("nothing", 0, 1), all_of(blobs, "nothing")):
            with pytest.raises(BlobMissing, match="nothing"):
                await attempt
        await blobs.delete("nothing")

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_key_that_is_no_plain_path_is_refused(self, blobs: Blobs, key: str) -> None:
        with pytest.raises(InvalidInput):
            await blobs.put(key, b"x")
        with pytest.raises(InvalidInput):
            await blobs.get(key)
        with pytest.raises(InvalidInput):
            await blobs.upload(key)

    async def test_create_refuses_to_replace_and_leaves_what_is_there(self, blobs: Blobs) -> None:
        await blobs.put("once", b"first", create=True)
        with pytest.raises(BlobExists):
            await blobs.put("once", b"second", create=True)
        with pytest.raises(BlobExists):
            await _upload(blobs, "once", b"third")
        assert await blobs.get("once") == b"first"

    async def test_of_many_who_create_at_once_one_succeeds(self, blobs: Blobs) -> None:
        puts = [blobs.put("race", b"%d" % number, create=True) for number in range(12)]
        outcomes = await asyncio.gather(*puts, return_exceptions=True)
        assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
        assert all(isinstance(outcome, BlobExists) for outcome in outcomes if isinstance(outcome, BaseException))

    async def test_every_put_makes_a_version_and_all_can_be_read(self, blobs: Blobs) -> None:
        put = [await blobs.put("song", b"take %d" % number) for number in range(4)]
        assert len({blob.version for blob in put}) == 4
        assert [blob.version for blob in await blobs.versions("song")] == [blob.version for blob in reversed(put)]
        for number, blob in enumerate(put):
            assert await blobs.get("song", version=blob.version) == b"take %d" % number
        with pytest.raises(BlobMissing):
            await blobs.get("song", version="no-such-version")

    async def test_a_delete_takes_every_version(self, blobs: Blobs) -> None:
        first = await blobs.put("a/song", b"1")
        await blobs.put("a/song", b"2")
        await blobs.delete("a/song")
        assert await blobs.head("a/song") is None
        with pytest.raises(BlobMissing):
            await blobs.get("a/song", version=first.version)
        await blobs.put("a/song", b"3")
        assert len(await blobs.versions("a/song")) == 1

    async def test_find_lists_by_the_beginning_of_the_key_in_order(self, blobs: Blobs) -> None:
        for key in ("b/2", "a/1", "a/10", "ab", "a/deep/er/x"):
            await blobs.put(key, key.encode())
        assert [blob.key for blob in await blobs.find("a/")] == ["a/1", "a/10", "a/deep/er/x"]
        assert [blob.key for blob in await blobs.find("a/1")] == ["a/1", "a/10"]
        assert [blob.key for blob in await blobs.find("")] == ["a/1", "a/10", "a/deep/er/x", "ab", "b/2"]
        assert await blobs.find("zz/") == []

    async def test_delete_prefix_takes_all_below_and_nothing_beside(self, blobs: Blobs) -> None:
        for key in ("r/1/a", "r/1/b/c", "r/10/a"):
            await blobs.put(key, b"x")
        await blobs.delete_prefix("r/1/")
        assert [blob.key for blob in await blobs.find("")] == ["r/10/a"]

    async def test_an_upload_is_invisible_until_it_is_complete(self, blobs: Blobs) -> None:
        upload = await blobs.upload("film.mp4")
        for number in range(8):
            await upload.write(bytes([number]) * 1_000_000)
        assert await blobs.head("film.mp4") is None
        assert await blobs.find("") == []
        blob = await upload.complete()
        assert blob.size == 8_000_000
        assert await blobs.get_range("film.mp4", 7_999_999, 1) == b"\x07"

    async def test_an_aborted_upload_leaves_what_was_there(self, blobs: Blobs) -> None:
        await blobs.put("film.mp4", b"old")
        upload = await blobs.upload("film.mp4")
        await upload.write(b"new")
        await upload.abort()
        assert await blobs.get("film.mp4") == b"old"
        assert len(await blobs.versions("film.mp4")) == 1

    async def test_readers_see_the_old_object_or_the_new_one_never_a_mixture(self, blobs: Blobs) -> None:
        sizes = {1: 300_000, 2: 700_000}
        await blobs.put("turning", b"\x01" * sizes[1])

        async def write() -> None:
            for number in range(12):
                which = number % 2 + 1
                await blobs.put("turning", bytes([which]) * sizes[which])

        async def read() -> None:
            for _ in range(30):
                seen = await blobs.get("turning")
                assert len(seen) == sizes[seen[0]]
                assert seen.count(seen[0]) == len(seen)

        await asyncio.gather(write(), read(), read())
