"""An assembled rung is measured in stretches on the real meter; what was measured before a kill is not measured again."""

from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.encoder.port import Encoded, VideoEncode
from matinee.engines.quality.port import Comparison, FramesDiffer, Score
from matinee.engines.quality.vmaf import VmafQuality
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from matinee.studio.encoding.api import Chunk, LadderPlan, Raster, Rung, RungTask
from matinee.studio.encoding.service.facts import picture_of
from matinee.studio.encoding.service.measuring import Meter
from tests.media import film

pytestmark = pytest.mark.ffmpeg
RASTER = Raster(160, 90, (24000, 1001))
FRAMES, EVERY = 240, 10


class Killed(BaseException):
    """Nothing of the work goes on."""


class Observed(VmafQuality):
    """The real meter, with a list of where it was asked to look; it is killed when it looks there."""

    killed_at: int | None = None

    def __init__(self, encoder: FFmpegEncoder) -> None:
        super().__init__(SystemProcesses(), SystemFiles(), encoder, SystemChance())
        self.looked: list[int] = []

    async def compare(self, job: Comparison) -> Score:
        if job.start_frame == self.killed_at:
            raise Killed
        self.looked.append(job.start_frame)
        return await super().compare(job)


@pytest.fixture
def encoder() -> FFmpegEncoder:
    return FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())


async def made(encoder: FFmpegEncoder, folder: Path, crf: float = 30) -> tuple[RungTask, Encoded]:
    source = folder / "film.mp4"
    if not source.exists():
        film(source, seconds=10.01, size="160x90", rate="24000/1001", sound=False)
    target = folder / "rung.mp4"
    keys = (0, 100, 200)
    encoded = await encoder.encode_video(
        VideoEncode(source, target, picture_of(RASTER), crf, "veryfast", keys, 9000, 9000, 0, FRAMES)
    )
    rung = Rung("video-90p-30", 160, 90, "sd", crf, 90, 400, 80)
    chunks = (Chunk(0, FRAMES),)
    plan = LadderPlan("full", RASTER, FRAMES, keys, "veryfast", EVERY, (rung,), chunks, ())
    return RungTask(str(source), "5" * 64, plan, rung, str(target)), encoded


async def test_in_stretches_a_rung_has_the_scores_it_has_as_a_whole(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    task, encoded = await made(encoder, tmp_path)
    one, many = Observed(encoder), Observed(encoder)
    whole = await Meter(one, SystemFiles()).score(task, encoded)
    await SystemFiles().remove(Path(f"{task.target}.scores"))
    parts = await Meter(many, SystemFiles(), stretch_s=3).score(task, encoded)
    assert one.looked == [0]
    assert many.looked == [0, 80, 160]
    assert [frame for frame, _ in parts.frames] == [frame for frame, _ in whole.frames] == list(range(0, FRAMES, EVERY))
    assert parts.differences == pytest.approx(whole.differences, abs=0.02)
    # The first frame of a stretch knows of no motion before it.
    inside = [number for number, (frame, _) in enumerate(whole.frames) if frame not in many.looked]
    for found, expected in ((parts.frames, whole.frames), (parts.elsewhere["phone"], whole.elsewhere["phone"])):
        assert [found[n][1] for n in inside] == pytest.approx([expected[n][1] for n in inside], abs=1e-3)
    assert parts.mean == pytest.approx(whole.mean, abs=0.5)


async def test_what_was_measured_before_a_kill_is_not_measured_again_unless_the_encode_is_another(
    encoder: FFmpegEncoder, tmp_path: Path
) -> None:
    task, encoded = await made(encoder, tmp_path)
    first, second, third = Observed(encoder), Observed(encoder), Observed(encoder)
    first.killed_at = 160
    with pytest.raises(Killed):
        await Meter(first, SystemFiles(), stretch_s=3).score(task, encoded)
    assert first.looked == [0, 80]
    (tmp_path / "rung.mp4.scores" / "0-80.json").write_bytes(b'{"size_bytes": 12')  # kept by half
    await Meter(second, SystemFiles(), stretch_s=3).score(task, encoded)
    assert second.looked == [0, 160]
    task, encoded = await made(encoder, tmp_path, crf=40)
    await Meter(third, SystemFiles(), stretch_s=3).score(task, encoded)
    assert third.looked == [0, 80, 160]


async def test_a_rung_that_lacks_frames_is_not_measured(encoder: FFmpegEncoder, tmp_path: Path) -> None:
    task, encoded = await made(encoder, tmp_path)
    meter = Observed(encoder)
    with pytest.raises(FramesDiffer, match="239 frames where the source has 240"):
        await Meter(meter, SystemFiles()).score(task, Encoded(encoded.path, 239, encoded.size_bytes, 1.0))
    assert meter.looked == []
