"""Which of a rung's jobs are done before the ladder is settled."""

import math

from matinee.studio.encoding.api import ChunkTask, LadderPlan, Rung, chunk_tasks

_TRIED_S, _TRIED_SHARE = 24.0, 0.1
"""Of a rung that is tried out: the whole of a short film, and a tenth of a long one."""


def trial_tasks(source: str, source_sha256: str, plan: LadderPlan, rung: Rung) -> list[ChunkTask]:
    """Those of a rung's jobs that are done before the ladder is settled, spread over the film."""
    tasks = chunk_tasks(source, source_sha256, plan, rung)
    wanted = max(_TRIED_SHARE * plan.frames, _TRIED_S * plan.raster.frames_per_second)
    count = max(1, math.ceil(len(tasks) * min(1.0, wanted / plan.frames)))
    return [tasks[(2 * number + 1) * len(tasks) // (2 * count)] for number in range(count)]
