"""A master becomes a release, through production's api and real parts."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from matinee.engines.database.port import Work
from matinee.engines.encoder.programs import bundled
from matinee.kernel.processes import Command, ProgramFailed, SystemProcesses
from matinee.studio.production.api import (
    ChecksumDiffers,
    FileRef,
    IngestRequest,
    Metadata,
    OffsetDiffers,
    SidecarArtwork,
    SidecarSound,
    SidecarText,
    TitleBusy,
    UploadIncomplete,
    UploadNotFound,
    UploadTooLong,
)
from matinee.studio.production.store import SCHEMA
from matinee.wire.releases import Marker, Release, codec_family, files_of, tier_of_height
from tests.atmos import COMPLEXITY, atmos
from tests.domain.studio_house import TITLE, StudioHouse, key_of, studio
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


async def test_a_master_with_its_sidecar_becomes_a_whole_encrypted_release(house: StudioHouse, tmp_path: Path) -> None:
    master = film(tmp_path / "master.mp4", seconds=4)
    french = film(tmp_path / "fr.mp4", seconds=3)
    (tmp_path / "en.srt").write_text(
        "1\n00:00:00,500 --> 00:00:01,000\nHello\n\n2\n00:00:03,000 --> 00:00:09,000\n<i>Goodbye</i>\n"
    )
    Image.new("RGB", (3000, 4500), "teal").save(tmp_path / "poster.png")
    metadata = Metadata(
        names={"en": "Paper Boat"},
        audio=(SidecarSound("fr.mp4", "fr", "Français"),),
        subtitles=(SidecarText("en.srt", "en", "English", "captions"),),
        artwork=(SidecarArtwork("poster.png", "poster", "a boat"),),
        markers=(Marker("credits", 3000, 9000),),
    )
    status = await house.publish(
        master, metadata=metadata, fr_mp4=french, en_srt=tmp_path / "en.srt", poster_png=tmp_path / "poster.png"
    )
    assert (status.state, status.error, status.progress) == ("ready", None, 1.0)
    assert all(rung.measured and rung.vmaf > 50 for rung in status.ladder)
    release = await house.release(status.release_id)
    check_whole(release)
    assert [(t.language, t.label) for t in release.tracks if t.kind == "audio"] == [("en", "en"), ("fr", "Français")]
    assert [(t.language, t.role, t.mime) for t in release.tracks if t.kind == "text"] == [
        ("en", "caption", "text/vtt"),
        ("en", "caption", "application/ttml+xml"),
    ]
    assert "Subtitles English: 1 cue was cut to the film." in release.notes
    assert {finding.sentence for finding in status.findings if finding.severity == "warning"} >= {
        "en.srt: cue 2 at 3.00 s is shown after the film ends.",
        "The sound of fr.mp4 is 1.00 s shorter than the picture.",
    }
    assert release.markers == (Marker("credits", 3000, 4000),)
    assert release.duration_ms == 4000
    await check_stored(house, release)
    await check_locked(house, release, tmp_path)
    assert [(art.kind, art.shows) for art in house.desk.artwork] == [("poster", "a boat")]
    poster = Image.open(house.blobs.local_path(house.desk.artwork[0].key) or "")
    assert max(poster.size) <= 1200
    while not house.desk.markers:  # listened to once it is out; alone it shares nothing with anybody
        await asyncio.sleep(0.05)
    assert house.desk.markers == {TITLE: ()}
    assert await house.production.artwork(TITLE) == (), "its maker supplied some"
    assert not [path for path in (house.root / "studio" / "work" / "releases").rglob("*") if path.is_file()]
    assert not list((house.root / "studio" / "chunks").iterdir())


def check_whole(release: Release) -> None:
    videos = sorted((t for t in release.tracks if t.kind == "video"), key=lambda t: t.bandwidth_average)
    assert videos
    for track in release.tracks:
        assert all(a.start + a.duration == b.start for a, b in pairwise(track.segments))
        assert (track.key_id is None) == (track.tier == "clear")
    for track in videos:
        assert track.tier == tier_of_height(min(track.height or 0, track.width or 0))
        assert all(segment.vmaf is not None for segment in track.segments)
        assert track.vmaf_phone is not None
        assert track.vmaf_phone >= (track.vmaf or 0)
        assert track.vmaf_4k is None, "only what has more than 1080 lines is for a 4K screen"
        assert [s.start for s in track.segments] == [s.start for s in videos[0].segments]
    (trick,) = [t for t in release.tracks if t.kind == "trick"]
    lowest = min(videos, key=lambda t: t.height or 0)
    assert (trick.tier, trick.key_id, trick.height) == (lowest.tier, lowest.key_id, lowest.height)
    assert [s.start for s in trick.segments] == [s.start for s in lowest.segments]
    assert all(small.size < whole.size for small, whole in zip(trick.segments, lowest.segments, strict=True))
    for low, high in pairwise(videos):
        assert (low.vmaf or 0) < (high.vmaf or 0)
    assert {key.tier for key in release.keys} == {t.tier for t in release.tracks} - {"clear"}
    assert all(set(key.pssh) == {"common", "widevine", "playready"} for key in release.keys)
    assert release.thumbnails is not None


async def check_stored(house: StudioHouse, release: Release) -> None:
    prefix = f"releases/{release.release_id}"
    for path, stored in files_of(release):
        data = await house.blobs.get(f"{prefix}/{path}")
        assert (len(data), hashlib.sha256(data).hexdigest()) == (stored.size, stored.sha256), path
    assert len(await house.stored(prefix)) == len(files_of(release)) + 1


async def check_locked(house: StudioHouse, release: Release, scratch: Path) -> None:
    track = next(t for t in release.tracks if t.kind == "video")
    folder = f"releases/{release.release_id}/{track.tier}/{track.id}"
    names = [track.init.file if track.init else "", *(s.file for s in track.segments)]
    (scratch / "locked.mp4").write_bytes(b"".join([await house.blobs.get(f"{folder}/{name}") for name in names]))
    key = key_of(release.release_id, track.tier).hex()
    argv = [str(bundled().ffmpeg), "-v", "error", "-xerror", "-err_detect", "explode", "-nostdin"]
    rest = ["-i", f"file:{scratch / 'locked.mp4'}", "-f", "null", "-"]
    assert not (await SystemProcesses().run(Command([*argv, "-decryption_key", key, *rest]))).stderr
    with pytest.raises(ProgramFailed):
        await SystemProcesses().run(Command([*argv, *rest]))


async def test_the_full_release_follows_the_fast_one_and_has_hdr_in_av1_beside_h264(
    house: StudioHouse, tmp_path: Path
) -> None:
    picture = film(
        tmp_path / "picture.mp4",
        seconds=2,
        size="160x90",
        codec="libx265",
        pixel_format="yuv420p10le",
        video_filter="setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv",
        options=("-x265-params", "log-level=none", "-ac", "6"),
    )
    objects, master = atmos(tmp_path / "objects.eac3", seconds=2), tmp_path / "master.mkv"
    said = ("-metadata:s:a:0", "language=en", "-metadata:s:a:1", "language=fr")
    ffmpeg("-i", picture, "-i", objects, "-map", "0", "-map", "1", "-c", "copy", *said, master)
    metadata = Metadata(names={"en": "Test"}, codecs=("av1",))
    await house.publish(master, profiles=("fast", "full"), metadata=metadata)
    versions = await house.production.status(TITLE)
    assert [version.profile for version in versions] == ["full", "fast"]
    assert [(version.state, version.error) for version in versions] == [("ready", None)] * 2
    full, fast = [await house.release(version.release_id) for version in versions]
    assert {(codec_family(t), t.video_range) for t in fast.tracks if t.kind == "video"} == {("avc1", "SDR")}
    kinds = {(codec_family(t), t.video_range) for t in full.tracks if t.kind == "video"}
    assert kinds == {("avc1", "SDR"), ("av01", "PQ")}
    assert {(rung.codec, rung.video_range) for rung in versions[0].ladder} == {("h264", "SDR"), ("av1", "PQ")}
    check_kinds_apart(full)
    await check_evidence_of_both(house)
    assert [(t.language, t.codecs, t.channels) for t in fast.tracks if t.kind == "audio"] == [
        ("en", "mp4a.40.2", 2),
        ("fr", "mp4a.40.2", 2),
    ]
    assert [(t.id, t.codecs, t.channels, t.joc_complexity) for t in full.tracks if t.kind == "audio"] == [
        ("audio-0", "mp4a.40.2", 2, None),
        ("audio-0-eac3", "ec-3", 6, None),
        ("audio-1", "mp4a.40.2", 2, None),
        ("audio-1-atmos", "ec-3", 6, COMPLEXITY),
    ]
    again = await house.publish(master, profiles=("fast", "full"), metadata=metadata)
    assert again.release_id == versions[0].release_id
    assert len(await house.production.status(versions[0].title_id)) == 2
    # Rungs that were tried in the plan were found again by their names, and went with the others: a release is ready
    # before what it was made of is tidied away.
    async with asyncio.timeout(60):
        while made_of_masters(house):
            await asyncio.sleep(0.05)


async def check_evidence_of_both(house: StudioHouse) -> None:
    """Whoever judges a release sees what was chosen and measured in each codec, and frames of all of them."""
    evidence = (await house.production.report(TITLE)).evidence
    assert evidence is not None
    (other,) = evidence.others
    assert (other.codec, bool(other.curves)) == ("av1", True)
    assert any(rung.measured is not None for rung in other.rungs)
    measured = {rung.id for rung in (*evidence.rungs, *other.rungs) if rung.measured is not None}
    assert evidence.compared
    assert all(set(frame.rungs) == measured for frame in evidence.compared)


def check_kinds_apart(release: Release) -> None:
    """Each kind is a ladder of its own; all have the same segments, and a tier has one key."""
    videos = [t for t in release.tracks if t.kind == "video"]
    seconds = [[s.start / t.timescale for s in t.segments] for t in videos]
    assert all(starts == pytest.approx(seconds[0]) for starts in seconds)
    assert all(t.codecs.split(".")[3] == "10" for t in videos if codec_family(t) == "av01")
    assert len({(t.tier, t.key_id) for t in videos}) == len({t.tier for t in videos})


async def test_two_publishers_of_one_master_share_a_journey_and_another_master_must_wait(
    house: StudioHouse, tmp_path: Path
) -> None:
    request = IngestRequest(FileRef(path=str(film(tmp_path / "a.mp4", seconds=1))), profiles=("fast",))
    first, second = await asyncio.gather(house.production.ingest(request), house.production.ingest(request))
    assert first.release_id == second.release_id
    other = IngestRequest(FileRef(path=str(film(tmp_path / "b.mp4", seconds=1, rate="25"))), profiles=("fast",))
    with pytest.raises(TitleBusy, match="another master"):
        await house.production.ingest(other)
    (canceled,) = await house.production.cancel(first.title_id)
    assert canceled.state == "canceled"
    assert await house.stored() == []


WRONG: dict[str, Callable[[Path, Path], object]] = {
    "another film": lambda _, made: film(made, seconds=1, source="color=red", sound=False),
    "three green frames": lambda chunk, made: ffmpeg(
        "-i", chunk, "-vf", "drawbox=t=fill:c=green:enable='between(n,17,19)'", "-c:v", "libx264", "-crf", "22", made
    ),
    "far too coarse": lambda chunk, made: ffmpeg("-i", chunk, "-c:v", "libx264", "-crf", "47", made),
    "its end is missing": lambda chunk, made: ffmpeg("-i", chunk, "-c", "copy", "-frames:v", "30", made),
}


@pytest.mark.parametrize("plant", WRONG.values(), ids=list(WRONG))
async def test_a_planted_bad_chunk_is_made_again_and_a_second_one_is_never_shown(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Path, Path], object]
) -> None:
    master = film(tmp_path / "master.mp4", seconds=2, sound=False)
    planted: list[str] = []
    encode = house.encoding.encode_chunk
    times = 1

    async def sabotaged(task: object) -> str:
        path = await encode(task)  # type: ignore[arg-type]  # handed on as it came
        if len(planted) < times:
            planted.append(path)
            plant(Path(path), tmp_path / f"wrong-{len(planted)}.mp4")
            Path(path).write_bytes((tmp_path / f"wrong-{len(planted)}.mp4").read_bytes())
        return path

    monkeypatch.setattr(house.encoding, "encode_chunk", sabotaged)
    mended = await house.publish(master)
    assert (mended.state, mended.error) == ("ready", None)
    times, other = 99, film(tmp_path / "other.mp4", seconds=2, rate="25", sound=False)
    status = await house.publish(other)
    assert status.state == "failed"
    assert "not good enough" in (status.error or ""), status.error
    assert not any(status.release_id in key for key in await house.stored())
    assert made_of_masters(house)
    await house.production.delete(status.title_id)
    assert made_of_masters(house) == []


def made_of_masters(house: StudioHouse) -> list[str]:
    return sorted(p.name for kind in ("chunks", "probes") for p in (house.root / "studio" / kind).glob("**/*"))


async def test_killed_in_the_middle_it_goes_on_without_redoing_finished_chunks(tmp_path: Path) -> None:
    master = film(tmp_path / "master.mp4", seconds=60, size="160x90", rate="6", sound=False)
    root = tmp_path / "house"
    chunks = root / "studio" / "chunks"
    argv = [sys.executable, "-m", "tests.domain.studio_child", str(root), str(master)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(argv, env=environment, cwd=ROOT) as child:
        while not (finished := [p.name for p in chunks.glob("[!.]*.mp4")]):
            assert child.poll() is None
            await asyncio.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
    async with studio(root) as house:
        status = await house.publish(master, profiles=("full",))
        assert (status.state, status.error) == ("ready", None)
        check_whole(await house.release(status.release_id))
        encodes = [line for line in house.processes.ran if "libx264" in line]
        assert encodes
        assert not any(name in line for name in finished for line in encodes)


async def test_an_upload_goes_on_where_it_was_broken_off(house: StudioHouse, tmp_path: Path) -> None:
    data = film(tmp_path / "master.mp4", seconds=1).read_bytes()
    production, half = house.production, len(data) // 2
    upload = await production.begin_upload('it\'s\n"odd".mp4', len(data), sha256=hashlib.sha256(data).hexdigest())
    with pytest.raises(ConnectionError):
        await production.upload_part(upload.id, 0, broken(data[:half]))
    assert (await production.upload(upload.id)).offset == half
    with pytest.raises(OffsetDiffers, match=str(half)):
        await production.upload_part(upload.id, 0, parts(data))
    with pytest.raises(UploadIncomplete):
        await production.ingest(IngestRequest(FileRef(upload_id=upload.id)))
    assert (await production.upload_part(upload.id, half, parts(data[half:]))).is_complete
    status = await production.ingest(IngestRequest(FileRef(upload_id=upload.id), profiles=("fast",)))
    assert (await house.stored("masters/")) == [f"masters/{hashlib.sha256(data).hexdigest()}"]
    await production.cancel(status.title_id)


async def test_an_upload_that_is_wrong_is_refused(house: StudioHouse) -> None:
    production = house.production
    upload = await production.begin_upload("a.mp4", 4, sha256="0" * 64)
    with pytest.raises(UploadTooLong):
        await production.upload_part(upload.id, 0, parts(b"12345"))
    with pytest.raises(ChecksumDiffers):
        await production.upload_part(upload.id, 0, parts(b"1234"))
    with pytest.raises(UploadNotFound):
        await production.upload(upload.id)


async def test_a_deleted_title_leaves_nothing_also_when_deleting_it_was_broken_off(
    house: StudioHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = film(tmp_path / "master.mp4", seconds=1).read_bytes()
    await house.workflows.runs()  # its tables are made
    before = await everything(house)
    upload = await house.production.begin_upload("m.mp4", len(data))
    await house.production.upload_part(upload.id, 0, parts(data))
    (tmp_path / "en.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    beside = {"en.srt": FileRef(path=str(tmp_path / "en.srt"))}
    metadata = Metadata(names={"en": "Test"}, subtitles=(SidecarText("en.srt", "en", "English"),))
    await house.production.ingest(IngestRequest(FileRef(upload_id=upload.id), metadata, None, beside, ("fast",)))
    while (await house.production.status(TITLE))[0].state != "ready":
        await asyncio.sleep(0.05)
    await house.production.qc_decision(TITLE, "approve", by="ada", reason="a line that is nobody's business any more")
    assert {"blobs", "studio/kept"} <= (await everything(house)).folders

    class Died(Exception):
        pass

    def killed(*_: object) -> None:
        raise Died

    for place, name in ((house.packaging, "discard"), (house.encoding, "forget_source"), (house.workflows, "forget")):
        with monkeypatch.context() as broken:
            broken.setattr(place, name, killed)
            with pytest.raises(Died):
                await house.production.delete(TITLE)
    await house.production.delete(TITLE, by="an operator", reason="lost rights")
    assert await everything(house) == with_deletions(before, 1)
    decided = await house.database.read(lambda work: work.execute(sa.text("SELECT * FROM studio_decision")).all())
    assert [(row.decision, row.by, row.reason) for row in decided] == [("delete", "an operator", "lost rights")]
    assert decided[0].release_id is None


@dataclass(frozen=True)
class Everything:
    """All that a data directory holds, every table of production among it, but what the engines keep: events on their way, and
    that a worker is alive."""

    files: tuple[str, ...]
    rows: tuple[tuple[str, int], ...]

    @property
    def folders(self) -> set[str]:
        return {"/".join(file.split("/")[:depth]) for file in self.files for depth in (1, 2)}


def with_deletions(before: Everything, count: int) -> Everything:
    """That, and a row for each deletion: who did it, and why."""
    return replace(before, rows=tuple((name, count if name == "studio_decision" else n) for name, n in before.rows))


async def everything(house: StudioHouse) -> Everything:
    files = sorted(str(p.relative_to(house.root)) for p in house.root.rglob("*") if p.is_file())
    stays = {"outbox", "workflow_worker", "sqlite_sequence"}

    def count(work: Work) -> tuple[tuple[str, int], ...]:
        tables = work.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).scalars()
        names = [name for name in tables if name not in stays]
        return tuple((name, work.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()) for name in names)

    kept = tuple(file for file in files if not file.startswith("matinee.sqlite"))
    return Everything(kept, await house.database.read(count))


async def test_the_tables_are_what_the_migrations_make(house: StudioHouse) -> None:
    assert await house.database.drift([SCHEMA]) == []


async def parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


async def broken(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise ConnectionResetError


async def test_the_original_language_is_the_first_name_s_in_every_release(house: StudioHouse, tmp_path: Path) -> None:
    """Journals sort the keys of what they keep; `en` comes before `fr` in the alphabet only."""
    master = film(tmp_path / "master.mp4", seconds=1)
    named = Metadata(names={"fr": "Le bateau", "ar": "القارب"})
    await house.publish(master, profiles=("fast", "full"), metadata=named)
    versions = await house.production.status(TITLE)
    assert [v.name for v in versions] == ["Le bateau", "Le bateau"]
    for version in versions:
        tracks = (await house.release(version.release_id)).tracks
        assert [t.language for t in tracks if t.kind == "audio"] == ["fr"]
