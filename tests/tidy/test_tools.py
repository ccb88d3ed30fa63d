"""The tools of the Makefile: what counts as fresh, what a lock may hold, what an old Python is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy import repository
from tools import build_web, environment, lock, programs


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A repository whose web client was just built."""
    web = tmp_path / "web"
    for name in ("package.json", "package-lock.json", "app/main.ts", "node_modules/x/index.js", "app/main.test.ts"):
        (web / name).parent.mkdir(parents=True, exist_ok=True)
        (web / name).write_text(name)
    built = tmp_path / "src" / "matinee" / "web"
    built.mkdir(parents=True)
    for page in ("index.html", "console.html"):
        (built / page).write_text("built")
    (built / ".sources-sha256").write_text(build_web.sources_sha256(tmp_path))
    return tmp_path


def test_an_unchanged_client_is_not_built_again(house: Path) -> None:
    assert build_web.build(house) is False


@pytest.mark.parametrize("changed", ["app/main.ts", "package-lock.json", "app/new.ts"])
def test_a_changed_source_asks_for_a_build(house: Path, changed: str) -> None:
    (house / "web" / changed).write_text("changed")
    assert not build_web.is_fresh(house)


@pytest.mark.parametrize("changed", ["node_modules/x/index.js", "app/main.test.ts"])
def test_what_the_build_does_not_read_asks_for_none(house: Path, changed: str) -> None:
    (house / "web" / changed).write_text("changed")
    assert build_web.is_fresh(house)


@pytest.mark.parametrize("page", ["index.html", "console.html"])
def test_a_missing_page_asks_for_a_build(house: Path, page: str) -> None:
    (house / "src" / "matinee" / "web" / page).unlink()
    assert not build_web.is_fresh(house)


def test_an_sdist_ships_the_pages_and_needs_no_node(house: Path) -> None:
    (house / "PKG-INFO").touch()
    (house / "web" / "app" / "main.ts").write_text("changed")
    assert build_web.build(house) is False


def test_nothing_is_published_where_there_is_nothing_to_build_from(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="neither built nor here to be built"):
        build_web.build(tmp_path)


def test_a_lock_that_names_a_host_is_noticed() -> None:
    assert lock.hosts_in("a==1 \\\n    --hash=sha256:00\n    # via b\n") == []
    assert lock.hosts_in("--index-url x\na @ https://example.org/a.whl#sha256=00") == [
        "--index-url x",
        "https://example.org",
    ]


def test_an_old_python_is_told_what_to_do() -> None:
    environment.refuse_old_python((3, 11))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this one is 3\.9\. .*make up PYTHON="):
        environment.refuse_old_python((3, 9))


def test_an_environment_is_made_again_when_what_it_came_from_changed(tmp_path: Path) -> None:
    for name in ("requirements/run.txt", "requirements/build.txt", "pyproject.toml", "tools/build_web.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("before")
    before = environment.fingerprint(tmp_path, "run")
    assert environment.fingerprint(tmp_path, "run") == before
    (tmp_path / "requirements" / "run.txt").write_text("after")
    assert environment.fingerprint(tmp_path, "run") != before


def test_a_program_that_is_not_here_is_said_to_be_missing() -> None:
    assert programs.Need("Python", (Path(sys.executable).name, "sh"), "python3", "everything").is_there()
    assert not programs.Need("Nothing", ("no-such-program",), "nothing", "nothing", font="NoSuchFont").is_there()


def test_make_lists_every_verb_that_is_meant_for_people() -> None:
    listed = subprocess.run(["make", "-s"], cwd=repository.ROOT, capture_output=True, text=True, check=True).stdout
    for verb in ("up", "test", "check", "bless", "docs", "lock", "new-domain", "web", "clean"):
        assert f"make {verb} " in listed
