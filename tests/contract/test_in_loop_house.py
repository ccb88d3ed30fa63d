"""A whole house on the in-loop engines, in virtual time: a stand-in master becomes a release, whatever is killed on the way."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from matinee.app.doors import Doors
from matinee.app.house import House, open_house
from matinee.app.in_loop import HouseDisk, in_loop_engines
from matinee.app.settings import Settings
from matinee.control.playback.api import Device
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base
from matinee.control.playback.model.entitlement import playable_tracks
from matinee.engines.encoder.in_loop import StandInEncoder
from matinee.engines.encoder.port import NotMedia, Picture, VideoEncode
from matinee.engines.encoder.stand_in import SCALE, StandIn, StandInSound, StandInSpan, StandInText, master
from matinee.engines.quality.in_loop import StandInQuality
from matinee.engines.quality.port import Comparison, FramesDiffer
from matinee.sim.nodes import Node
from matinee.studio.production.api import FileRef, IngestRequest, Metadata, VersionStatus
from matinee.wire.encoding import from_json
from matinee.wire.releases import Release, files_of
from tests.contract.in_loop import Machine, kill, settle

MASTER = Path("/masters/paper-boat.film")
FILM = StandIn(
    frames=30 * 24,
    sounds=(StandInSound("en"),),
    texts=(StandInText("en", ("Hello.", "Goodbye.")),),
    name="Paper Boat",
)
PICTURE = Picture(1280, 720, (24, 1))


class HouseMachine(Machine):
    """The machine a house stands on, through all its lives."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.engines = HouseDisk(folder)

    async def live(self, story: Callable[[House], Awaitable[None]]) -> None:
        """One process: it opens the house, does what the story says, and closes it, if it is not killed before."""
        doors = Doors(self.clock, self.chance, files=self.files)
        settings = Settings(data=Path("/data"), demo=False, passwords="light")
        async with open_house(settings, doors, open_engines=in_loop_engines(self.engines, settle)) as house:
            await story(house)


async def publish(house: House, profile: Literal["fast", "full"] = "fast") -> VersionStatus:
    request = IngestRequest(FileRef(path=str(MASTER)), Metadata(names={"en": "Paper Boat"}), profiles=(profile,))
    return await house.services.studio.production.ingest(request)


async def until_over(house: House, title_id: str) -> VersionStatus:
    while True:
        (status, *_) = await house.services.studio.production.status(title_id)
        if status.state in ("ready", "failed"):
            return status
        await asyncio.sleep(1)


async def check_release(house: House, release_id: str) -> Release:
    blobs = house.engines.blobs
    release = from_json(await blobs.get(f"releases/{release_id}/release.json"), Release)
    for path, stored in files_of(release):
        data = await blobs.get(f"releases/{release_id}/{path}")
        assert len(data) == stored.size
        assert hashlib.sha256(data).hexdigest() == stored.sha256
    return release


async def test_a_stand_in_master_becomes_a_whole_release(tmp_path: Path) -> None:
    machine = HouseMachine(tmp_path)
    await machine.files.write(MASTER, master(FILM))
    releases: list[Release] = []

    async def story(house: House) -> None:
        begun = await publish(house)
        status = await until_over(house, begun.title_id)
        assert (status.state, status.error) == ("ready", None)
        releases.append(await check_release(house, status.release_id))

    await machine.live(story)
    (release,) = releases
    assert release.duration_ms == 30_000
    kinds = [track.kind for track in release.tracks]
    assert sorted(dict.fromkeys(kinds)) == ["audio", "image", "text", "trick", "video"]
    videos = [track for track in release.tracks if track.kind == "video"]
    assert len(videos) == 2
    for track in videos:
        ends = [segment.start + segment.duration for segment in track.segments]
        assert [0, *ends[:-1]] == [segment.start for segment in track.segments]
        assert ends[-1] / track.timescale == 30
        assert all(segment.vmaf for segment in track.segments)
    assert {key.tier for key in release.keys} == {track.tier for track in release.tracks if track.key_id}


async def test_a_film_in_24_languages_with_34_subtitles_becomes_a_release_that_any_device_can_play(
    tmp_path: Path,
) -> None:
    sounds = [StandInSound(f"x-l{n}", channels=6 if n % 5 == 0 else 2) for n in range(23)]
    sounds[0] = replace(sounds[0], codec="eac3", has_objects=True)
    described = StandInSound("x-l0", role="description")
    many = replace(FILM, sounds=(*sounds, described), texts=tuple(StandInText(f"x-l{n}") for n in range(34)))
    machine = HouseMachine(tmp_path)
    await machine.files.write(MASTER, master(many))
    releases: list[Release] = []

    async def story(house: House) -> None:
        status = await until_over(house, (await publish(house, "full")).title_id)
        assert (status.state, status.error) == ("ready", None)
        releases.append(await check_release(house, status.release_id))

    await machine.live(story)
    (release,) = releases
    audio = [track for track in release.tracks if track.kind == "audio"]
    stereo = [track for track in audio if track.rendition_of is None]
    assert [(t.language, t.codecs, t.channels) for t in stereo] == [
        *((f"x-l{n}", "mp4a.40.2", 2) for n in range(23)),
        ("x-l0", "mp4a.40.2", 2),
    ]
    assert stereo[-1].role == "description"
    surround = [(t.id, t.rendition_of, t.channels, t.joc_complexity) for t in audio if t.codecs == "ec-3"]
    assert surround == [
        ("audio-0-atmos", "audio-0", 6, 16),
        *((f"audio-{n}-eac3", f"audio-{n}", 6, None) for n in range(5, 23, 5)),
    ]
    forms = [(t.id, t.mime, t.rendition_of) for t in release.tracks if t.kind == "text" and t.language == "x-l33"]
    assert forms == [("text-33", "text/vtt", None), ("text-33-imsc", "application/ttml+xml", "text-33")]
    plain = playable_tracks(release, Device(), height_max=2160)
    assert [t.id for t in plain if t.kind == "audio"] == [t.id for t in stereo]
    theater = Device(codecs=("avc1", "mp4a", "ec-3"), audio=("surround",))
    tracks = playable_tracks(release, theater, height_max=2160)
    assert [t.id for t in tracks if t.kind == "audio"] == [t.id for t in audio]
    playlist = hls.master(release, tracks, lambda track, _: track.id)
    assert (playlist.count("TYPE=AUDIO"), playlist.count("TYPE=SUBTITLES")) == (2 * 24, 34)
    assert dash.manifest(release, tracks, [Base("one", "https://edge.example/")]).count('contentType="audio"') == len(
        audio
    )


@pytest.mark.parametrize("lives_s", [(1.5,), (0.2, 2.2, 3.1), (4.0, 0.01, 5.0), (0.9, 0.9, 0.9, 0.9)])
async def test_a_house_killed_at_any_moment_of_a_publish_ends_it_in_a_later_life(
    tmp_path: Path, lives_s: tuple[float, ...]
) -> None:
    machine = HouseMachine(tmp_path)
    await machine.files.write(MASTER, master(FILM))

    async def begins(house: House) -> None:
        await publish(house)
        await asyncio.sleep(3600)

    for life_s in lives_s:
        node = Node("here")
        node.begin(machine.live(begins))
        await asyncio.sleep(life_s)
        kill(node)

    async def ends(house: House) -> None:
        begun = await publish(house)
        status = await until_over(house, begun.title_id)
        assert (status.state, status.error) == ("ready", None)
        await check_release(house, status.release_id)

    await machine.live(ends)


async def test_what_is_no_stand_in_film_is_refused_in_a_sentence(tmp_path: Path) -> None:
    machine = HouseMachine(tmp_path)
    await machine.files.write(MASTER, b"\x00\x01 a real film")

    async def story(house: House) -> None:
        status = await until_over(house, (await publish(house)).title_id)
        assert status.state == "failed"
        assert status.error is not None
        assert "not a stand-in film" in status.error

    await machine.live(story)


async def test_encodes_take_time_by_their_pixels_and_appear_whole() -> None:
    machine, node, target = Machine(), Node("here"), Path("/studio/encode.mp4")
    await machine.files.write(MASTER, master(FILM))
    encoder, loop = StandInEncoder(machine.files, machine.clock), asyncio.get_running_loop()
    job = VideoEncode(
        MASTER, target, PICTURE, 23, "hurried", (0, 72, 144, 216), 60_000, 60_000, start_frame=0, frames=240
    )
    node.begin(encoder.encode_video(job))
    await asyncio.sleep(2)
    kill(node)
    await asyncio.sleep(60)
    assert await machine.files.size(target) is None
    begun = loop.time()
    progress: list[float] = []
    made = await encoder.encode_video(job, progress.append)
    assert 3 < loop.time() - begun < 5
    assert progress[-1] == 1.0
    assert made.frames == 240
    data = await machine.files.read(target)
    assert made.size_bytes == len(data) * SCALE
    await machine.files.write(target, data[:-100] + bytes(100))
    with pytest.raises(NotMedia, match="breaks off"):
        await encoder.count_frames(target)


async def test_sound_beside_a_film_is_heard_with_its_faults() -> None:
    machine, file = Machine(), Path("/studio/fr.film")
    spans = (StandInSpan("silence", 2.0, 3.0), StandInSpan("black", 4.0, 5.0))
    dub = StandIn(240, (24, 1), sounds=(StandInSound("fr"),), spans=spans, has_picture=False)
    await machine.files.write(file, master(dub))
    encoder = StandInEncoder(machine.files, machine.clock)
    found = await encoder.hear(file, stream_index=0)
    assert (found.heard.stream, found.heard.seconds) == (0, 10.0)
    assert [(span.kind, span.start_s, span.stream) for span in found.spans] == [("silence", 2.0, 0)]
    with pytest.raises(NotMedia, match="no sound in stream 1"):
        await encoder.hear(file, stream_index=1)


async def test_better_settings_score_better_and_missing_frames_are_no_score() -> None:
    machine = Machine()
    await machine.files.write(MASTER, master(FILM))
    encoder, quality = StandInEncoder(machine.files, machine.clock), StandInQuality(machine.files, machine.clock)
    scores: list[float] = []
    sizes: list[int] = []
    for number, (crf, height) in enumerate(((20.0, 720), (32.0, 720), (32.0, 360))):
        target = Path(f"/studio/{number}.mp4")
        picture = Picture(height * 16 // 9, height, (24, 1))
        made = await encoder.encode_video(
            VideoEncode(MASTER, target, picture, crf, "hurried", (0, 72, 144, 216), 60_000, 60_000)
        )
        sizes.append(made.size_bytes)
        scores.append((await quality.compare(Comparison(MASTER, target, PICTURE, every=13))).mean)
    assert scores == sorted(scores, reverse=True)
    assert sizes == sorted(sizes, reverse=True)
    short = VideoEncode(
        MASTER, Path("/studio/short.mp4"), PICTURE, 23, "hurried", (0, 72, 144, 216), 60_000, 60_000, frames=100
    )
    await encoder.encode_video(short)
    with pytest.raises(FramesDiffer):
        await quality.compare(Comparison(MASTER, Path("/studio/short.mp4"), PICTURE))
