"""The encoding room by itself: what it keeps, and what becomes of others when one thing goes wrong in it."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import Settings
from matinee.app.studio import open_hands
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import NotMedia, VideoEncode
from matinee.engines.faces.dlib_hog import DlibFaces
from matinee.engines.quality.port import Comparison
from matinee.engines.quality.vmaf import VmafQuality
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.processes import Command, Finished, ProgramFailed, SystemProcesses
from matinee.studio.encoding.api import Crop, LadderPlan, Looks, NoPicture, Raster, Still
from matinee.studio.encoding.service.encoding import EncodingService
from matinee.studio.encoding.service.facts import picture_of
from matinee.studio.production.api import SidecarArtwork
from matinee.studio.production.service.artwork import Artwork
from tests.faces import crowd
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg
RASTER = Raster(160, 90, (24, 1))


def room(root: Path, encoder: FFmpegEncoder) -> EncodingService:
    quality = VmafQuality(SystemProcesses(), SystemFiles(), encoder, SystemChance())
    return EncodingService(encoder, quality, SystemFiles(), root=root)


@pytest.mark.parametrize("gib", [0, 1])
async def test_an_operator_says_how_much_is_put_by(tmp_path: Path, gib: int) -> None:
    doors, settings = Doors(), Settings(tmp_path / "data", demo=False, kept_chunks_gib=gib)
    master, sha256 = film(tmp_path / "m.mp4", seconds=1, size="160x90"), "0" * 64
    plan = LadderPlan("fast", RASTER, 24, (0,), "fast", 1, (), (), (), kept_as="title-fast")
    async with open_engines(settings, doors, SCHEMAS) as engines:
        encoding = open_hands(settings, doors, engines)._encoding
        await encoding.inspect(str(master), sha256)
        await encoding.keep(plan, sha256, ())
    await doors.network.close()
    assert any(path.is_file() for path in (tmp_path / "data").rglob("title-fast/*")) == bool(gib)


async def test_each_field_of_a_camera_becomes_a_frame_and_a_film_sent_in_fields_stays_sharp(tmp_path: Path) -> None:
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    encoding = room(tmp_path, encoder)
    coded = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "3")
    moving = "testsrc2=s=320x180:r=60000/1001:d=3,scroll=h=0.01"
    for name, woven in (("camera", "tinterlace=interleave_top,fieldorder=tff"), ("film", "fps=30000/1001")):
        ffmpeg("-f", "lavfi", "-i", f"{moving},{woven},setparams=field_mode=tff", *coded, tmp_path / f"{name}.ts")
    camera = await encoding.inspect(str(tmp_path / "camera.ts"), "c" * 64)
    assert (camera.raster.rate, camera.raster.by_field) == ((60000, 1001), True)
    assert camera.frames == pytest.approx(180, abs=2)
    assert (tmp_path / "prints" / ("c" * 32)).stat().st_size % camera.frames == 0, "a print for each frame"
    for first, count in ((0, 90), (91, camera.frames - 91)):
        part = VideoEncode(
            tmp_path / "camera.ts", tmp_path / "part.mp4", picture_of(camera.raster), 12, "fast", (0,), 90_000, 90_000,
            first, count,
        )  # fmt: skip
        assert (await encoder.encode_video(part)).frames == count
        same, next_ = [await differences(encoder, part, first + by) for by in (0, 1)]
        assert max(same) * 10 < min(next_), "its frames are those of their own moments"
    film = await encoding.inspect(str(tmp_path / "film.ts"))
    assert (film.raster.rate, film.raster.by_field, film.raster.deinterlace) == ((30000, 1001), False, False)


async def differences(encoder: FFmpegEncoder, part: VideoEncode, first: int) -> tuple[float, ...]:
    """From the master's own frames, were it a part of it that begins at `first`."""
    quality = VmafQuality(SystemProcesses(), SystemFiles(), encoder, SystemChance())
    compared = Comparison(part.source, part.target, part.picture, first, 60, 30, distorted_start=0, looks_at_all=True)
    return (await quality.compare(compared)).differences


class Side(FFmpegEncoder):
    """Two who take subtitles out at once: neither goes on before both have."""

    both = asyncio.Barrier(2)

    async def subtitles(self, source: Path, target: Path, *, stream_index: int) -> None:
        await super().subtitles(source, target, stream_index=stream_index)
        async with asyncio.timeout(30):
            await self.both.wait()


@pytest.mark.parametrize("container", ["mkv", "mp4"])
async def test_a_rate_that_varies_is_seen_whatever_the_container_says(tmp_path: Path, container: str) -> None:
    thinned = "select='not(mod(n,3))+lt(n,40)'"  # each third frame after the first forty
    vfr = ("-fps_mode", "vfr")
    encoding = room(tmp_path / "work", FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock()))

    async def codes(name: str, rate: str, video_filter: str = "null") -> set[str]:
        path = tmp_path / f"{name}.{container}"
        made = film(path, rate=rate, size="160x90", sound=False, video_filter=video_filter, options=vfr)
        return {finding.code for finding in (await encoding.inspect(str(made))).findings}

    assert "constant-rate" in await codes("varies", "30", thinned)
    assert "constant-rate" not in await codes("steady", "30")
    assert "constant-rate" not in await codes("slow motion", "120")


async def test_frames_missing_in_slow_motion_are_missed(tmp_path: Path) -> None:
    gap = "select='not(between(n,100,119))'"
    options = ("-fps_mode", "vfr")
    source = film(tmp_path / "f.mkv", seconds=2, rate="120", size="160x90", video_filter=gap, options=options)
    encoding = room(tmp_path / "work", FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock()))
    (found,) = [f for f in (await encoding.inspect(str(source))).findings if f.code == "missing-frames"]
    assert found.start_s == pytest.approx(100 / 120, abs=0.02)
    assert found.end_s == pytest.approx(1.0, abs=0.02)


async def test_masters_looked_at_side_by_side_keep_their_own_subtitles(tmp_path: Path) -> None:
    picture = film(tmp_path / "film.mp4", seconds=1, size="160x90")
    masters: list[str] = []
    for count in (1, 2):
        words = "".join(f"{n}\n00:00:00,{n}00 --> 00:00:00,{n}90\nLine {n}\n\n" for n in range(1, count + 1))
        (tmp_path / "words.srt").write_text(words)
        masters.append(str(tmp_path / f"{count}.mkv"))
        ffmpeg("-i", picture, "-i", tmp_path / "words.srt", "-map", "0", "-map", "1", "-c", "copy", masters[-1])
    encoding = room(tmp_path / "work", Side(SystemProcesses(), SystemFiles(), SystemClock()))
    seen = await asyncio.gather(*(encoding.examine(master) for master in masters))
    assert [[count for _, count in one.cues] for one in seen] == [[1], [2]]
    assert [path for path in (tmp_path / "work").rglob("*") if path.is_file()] == []


class Failing(SystemProcesses):
    """FFmpeg gives no pictures, and says why."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def run(self, command: Command) -> Finished:
        if "mjpeg" in command.argv:
            raise ProgramFailed("ffmpeg", "ended with status 187", self._words)
        return await super().run(command)


@pytest.mark.parametrize(
    ("words", "means"),
    [("something odd", NoPicture), ("Invalid data found", NoPicture), ("No space left on device", DiskFull)],
)
async def test_a_frame_that_cannot_be_shown_is_told_from_a_full_disk(
    tmp_path: Path, words: str, means: type[Exception]
) -> None:
    master = film(tmp_path / "film.mp4", seconds=1, size="160x90")
    encoding = room(tmp_path / "work", FFmpegEncoder(Failing(words), SystemFiles(), SystemClock()))
    with pytest.raises(means):
        await encoding.pictures(str(master), RASTER, [3], str(tmp_path / "pictures"))


async def test_a_film_without_a_picture_here_and_there_still_has_artwork(tmp_path: Path) -> None:
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    encoding, source = room(tmp_path / "work", encoder), film(tmp_path / "film.mp4", seconds=6, size="160x90")
    inspection = await encoding.inspect(str(source))
    short = film(tmp_path / "short.mp4", seconds=2, size="160x90")
    whole, stills = [
        await encoding.stills(str(path), inspection, str(tmp_path / path.stem)) for path in (source, short)
    ]
    assert 0 < len(stills) < len(whole)
    assert all(still.at_s < 2 for still in stills)
    (tmp_path / "none.mp4").write_bytes(b"")
    with pytest.raises(NotMedia):
        await encoding.stills(str(tmp_path / "none.mp4"), inspection, str(tmp_path / "none"))


async def test_of_frames_that_are_alike_those_with_a_face_are_the_best_and_no_shape_cuts_it(tmp_path: Path) -> None:
    pytest.importorskip("dlib", reason="this machine has no dlib-bin (requirements/run.txt)")
    crowd((10, 10, 180), size=(160, 200)).save(tmp_path / "face.png")
    empty = film(tmp_path / "empty.mp4", seconds=6, size="640x360", sound=False, source="smptebars")
    shown = "[0:v][1:v]overlay=50:90:enable='between(t,2,3.5)'"
    ffmpeg(
        "-i", empty, "-i", tmp_path / "face.png", "-filter_complex", shown, "-preset", "ultrafast", tmp_path / "m.mp4"
    )
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    quality = VmafQuality(SystemProcesses(), SystemFiles(), encoder, SystemChance())
    encoding = EncodingService(encoder, quality, SystemFiles(), root=tmp_path / "work", faces=DlibFaces())
    source = str(tmp_path / "m.mp4")
    stills = await encoding.stills(source, await encoding.inspect(source), str(tmp_path / "stills"))
    assert stills[0].looks.faces == 1
    people = [still for still in stills if still.looks.faces]
    assert {still.looks.faces for still in stills} == {0, 1}
    assert all(2 <= still.at_s <= 3.5 for still in people)
    for still in people:
        for crop in still.crops:
            assert crop.left <= 80
            assert crop.left + crop.width >= 180


async def test_frames_of_an_earlier_master_go_when_the_next_brings_its_own_artwork(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs", SystemClock())
    artwork = Artwork(blobs, SystemFiles())
    frame = tmp_path / "frame.png"
    Image.new("RGB", (160, 90), "navy").save(frame)
    looks, crops = Looks(1, 1, 1, 1, 1), (Crop("16:9", 0, 0, 160, 90), Crop("2:3", 0, 0, 60, 90))
    await artwork.from_stills("title", [Still(str(frame), 1.0, 0.5, looks, crops)])
    assert len(await artwork.candidates("title")) == 1
    made = await artwork.supplied("title", SidecarArtwork("frame.png", "poster"), frame)
    assert await artwork.candidates("title") == ()
    assert await blobs.find("artwork/title/candidate") == []
    assert made.key in [blob.key for blob in await blobs.find("artwork/title/")]
