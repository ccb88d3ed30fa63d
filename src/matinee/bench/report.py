"""The form of every benchmark's result, as JSON and as text."""

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from matinee.kernel.errors import MatineeError
from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import to_json


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `goal` None: measured for its own sake, or for comparison."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class Report:
    bench: str
    input: Mapping[str, object]
    figures: Sequence[Figure]
    tables: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)


async def as_json(report: Report, processes: Processes) -> bytes:
    return to_json(
        {
            "bench": report.bench,
            "commit": await _commit(processes),
            "machine": {
                "system": platform.system(),
                "machine": platform.machine(),
                "python": platform.python_version(),
                "cores": os.cpu_count(),
            },
            "input": report.input,
            "figures": [
                {
                    "name": f.name,
                    "value": round(f.value, 4),
                    "unit": f.unit,
                    "goal": f.goal,
                    "better": f.better,
                    "met": f.met,
                }
                for f in report.figures
            ],
            "tables": report.tables,
        }
    )


def as_text(report: Report) -> str:
    width = max(len(f.name) for f in report.figures)
    lines = [f"{report.bench}"]
    for f in report.figures:
        goal = "" if f.goal is None else f"   goal {'≤' if f.better == 'lower' else '≥'} {f.goal:g}"
        mark = "" if f.met is None else "  met" if f.met else "  NOT MET"
        lines.append(f"  {f.name:<{width}}  {f.value:>12.3f} {f.unit}{goal}{mark}")
    return "\n".join(lines)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def _commit(processes: Processes) -> str:
    try:
        done = await processes.run(Command(["git", "rev-parse", "--short", "HEAD"], timeout=seconds(5)))
    except MatineeError:
        return "unknown"
    return done.stdout.decode().strip()
