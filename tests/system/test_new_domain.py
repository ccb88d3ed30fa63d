"""What `make new-domain` writes passes the checks as it is, and what it is asked in error it refuses in words."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy import repository, rules
from tools import new_domain

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small house with a new domain in it: kernel, wire and engines as they are, every other room empty."""
    root = tmp_path_factory.mktemp("house")
    ports = shutil.ignore_patterns("__pycache__")
    for part in ("kernel", "wire", "engines"):
        shutil.copytree(repository.PACKAGE / part, root / "src" / "matinee" / part, ignore=ports)
    shutil.copy(repository.PACKAGE / "__init__.py", root / "src" / "matinee")
    for name in (".importlinter", "pyproject.toml"):
        shutil.copy(repository.ROOT / name, root)
    floors = repository.declared_layers("floors") - {"__main__"}
    domains = {f"control/{name}" for name in repository.declared_layers("who-knows-whom")}
    for room in sorted(floors | domains):
        _empty_room(root / "src" / "matinee" / room)
    for domain in domains:
        for mandatory in ("api.py", "service.py"):
            (root / "src" / "matinee" / domain / mandatory).touch()
    (root / "src" / "matinee" / "__main__.py").touch()
    new_domain.create(root, "gifts", "control")
    return root


def _empty_room(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if not (folder / "__init__.py").exists():
        (folder / "__init__.py").write_text(f'"""{folder.name}."""\n')


def run(copy: Path, *argv: str) -> None:
    ended = subprocess.run(
        [str(BIN / argv[0]), *argv[1:]],
        cwd=copy,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_new_domain_is_formatted_and_lint_free(copy: Path) -> None:
    written = ["src/matinee/control/gifts", "tests/domain/test_gifts.py"]
    run(copy, "ruff", "format", "--check", *written)
    run(copy, "ruff", "check", *written)


def test_a_new_domain_is_well_typed(copy: Path) -> None:
    cache = repository.ROOT / ".cache" / "mypy-new-domain"  # outlives the run: reading the libraries is most of it
    run(copy, "mypy", "--cache-dir", str(cache), "src/matinee/control/gifts", "tests/domain/test_gifts.py")


def test_a_new_domain_is_declared_and_keeps_the_contracts(copy: Path) -> None:
    run(copy, "lint-imports", "--no-cache")


def test_the_test_of_a_new_domain_passes(copy: Path) -> None:
    run(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/domain/test_gifts.py")


def test_a_new_domain_keeps_the_rules_of_the_source(copy: Path) -> None:
    for path in (copy / "src" / "matinee" / "control" / "gifts").glob("*.py"):
        assert rules.side_doors(path.name, path.read_text()) == []
        assert rules.unfinished(path.name, path.read_text()) == []


def test_a_domain_that_is_there_is_not_overwritten(copy: Path) -> None:
    with pytest.raises(SystemExit, match="already"):
        new_domain.create(copy, "gifts", "control")


@pytest.mark.parametrize("name", ["", "Gifts", "gift-cards", "../gifts", "class", "9lives"])
def test_a_name_that_is_no_module_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SystemExit, match="no name for a domain"):
        new_domain.create(tmp_path, name, "control")
