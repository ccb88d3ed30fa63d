"""Compiles requirements/*.in into hash-pinned *.txt with uv, from a throwaway environment. `make lock`."""

import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("build", "run", "test", "nginx")
COMPILE = (
    *("pip", "compile", "-q", "--universal", "--generate-hashes", "--python-version", "3.11"),
    *("--no-emit-index-url", "--custom-compile-command", "make lock"),
)


def main(extra: list[str]) -> None:
    uv = _uv(ROOT / ".cache" / "uv")
    for name in LOCKS:
        subprocess.run([uv, *COMPILE, *extra, f"{name}.in", "-o", f"{name}.txt"], cwd=ROOT / "requirements", check=True)
        named = hosts_in((ROOT / "requirements" / f"{name}.txt").read_text())
        if named:
            raise SystemExit(f"{name}.txt names {', '.join(named)}; a lock must install from any mirror.")
    print("requirements are locked; commit the .txt files")


def hosts_in(lock: str) -> list[str]:
    """Every host a lock names, which should be none: options and direct references name them."""
    return sorted(set(re.findall(r"\w+://[^/\s#]+|^--(?:extra-)?index-url.*|^--find-links.*", lock, re.M)))


def _uv(folder: Path) -> str:
    program = folder / "bin" / "uv"
    if not program.exists():
        venv.create(folder, with_pip=True, symlinks=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", "uv"], check=True)
    return str(program)


if __name__ == "__main__":
    main(sys.argv[1:])
