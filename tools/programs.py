"""Brings the programs some tests need that pip cannot: a browser, servers, fonts. Says what is left out, and why.

Nothing here fails a run: a test whose program is missing is skipped with that reason.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Need:
    """Something a test needs: how to see that it is there, and the Debian package that brings it."""

    name: str
    programs: tuple[str, ...]
    package: str
    tests: str
    font: str = ""
    file: str = ""
    """Below the folder of the system's libraries."""

    def is_there(self) -> bool:
        found = any(shutil.which(name, path=_search_path()) for name in self.programs)
        return found or _has_font(self.font) or _has_library(self.file)


NEEDS = (
    Need("Chromium", ("chromium", "chromium-browser", "google-chrome"), "chromium", "browser journeys"),
    Need("NGINX", ("nginx",), "nginx", "the NGINX edge"),
    Need("scripts in NGINX", (), "libnginx-mod-http-js", "the NGINX edge", file="nginx/modules/ngx_http_js_module.so"),
    Need("memcached", ("memcached",), "memcached", "the memcached cache, which comes later"),
    Need("BIRD", ("bird",), "bird2", "real routers in network namespaces"),
    Need("GoBGP", ("gobgpd",), "gobgpd", "real routers in network namespaces"),
    Need("Latin and Arabic fonts", (), "fonts-noto-core", "subtitle pictures", "NotoSansArabic"),
    Need("Chinese, Japanese, Korean fonts", (), "fonts-noto-cjk", "subtitle pictures", "NotoSansCJK"),
)


def main() -> None:
    missing = [need for need in NEEDS if not need.is_there()]
    if not missing:
        return
    reason = _why_not_apt() or _install([need.package for need in missing])
    for need in missing:
        if not need.is_there():
            print(f"left out: {need.tests}: {need.name} is not here ({reason}; apt install {need.package})", flush=True)


def _why_not_apt() -> str:
    if shutil.which("apt-get") is None:
        return "this system has no apt"
    if os.geteuid() != 0:
        return "not root"
    return ""


def _install(packages: list[str]) -> str:
    """Try; answers the reason why something may still be missing."""
    # RUNLEVEL=1 keeps Debian from starting the servers it has just installed.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    print(f"installing {', '.join(packages)}", file=sys.stderr, flush=True)
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        try:
            ended = subprocess.run(
                ["apt-get", *arguments], env=environment, capture_output=True, text=True, timeout=900, check=False
            )
        except subprocess.TimeoutExpired:
            return "apt did not end within 15 minutes"
        if ended.returncode:
            lines = ended.stderr.strip().splitlines()
            return f"apt failed: {lines[-1] if lines else ended.returncode}"
    return "apt brought the package, but not the program"


def _search_path() -> str:
    # Debian keeps servers in sbin, which a user's PATH may lack.
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def _has_library(file: str) -> bool:
    return bool(file) and any((Path(folder) / file).exists() for folder in ("/usr/lib", "/usr/lib64"))


def _has_font(pattern: str) -> bool:
    if not pattern:
        return False
    for folder in ("/usr/share/fonts", "/usr/local/share/fonts"):
        for _, _, files in os.walk(folder):
            if any(name.startswith(pattern) for name in files):
                return True
    return False


if __name__ == "__main__":
    main()
