"""The rules of rules.py over every file of this repository."""

from pathlib import PurePosixPath

from tests.tidy import repository, rules
from tools.lock import hosts_in

# Who may read time, chance or the environment without a door, and why.
SIDE_DOORS_ALLOWED = {
    "src/matinee/kernel/": "the doors themselves",
}
ENVIRONMENT_READERS = {"src/matinee/app/settings.py"}

# The rules and their bad lines: they have to name what they forbid.
RULES = {"tests/tidy/rules.py", "tests/tidy/test_rules.py"}

SOURCES = dict(repository.python("src/matinee"))


def test_every_folder_of_python_is_a_package() -> None:
    assert rules.undeclared_packages(SOURCES) == []


def test_every_room_is_declared_to_the_import_linter() -> None:
    rooms = {_parts(path)[0] for path in SOURCES if len(_parts(path)) > 1}
    assert rules.undeclared_rooms(rooms, repository.declared_layers("floors"), "floors") == []
    domains = {_parts(path)[1] for path in SOURCES if _parts(path)[0] == "control" and len(_parts(path)) > 2}
    assert rules.undeclared_rooms(domains, repository.declared_layers("who-knows-whom"), "who-knows-whom") == []


def test_time_chance_and_the_environment_enter_by_the_doors() -> None:
    found = [
        finding
        for path, source in SOURCES.items()
        if not path.startswith(tuple(SIDE_DOORS_ALLOWED))
        for finding in rules.side_doors(path, source, may_read_environment=path in ENVIRONMENT_READERS)
    ]
    assert found == []


def test_every_exception_to_the_doors_is_still_needed() -> None:
    for allowed in SIDE_DOORS_ALLOWED:
        assert any(path.startswith(allowed) for path in SOURCES), f"{allowed} is gone; take it off the list"


def test_clients_between_services_stay_the_few_lines_that_decision_22_says_they_are() -> None:
    """What is generated from a Protocol: its shapes, the side that asks and the side that answers."""
    parts = ("shapes", "connect", "serve")
    counted = {part: rules.code_lines(SOURCES[f"src/matinee/app/rpc/{part}.py"]) for part in parts}
    assert 0 < sum(counted.values()) < 200, counted


def test_every_table_has_one_owner() -> None:
    domain_of = {path: "/".join(_parts(path)[:2]) for path in SOURCES}
    assert rules.shared_tables(SOURCES, domain_of) == []


def test_no_module_is_a_drawer() -> None:
    paths = [path for path, _ in repository.texts() if PurePosixPath(path).suffix in (".py", ".ts", ".svelte")]
    assert rules.drawers(paths) == []


def test_no_file_names_one_machine_or_one_registry() -> None:
    checked = ((path, text) for path, text in repository.texts() if path not in RULES)
    assert [finding for path, text in checked for finding in rules.machine_marks(path, text)] == []


def test_every_silenced_check_says_why() -> None:
    assert [finding for path, source in _all_python() for finding in rules.bare_excuses(path, source)] == []


def test_nothing_is_left_for_later() -> None:
    assert [finding for path, source in _all_python() for finding in rules.unfinished(path, source)] == []


def test_the_locks_agree_and_name_no_host() -> None:
    locks = {path.name: path.read_text() for path in (repository.ROOT / "requirements").glob("*.txt")}
    assert set(locks) == {"build.txt", "nginx.txt", "run.txt", "test.txt"}
    assert rules.diverging_pins(locks) == []
    assert {name: hosts_in(text) for name, text in locks.items() if hosts_in(text)} == {}


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts[2:]


def _all_python() -> list[tuple[str, str]]:
    checked = (*repository.python("src"), *repository.python("tests"), *repository.python("tools"))
    return [(path, source) for path, source in checked if path not in RULES]
