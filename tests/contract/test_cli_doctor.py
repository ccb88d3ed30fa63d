"""The doctor, looking at this very machine."""

import json
import subprocess
import sys
from pathlib import Path

from matinee.cli import doctor
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.network import free_port
from matinee.kernel.processes import SystemProcesses


async def test_it_finds_the_programs_of_the_wheels_and_runs_them(tmp_path: Path) -> None:
    checks = await doctor.report(
        tmp_path / "not" / "yet", SystemProcesses(), SystemFiles(), SystemClock(), port=free_port(), other_ports={}
    )
    by_name = {check.name: check for check in checks}
    for program in ("ffmpeg", "ffprobe", "packager"):
        assert by_name[program].verdict is doctor.Verdict.GOOD, by_name[program]
    assert "with libvmaf" in by_name["ffmpeg"].found
    assert not (tmp_path / "not").exists(), "looking changes nothing"
    json.loads(doctor.render_json(checks))


async def test_a_port_somebody_listens_on_is_a_failed_check() -> None:
    listening = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", listening], stdin=-1, stdout=-1) as server:
        assert server.stdout is not None
        check = doctor.check_port(int(server.stdout.readline()))
        server.communicate(b"\n")
    assert check.verdict is doctor.Verdict.FAILED
    assert "--port" in check.remedy
