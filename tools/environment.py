"""Makes `.venv` what `make up` or `make test` needs, and does nothing where it is that already.

Run by whatever `python3` the machine has, so it uses the standard library alone and says in words what is wrong with it.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = {"run": ("run.txt", "build.txt"), "test": ("test.txt",)}
_PIP = ("-m", "pip", "--disable-pip-version-check")


def main(purpose: str) -> None:
    refuse_old_python(sys.version_info[:2])
    python = _create(ROOT / ".venv")
    if not _is_done(purpose):
        files = [str(ROOT / "requirements" / name) for name in REQUIREMENTS[purpose]]
        _say(f"installing what {' and '.join(Path(name).name for name in files)} pin; the first time takes minutes")
        _run(python, *_PIP, "install", "-q", "--require-hashes", *(word for name in files for word in ("-r", name)))
        _run(python, *_PIP, "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        _mark_done(purpose)
    _run(python, str(ROOT / "tools" / "build_web.py"))


def refuse_old_python(version: "tuple[int, ...]") -> None:
    if version < PYTHON_MIN:
        found, wanted = ".".join(map(str, version)), ".".join(map(str, PYTHON_MIN))
        raise SystemExit(
            f"Matinee needs Python {wanted} or newer; this one is {found}. Name another: make up PYTHON=python{wanted}"
        )


def fingerprint(root: Path, purpose: str) -> str:
    """What the environment was made from: the locks, the project file, the build hook, the interpreter."""
    names = [f"requirements/{name}" for name in REQUIREMENTS[purpose]]
    total = hashlib.sha256(repr((sys.version, str(root))).encode())
    for name in (*names, "pyproject.toml", "tools/build_web.py"):
        total.update((root / name).read_bytes())
    return total.hexdigest()


def _create(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if (
        python.exists()
        and subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    ):
        return python
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of python3, and venv says so only half-way through
        import venv
    except ImportError:
        raise SystemExit(
            "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
        ) from None
    _say(f"creating {folder.name}")
    venv.create(folder, with_pip=True, clear=folder.exists(), symlinks=True)
    return python


def _stamp(purpose: str) -> Path:
    return ROOT / ".venv" / f".matinee-{purpose}"


def _is_done(purpose: str) -> bool:
    stamp = _stamp(purpose)
    return stamp.exists() and stamp.read_text() == fingerprint(ROOT, purpose)


def _mark_done(purpose: str) -> None:
    # What tests need includes what running needs.
    for covered in ("run", "test") if purpose == "test" else ("run",):
        _stamp(covered).write_text(fingerprint(ROOT, covered))


def _run(python: Path, *arguments: str) -> None:
    ended = subprocess.run([str(python), *arguments], cwd=ROOT, check=False)
    if ended.returncode:
        raise SystemExit(
            f"`{python.name} {' '.join(arguments[:4])} …` failed with status {ended.returncode}; see above."
        )


def _say(text: str) -> None:
    print(f"environment: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
