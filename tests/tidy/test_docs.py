"""The docs are true as far as a machine can tell: links lead somewhere, examples run, decisions are numbered."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy import repository, rules

ROOT = repository.ROOT
PAGES = dict(repository.markdown())
DECISIONS = ROOT / "docs" / "decisions"
EXAMPLES = [page for page, text in PAGES.items() if rules.code_blocks(text, "python")]


def test_every_link_leads_somewhere() -> None:
    found = {
        str(page.relative_to(ROOT)): dead
        for page, text in PAGES.items()
        if (dead := rules.dead_links(text, lambda path, heading, page=page: _is_there(page, path, heading)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    }
    assert found == {}


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_runs(page: Path) -> None:
    """All blocks of a page, one after the other, in a Python of its own."""
    program = "\n".join(rules.code_blocks(PAGES[page], "python"))
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": "src:.", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_decisions_are_numbered_and_listed() -> None:
    index = (DECISIONS / "README.md").read_text()
    assert rules.misnumbered_decisions([path.name for path in DECISIONS.glob("*.md")], index) == []


def test_every_decision_says_what_would_change_our_mind() -> None:
    for path in sorted(DECISIONS.glob("0*.md")):
        text = path.read_text()
        for heading in ("## Context", "## Decision", "## Consequences", "## What would change our mind"):
            assert heading in text, f"{path.name} has no “{heading}”"


def test_every_requirement_is_explained_by_a_decision() -> None:
    decisions = "".join(path.read_text() for path in DECISIONS.glob("0*.md"))
    requirements = "".join((ROOT / "requirements" / name).read_text() for name in ("run.in", "nginx.in"))
    assert rules.unexplained_requirements(requirements, decisions) == []


def test_every_domain_has_a_page() -> None:
    domains = {path.parent.name for path in repository.PACKAGE.glob("*/*/api.py")}
    pages = {path.stem for path in (ROOT / "docs" / "domains").glob("*.md")}
    assert domains - pages == set(), "write docs/domains/<name>.md"


def _is_there(page: Path, path: str, heading: str) -> bool:
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not heading or (target.suffix == ".md" and heading in rules.anchors(target.read_text()))


def test_every_test_that_a_page_names_is_there() -> None:
    named = {name for text in PAGES.values() for name in re.findall(r"`([\w/]+\.py::\w+)`", text)}
    assert len(named) > 40
    missing = {
        name for name in named if f"def {name.split('::')[1]}(" not in _text(ROOT / "tests" / name.split("::")[0])
    }
    assert missing == set()


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
