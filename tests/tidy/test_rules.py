"""A test of the tests: each rule lets a good line pass and catches a bad one."""

import pytest

from tests.tidy import rules


def test_a_module_is_named_after_its_idea() -> None:
    assert rules.drawers(["src/matinee/kernel/money.py", "tests/unit/test_helpfulness.py"]) == []
    bad = ["a/utils.py", "a/helpers/x.py", "a/common.py", "a/session_manager.py", "web/lib/utils.ts"]
    assert len(rules.drawers(bad)) == len(bad)


def test_a_folder_with_python_files_is_a_package() -> None:
    assert rules.undeclared_packages(["src/matinee/a/__init__.py", "src/matinee/a/x.py"]) == []
    assert rules.undeclared_packages(["src/matinee/a/__init__.py", "src/matinee/a/b/x.py"]) == [
        "src/matinee/a/b: has Python files but no __init__.py; import-linter cannot see it"
    ]


def test_a_room_is_declared() -> None:
    assert rules.undeclared_rooms(["kernel"], {"kernel", "wire"}, "floors") == []
    assert len(rules.undeclared_rooms(["kernel", "attic"], {"kernel"}, "floors")) == 1


@pytest.mark.parametrize(
    "bad",
    [
        "import time",
        "from time import monotonic",
        "import random",
        "import uuid",
        "import secrets",
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "import os\nx = os.environ['HOME']",
        "import os\nx = os.getenv('HOME')",
        "from os import environ",
        "import os\nx = os.urandom(8)",
    ],
)
def test_time_chance_and_the_environment_enter_by_the_doors(bad: str) -> None:
    assert rules.side_doors("x.py", bad)


def test_what_takes_a_door_passes() -> None:
    good = "from datetime import datetime, UTC\ndef f(clock):\n    return clock.now(), datetime.fromtimestamp(0, UTC)"
    assert rules.side_doors("x.py", good) == []
    assert rules.side_doors("settings.py", "import os\nx = os.environ", may_read_environment=True) == []
    assert rules.side_doors("settings.py", "import time", may_read_environment=True)


def test_a_table_belongs_to_one_domain() -> None:
    billing = 'invoices = Table("invoices", metadata)\nq = text("select * from invoices")'
    domain_of = {"billing/store.py": "billing", "members/store.py": "members"}
    good = {"billing/store.py": billing, "members/store.py": 'Table("accounts", metadata)\nx = "update your plan"'}
    assert rules.shared_tables(good, domain_of) == []
    defined_twice = {"billing/store.py": billing, "members/store.py": 'sa.Table("invoices", metadata)'}
    assert len(rules.shared_tables(defined_twice, domain_of)) == 1
    named = {"billing/store.py": billing, "members/store.py": 'x = "SELECT 1 FROM invoices JOIN accounts"'}
    assert rules.shared_tables(named, domain_of) == [
        "members/store.py:1: SQL names invoices, which is billing's; ask its api"
    ]


def test_no_file_names_one_machine_or_one_registry() -> None:
    assert (
        rules.machine_marks("a.md", "see /usr/bin/env, ~/films, $HOME/x, /api/v1/work and https://example.org/home/x")
        == []
    )
    # Put together here, so that this file itself names none.
    for parts in (
        ("/ho", "me/anna/films"),
        ('open("/ro', 'ot/x")'),
        ("py", "pi.org/simple"),
        ("registry.npm", "js.org"),
    ):
        assert rules.machine_marks("a.md", "".join(parts)), parts


def test_a_silenced_check_says_why() -> None:
    assert rules.bare_excuses("x.py", "x = 1  # noqa: S608 - the names come from the table above") == []
    assert rules.bare_excuses("x.py", "x = 1  # type: ignore[arg-type]  # the library's stub is wrong here") == []
    assert rules.bare_excuses("x.py", "run(lambda n=n: act(n))  # type: ignore[misc]") == []
    assert rules.bare_excuses("x.py", "x = 1  # noqa: S608")
    assert rules.bare_excuses("x.py", "x = 1  # noqa")
    assert rules.bare_excuses("x.py", "x = 1  # type: ignore[arg-type]")


def test_nothing_is_left_for_later() -> None:
    assert rules.unfinished("x.py", "todos = list_of_things()") == []
    assert rules.unfinished("x.py", "# TODO: later")
    assert rules.unfinished("x.py", "    raise NotImplementedError")


def test_links_lead_somewhere() -> None:
    pages = {"here.md": rules.anchors("# A title: with `code`\n")}

    def is_there(path: str, heading: str) -> bool:
        return path in pages and (not heading or heading in pages[path])

    good = "[a](here.md) [b](here.md#a-title-with-code) [c](https://example.org)\n```text\n[x](gone.md)\n```\n"
    assert rules.dead_links(good, is_there) == []
    assert len(rules.dead_links("[a](gone.md) [b](here.md#nothing) ![c](gone.png)", is_there)) == 3


def test_code_blocks_are_found_by_their_language() -> None:
    page = "```python\nx = 1\n```\ntext\n```text\nnot code\n```\n```python\ny = 2\n```\n"
    assert rules.code_blocks(page, "python") == ["x = 1\n", "y = 2\n"]


def test_decisions_are_numbered_and_listed() -> None:
    index = "[one](0001-one.md) [two](0002-two.md)"
    assert rules.misnumbered_decisions(["README.md", "0001-one.md", "0002-two.md"], index) == []
    assert len(rules.misnumbered_decisions(["0001-one.md", "0003-three.md"], index)) == 2


def test_every_requirement_is_explained() -> None:
    assert rules.unexplained_requirements("# why\nmsgspec\nuvloop ; x\n", "We use `msgspec` and `uvloop`.") == []
    assert len(rules.unexplained_requirements("msgspec>=1\nleftpad\n", "We use `msgspec`.")) == 1


def test_the_locks_agree() -> None:
    assert rules.diverging_pins({"run": "a==1 \\\n    --hash=x\nb==2", "test": "a==1"}) == []
    assert rules.diverging_pins({"run": "a==1", "test": "a==2"}) == ["a: 1 in run, 2 in test; run make lock"]


def test_only_lines_with_code_on_them_are_counted() -> None:
    source = '"""What\n\nit is."""\n\n# why\nX = (\n    1,  # one\n)\n\n\ndef f():\n    """Says."""\n    return X\n'
    assert rules.code_lines(source) == 5
