"""Uploads, where several are at one, or what is said of one makes no sense."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import SystemFiles
from matinee.studio.production import store
from matinee.studio.production.api import FileRef, IngestRequest, UploadNotFound, UploadTooLong
from tests.domain.studio_house import StudioHouse, stand_in, studio
from tests.domain.test_studio_http import opened_client

_PART = 4 << 20
"""Written as soon as it is there."""
_UNKNOWN = "01a1fcc8-d294-7b94-9f37-1e199d590000"


class Breaking(SystemFiles):
    """A disk on whose deletions somebody pulls the plug."""

    is_pulled = False

    async def remove(self, path: Path) -> None:
        if self.is_pulled:
            raise ConnectionError("the plug")
        await super().remove(path)


class Reading(SystemFiles):
    """A disk that remembers which files were read through."""

    def __init__(self) -> None:
        self.read_through: list[str] = []

    async def chunks(self, path: Path, *, size: int = 1 << 20) -> AsyncIterator[bytes]:
        self.read_through.append(path.name)
        async for block in super().chunks(path, size=size):
            yield block


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as opened:
        yield opened


def lying(house: StudioHouse) -> list[str]:
    return [path.name for path in (house.root / "studio" / "uploads").iterdir()]


async def sent(house: StudioHouse, data: bytes) -> str:
    upload = await house.production.begin_upload("m.film", len(data))
    assert (await house.production.upload_part(upload.id, 0, one(data))).is_complete
    return upload.id


async def one(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_an_upload_that_is_ended_while_a_part_arrives_leaves_nothing(house: StudioHouse) -> None:
    production, arrived, go_on = house.production, asyncio.Event(), asyncio.Event()
    upload = await production.begin_upload("a.mp4", 2 * _PART)

    async def part() -> AsyncIterator[bytes]:
        yield bytes(_PART)
        arrived.set()
        await go_on.wait()
        yield bytes(_PART)

    sending = asyncio.create_task(production.upload_part(upload.id, 0, part()))
    await arrived.wait()
    ending = asyncio.create_task(production.end_upload(upload.id))
    with suppress(TimeoutError):  # it waits for the part; if it did not, it would be over by then
        await asyncio.wait_for(asyncio.shield(ending), 0.3)
    go_on.set()
    assert (await sending).is_complete
    await ending
    assert lying(house) == []
    with pytest.raises(UploadNotFound):
        await production.upload_part(upload.id, 2 * _PART, one(b""))


async def test_a_kill_while_an_upload_is_ended_leaves_no_file_that_nobody_knows(tmp_path: Path) -> None:
    files = Breaking()
    async with studio(tmp_path / "house", files=files, stand_ins=True, workers=0) as house:
        upload = await house.production.begin_upload("a.mp4", 10)
        await house.production.upload_part(upload.id, 0, one(b"12345"))
        files.is_pulled = True
        with pytest.raises(ConnectionError):
            await house.production.end_upload(upload.id)
        files.is_pulled = False
        assert (await house.production.upload(upload.id)).offset == 5
        await house.production.end_upload(upload.id)
        assert lying(house) == []


async def test_files_that_no_upload_has_are_swept_and_what_was_just_begun_stays(house: StudioHouse) -> None:
    production = house.production
    begun = await production.begin_upload("begun.mp4", 10)
    half = await production.begin_upload("half.mp4", 10)
    await production.upload_part(half.id, 0, one(b"12345"))
    (house.root / "studio" / "uploads" / _UNKNOWN).write_bytes(b"a whole master")
    await production.forget_idle_uploads()
    assert lying(house) == [half.id]
    assert [(await production.upload(which.id)).offset for which in (begun, half)] == [0, 5]


async def test_nothing_is_remembered_of_uploads_that_nobody_is_at(house: StudioHouse) -> None:
    upload = await house.production.begin_upload("a.mp4", 10)
    await house.production.upload_part(upload.id, 0, one(b"12345"))
    for number in range(50):
        with pytest.raises(UploadNotFound):
            await house.production.upload_part(f"{_UNKNOWN[:-2]}{number:02}", 0, one(b"x"))
    assert len(house.production._uploads._turns) == 0


async def test_an_announced_hash_must_be_one_and_may_be_in_capitals(house: StudioHouse, tmp_path: Path) -> None:
    production = house.production
    for none in ("", "abc", "g" * 64, "0" * 65):
        with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
            await production.begin_upload("a.mp4", 10, sha256=none)
    data = stand_in(tmp_path / "m.mp4").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    upload = await production.begin_upload("a.mp4", len(data), sha256=sha256.upper())
    assert (await production.upload_part(upload.id, 0, one(data))).is_complete
    assert await production.begin_upload("b.mp4", len(data), sha256=sha256) == await production.upload(upload.id)
    await production.ingest(IngestRequest(FileRef(upload_id=upload.id)))


async def test_an_upload_is_read_once_to_be_taken_in_and_becomes_the_stored_file(tmp_path: Path) -> None:
    files = Reading()
    async with studio(tmp_path / "house", files=files, stand_ins=True, workers=0) as house:
        place = await sent(house, stand_in(tmp_path / "m.film").read_bytes())
        before = (house.root / "studio" / "uploads" / place).stat().st_ino
        await house.production.ingest(IngestRequest(FileRef(upload_id=place)))
        (stored,) = await house.stored("masters/")
        kept = house.blobs.local_path(stored)
        assert kept is not None
        assert (kept.stat().st_ino, lying(house), files.read_through.count(place)) == (before, [], 1)


async def test_killed_after_it_was_stored_an_upload_is_still_complete_and_taken_in_again(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = stand_in(tmp_path / "m.film").read_bytes()
    place = await sent(house, data)
    with monkeypatch.context() as broken:
        broken.setattr(store, "note_kept", None)  # what is killed there has stored the bytes and recorded nothing
        with pytest.raises(TypeError):
            await house.production.ingest(IngestRequest(FileRef(upload_id=place)))
    (stored,) = await house.stored("masters/")
    assert (await house.production.upload(place)).is_complete
    with pytest.raises(UploadTooLong):  # the stored file has both names now, and stays as it is
        await house.production.upload_part(place, len(data), one(b"more"))
    await house.production.ingest(IngestRequest(FileRef(upload_id=place)))
    assert (lying(house), await house.blobs.get(stored)) == ([], data)


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "٣", "", "9" * 19])
async def test_a_length_or_an_offset_that_is_no_number_is_refused_by_its_name(house: StudioHouse, number: str) -> None:
    async with opened_client(house) as client:
        answer = await client.post("/content/uploads", headers={b"upload-length": number.encode()})
        assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Length")
        place = (await client.post("/content/uploads", headers={"upload-length": "10"})).headers["location"]
        headers = {b"upload-offset": number.encode(), b"content-type": b"application/offset+octet-stream"}
        answer = await client.patch(place, headers=headers, content=b"x")
        assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Offset")


async def test_who_speaks_another_tus_is_told_which_one_we_speak_and_nothing_is_done(house: StudioHouse) -> None:
    async with opened_client(house) as client:
        place = (await client.post("/content/uploads", headers={"upload-length": "10"})).headers["location"]
        other = {"tus-resumable": "0.2.2", "upload-length": "10", "upload-offset": "0"}
        part = {**other, "content-type": "application/offset+octet-stream"}
        for answer in (
            await client.post("/content/uploads", headers=other),
            await client.head(place, headers=other),
            await client.patch(place, headers=part, content=b"12345"),
            await client.delete(place, headers=other),
        ):
            assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
        assert "speaks tus 1.0.0, not '0.2.2'" in (await client.patch(place, headers=part)).json()["detail"]
        assert (await client.head(place, headers={"tus-resumable": "1.0.0"})).headers["upload-offset"] == "0"


async def test_a_hash_that_is_none_is_refused_when_the_upload_begins(house: StudioHouse) -> None:
    words = f"sha256 {base64.b64encode(b'abc').decode()}"
    async with opened_client(house) as client:
        answer = await client.post("/content/uploads", headers={"upload-length": "10", "upload-metadata": words})
    assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Metadata")
