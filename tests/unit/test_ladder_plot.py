"""The picture of a ladder: what is drawn, and where."""

import io

from PIL import Image

from matinee.cli.ladder_plot import ladder_plot
from matinee.studio.encoding.api import Chunk, Curves, LadderPlan, Raster, RatePoint, Rung

PROBES = (RatePoint(720, 20, 3000, 94), RatePoint(720, 34, 500, 70), RatePoint(432, 22, 900, 80))
HEIGHTS = (
    tuple(RatePoint(720, crf, 30_000 * 0.87**crf, 110 - crf) for crf in range(16, 40)),
    tuple(RatePoint(432, crf, 15_000 * 0.87**crf, 103 - crf) for crf in range(16, 40)),
)


def plan(*rungs: Rung) -> LadderPlan:
    return LadderPlan("full", Raster(1280, 720, (24, 1)), 240, (0,), "medium", 7, rungs, (Chunk(0, 240),), PROBES)


def drawn(of: LadderPlan, fixed: tuple[RatePoint, ...] = ()) -> Image.Image:
    return Image.open(io.BytesIO(ladder_plot("A film.mov", of, Curves(HEIGHTS, fixed))))


def test_each_height_has_a_color_and_each_rung_a_square_of_it() -> None:
    rung = Rung("video-720p-24", 1280, 720, "hd", 24, 1500, 2600, 88, 0.8)
    without, with_one = drawn(plan()).convert("RGB"), drawn(plan(rung)).convert("RGB")
    assert _blues(with_one) - _blues(without) > 40


def test_the_fixed_ladder_stands_beside() -> None:
    fixed = (RatePoint(720, 23, 2000, 90), RatePoint(432, 25, 730, 78))
    assert drawn(plan(), fixed).tobytes() != drawn(plan()).tobytes()


def _blues(image: Image.Image) -> int:
    data = image.tobytes()
    return sum(red < 80 and blue > 120 for red, blue in zip(data[::3], data[2::3], strict=True))
