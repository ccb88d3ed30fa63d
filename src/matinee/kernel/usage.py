"""What a process and all it started use of the machine, as Linux has it. Part of door 5."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_UTIME, _CSTIME = 11, 15
"""Of the words after the name in `/proc/PID/stat`: own and of children that ended, as user and as system."""


@dataclass(frozen=True, slots=True)
class Usage:
    memory_bytes: int
    """Resident; what processes share counts for each."""
    processor_s: float


def own_usage() -> Usage | None:
    """None where the system does not tell."""
    if sys.platform != "linux":
        return None
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    memory = spent = 0
    waiting = [os.getpid()]
    while waiting:
        process = Path("/proc") / str(waiting.pop())
        try:
            words = (process / "stat").read_text().rpartition(")")[2].split()
            spent += sum(int(word) for word in words[_UTIME:_CSTIME])
            memory += int((process / "statm").read_text().split()[1]) * page
            # Of the first thread: ours starts all programs, and a server's thousand others start none.
            waiting += [int(child) for child in (process / "task" / process.name / "children").read_text().split()]
        except (OSError, IndexError, ValueError):
            continue  # it ended while we looked
    return Usage(memory, spent / ticks) if memory else None
