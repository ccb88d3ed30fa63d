"""Kill a child with SIGKILL after it has acknowledged some lines, and answer what it acknowledged."""

import signal
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def killed_after(acknowledged: int, module: str, *arguments: str) -> list[str]:
    """Run `python -m module arguments`, kill -9 after that many lines; every whole line it printed before it died."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={"PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}"},
    ) as child:
        assert child.stdout is not None
        lines: list[str] = []
        while len(lines) < acknowledged and (line := child.stdout.readline()):
            lines.append(line)
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
        assert child.wait() == -signal.SIGKILL, "the child ended by itself"
    return [line.strip() for line in lines if line.endswith("\n")]
