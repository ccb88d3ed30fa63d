"""A title is published again with a new master: only what has changed is encoded."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from matinee.engines.encoder.port import Encoded
from matinee.studio.encoding.model import groups
from matinee.studio.production.api import Metadata, SidecarText
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.domain.test_studio_publish import check_stored, check_whole
from tests.media import ffmpeg

pytestmark = pytest.mark.ffmpeg
RATE = 6
SCENES = (("testsrc2", 3), ("mandelbrot", 3), ("life=ratio=0.4:seed=3", 3))
CARD = ("color=c=navy", 1)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StudioHouse]:
    monkeypatch.setitem(groups._CHUNK_S, "fast", 3.0)  # three chunks in a film of nine seconds
    async with studio(tmp_path / "house") as opened:
        yield opened


def cut(path: Path, scenes: Sequence[tuple[str, int]] = SCENES, *, tone: int = 440) -> Path:
    """A master of these scenes, each with its seconds. Without loss, as masters are exported: the same scene has the same
    frames in each."""
    inputs: list[str] = []
    for scene, seconds in scenes:
        source = f"{scene}{':' if '=' in scene else '='}s=160x90:r={RATE}"
        inputs += ["-t", str(seconds), "-f", "lavfi", "-i", source]
    inputs += ["-f", "lavfi", "-i", f"sine=f={tone}:d={sum(seconds for _, seconds in scenes)}"]
    joints = "".join(f"[{number}:v]" for number in range(len(scenes)))
    ffmpeg(
        *inputs, "-filter_complex", f"{joints}concat=n={len(scenes)},format=yuv420p[v]", "-map", "[v]",
        "-map", f"{len(scenes)}:a", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-c:a", "aac", path,
    )  # fmt: skip
    return path


class Watch:
    """Which chunks were encoded since."""

    def __init__(self, house: StudioHouse) -> None:
        self._ran = house.processes.ran
        self._from = len(self._ran)

    @property
    def chunks(self) -> list[str]:
        return [line for line in self._ran[self._from :] if "libx264" in line and "/chunks/" in line]

    @property
    def probes(self) -> list[str]:
        return [line for line in self._ran[self._from :] if "/probes/" in line]


async def published(house: StudioHouse, master: Path, **words: object) -> Watch:
    watch = Watch(house)
    status = await house.publish(master, profiles=("fast",), **words)  # type: ignore[arg-type]  # handed on as they came
    assert (status.state, status.error) == ("ready", None)
    release = await house.release(status.release_id)
    check_whole(release)
    await check_stored(house, release)
    return watch


async def test_of_a_new_master_only_what_has_changed_is_encoded(house: StudioHouse, tmp_path: Path) -> None:
    first = await published(house, cut(tmp_path / "first.mp4"))
    rungs = len((await house.production.status(TITLE))[0].ladder)
    assert len(first.chunks) >= len(SCENES) * rungs
    assert first.probes

    recut = (SCENES[0], ("mandelbrot=start_scale=1", 3), *SCENES[2:])
    one_scene = await published(house, cut(tmp_path / "one-scene.mp4", recut))
    assert (len(one_scene.chunks), one_scene.probes) == (rungs, [])

    longer = (*recut[:2], CARD, *recut[2:])
    one_second = await published(house, cut(tmp_path / "one-second.mp4", longer))
    assert (len(one_second.chunks), one_second.probes) == (rungs, [])

    (tmp_path / "en.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    words = Metadata(names={"en": "Test"}, subtitles=(SidecarText("en.srt", "en", "English"),))
    other_sound = cut(tmp_path / "other-sound.mp4", longer, tone=660)
    no_picture = await published(house, other_sound, metadata=words, en_srt=tmp_path / "en.srt")
    assert (no_picture.chunks, no_picture.probes) == ([], [])


async def test_chunks_that_make_room_while_they_are_joined_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path / "house", stand_ins=True) as house:
        await house.publish(stand_in(tmp_path / "boat.film"))
        kept, join, gone = house.root / "studio" / "kept", house.encoder.join, list[Path]()

        async def purged(parts: Sequence[Path], target: Path) -> Encoded:
            gone.extend(part for part in parts if part.is_relative_to(kept))
            shutil.rmtree(kept, ignore_errors=True)
            return await join(parts, target)

        monkeypatch.setattr(house.encoder, "join", purged)
        made = await house.publish(stand_in(tmp_path / "with-sound.film", sounds=1))
    assert gone
    assert (made.state, made.failures) == ("ready", ())
