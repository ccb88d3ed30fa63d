"""A film of more than 1080 lines, really encoded and really seen on a 4K screen."""

from pathlib import Path

import pytest

from matinee.engines.encoder.ffmpeg import FFmpegEncoder
from matinee.engines.quality.vmaf import VmafQuality
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from matinee.studio.encoding.api import Chunk, LadderPlan, Raster, Rung, RungTask
from matinee.studio.encoding.service.encoding import EncodingService
from tests.media import film

pytestmark = pytest.mark.ffmpeg
SHA256 = "5" * 64
SQUARE = Raster(1096, 1096, (24, 1))
"""The least that is more than 1080 lines, so that it is soon encoded."""


@pytest.fixture
def encoding(tmp_path: Path) -> EncodingService:
    encoder = FFmpegEncoder(SystemProcesses(), SystemFiles(), SystemClock())
    quality = VmafQuality(SystemProcesses(), SystemFiles(), encoder, SystemChance())
    return EncodingService(encoder, quality, SystemFiles(), root=tmp_path / "work")


def rung(height: int, tier: str, vmaf_4k: float | None) -> Rung:
    return Rung(f"video-{height}p-30", height, height, tier, 30, 900, 4000, 80, vmaf_4k_expected=vmaf_4k)


async def test_a_rung_above_1080_lines_is_measured_and_judged_on_a_4k_screen(
    encoding: EncodingService, tmp_path: Path
) -> None:
    master = film(tmp_path / "master.mp4", seconds=0.25, size="1096x1096", sound=False)
    rungs = (rung(1096, "uhd", 80), rung(180, "sd", None))
    plan = LadderPlan("full", SQUARE, 6, (0,), "hurried", 5, rungs, (Chunk(0, 6),), ())
    best, small = [
        await encoding.finish_rung(RungTask(str(master), SHA256, plan, each, str(tmp_path / f"{each.id}.mp4")))
        for each in rungs
    ]
    assert best.verdict.passed
    assert best.vmaf_4k is not None
    assert best.vmaf_4k != pytest.approx(best.vmaf, abs=0.2)
    assert small.vmaf_4k is None
    assert None not in (best.vmaf_phone, small.vmaf_phone)
    assert (small.vmaf_phone or 0) > small.vmaf


@pytest.mark.slow
async def test_a_film_of_more_than_1080_lines_has_rungs_that_a_4k_screen_chose(
    encoding: EncodingService, tmp_path: Path
) -> None:
    master = film(tmp_path / "master.mp4", seconds=1, size="1280x1280", sound=False, video_filter="noise=alls=6:allf=t")
    plan = await encoding.plan(str(master), SHA256, await encoding.inspect(str(master)), "full")
    assert all(None not in (point.vmaf_phone, point.vmaf_4k) for point in plan.points)
    above = [each for each in plan.rungs if each.tier == "uhd"]
    assert above
    assert all((each.vmaf_4k_expected or 100) <= 96.5 for each in above)
    assert all(each.vmaf_4k_expected is None for each in plan.rungs if each not in above)
    assert plan.enough_for_a_phone is not None
