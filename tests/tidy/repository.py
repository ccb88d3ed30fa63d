"""The repository as the tidy rules see it: which files it holds, and which of them are modules of Matinee."""

import configparser
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "matinee"
_NOT_TEXT = {".png", ".jpg", ".webp", ".avif", ".ico", ".woff2", ".mp4", ".gz", ".zip", ".pyc"}


@cache
def files() -> tuple[Path, ...]:
    """Everything git tracks or would track."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(sorted(path for path in set(found) if path.is_file()))


def texts() -> Iterator[tuple[str, str]]:
    """(path from the root, content) of every text file."""
    for path in files():
        if path.suffix not in _NOT_TEXT:
            yield path.relative_to(ROOT).as_posix(), path.read_text(errors="replace")


def python(under: str) -> Iterator[tuple[str, str]]:
    """(path from the root, source) of every Python file below a folder."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(f"{under}/") and path.suffix == ".py":
            yield name, path.read_text()


def markdown() -> Iterator[tuple[Path, str]]:
    for path in files():
        if path.suffix == ".md":
            yield path, path.read_text()


def declared_layers(contract: str) -> set[str]:
    """The rooms a contract of .importlinter names, optional ones included."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".importlinter")
    words = settings[f"importlinter:contract:{contract}"]["layers"].replace("|", " ").replace(":", " ").split()
    return {word.strip("()") for word in words}
