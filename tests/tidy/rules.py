"""The rules themselves, over names and source text. Each answers with sentences: where, what, and what to do instead.

A review remark said twice becomes a rule here, with a good and a bad line in test_rules.py.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

_DRAWERS = re.compile(r"(^|_)(utils?|helpers?|commons?|managers?|misc)(_|$)")
_CLOCK_AND_CHANCE_MODULES = {"time", "random", "uuid", "secrets"}
_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "date.today",
    "os.urandom",
}
_ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
_LAST_WORDS = {name.rpartition(".")[2] for name in (*_CALLS, *_ENVIRONMENT)}
# To read the syntax of every file takes seconds; most have none of these words.
_SIDE_DOOR_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_CLOCK_AND_CHANCE_MODULES | _LAST_WORDS))})\b")
_HOSTS = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|registry\.npm" r"js\.org|deb\.deb" r"ian\.org|proxy\.gol" r"ang\.org)", re.I
)
_MACHINE_PATHS = re.compile(r"(?<![\w.:/@$}])/(?:home|root|work|Users)/[\w.-]+")
_EXCUSE = re.compile(
    r"#\s*(?:noqa\b(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?|type:\s*ignore\b(?:\[[\w, -]+\])?)(?P<rest>.*)"
)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
_FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.M | re.S)


def code_lines(source: str) -> int:
    """Those with code on them: no blank ones, comments or docstrings."""
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(found)


def drawers(paths: Iterable[str]) -> list[str]:
    """A module named after nothing in particular collects everything."""
    found = []
    for path in paths:
        parts = PurePosixPath(path).with_suffix("").parts
        if any(_DRAWERS.search(part) for part in parts):
            found.append(f"{path}: name the idea; utils, helpers, common and manager are drawers")
    return found


def undeclared_packages(python_files: Iterable[str]) -> list[str]:
    """A folder without __init__.py is invisible to import-linter, so nothing in it is checked."""
    known = set(python_files)
    folders = {PurePosixPath(path).parent for path in known}
    return [
        f"{folder}: has Python files but no __init__.py; import-linter cannot see it"
        for folder in sorted(folders)
        if f"{folder}/__init__.py" not in known and folder.name != "migrations"  # Alembic loads those by path
    ]


def undeclared_rooms(rooms: Iterable[str], declared: set[str], contract: str) -> list[str]:
    return [f"{room}: declare it in .importlinter, contract {contract}" for room in sorted(set(rooms) - declared)]


def side_doors(path: str, source: str, *, may_read_environment: bool = False) -> list[str]:
    """Time, chance and the environment enter by the kernel's doors; else a simulated world is not simulated."""
    found: list[str] = []
    if not _SIDE_DOOR_WORDS.search(source):
        return found
    for node in ast.walk(ast.parse(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
            if node.module == "os" and any(name.name in ("environ", "getenv") for name in node.names):
                modules.append("os.environ")
        for module in modules:
            if module in _CLOCK_AND_CHANCE_MODULES or (module == "os.environ" and not may_read_environment):
                assert isinstance(node, ast.stmt)
                found.append(_side_door(path, node, module))
        if isinstance(node, ast.Attribute) and node.attr in _LAST_WORDS:
            name = ast.unparse(node)
            if name in _CALLS or (name in _ENVIRONMENT and not may_read_environment):
                found.append(_side_door(path, node, name))
    return found


def _side_door(path: str, node: ast.stmt | ast.expr, name: str) -> str:
    return f"{path}:{node.lineno}: {name}: take a Clock, a Chance or a setting in the constructor instead"


def table_names(source: str) -> dict[str, int]:
    """The tables a module defines, with their lines."""
    if "Table" not in source:
        return {}
    return {
        node.args[0].value: node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rsplit(".", 1)[-1] == "Table"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def shared_tables(sources: Mapping[str, str], domain_of: Mapping[str, str]) -> list[str]:
    """A table belongs to one domain; SQL elsewhere that names it is an import no checker sees."""
    owners: dict[str, str] = {}
    found = []
    for path, source in sources.items():
        for table, line in table_names(source).items():
            owner = owners.setdefault(table, domain_of[path])
            if owner != domain_of[path]:
                found.append(f"{path}:{line}: table {table} is {owner}'s already")
    for path, source in sources.items():
        others = {table for table, owner in owners.items() if owner != domain_of[path]}
        if others.isdisjoint(re.findall(r"\w+", source)):
            continue
        for line, text in _sql(source):
            for table in re.findall(r"\b(?:from|join|into|update|table)\s+([a-z_]\w*)", text, re.I):
                if owners.get(table, domain_of[path]) != domain_of[path]:
                    found.append(f"{path}:{line}: SQL names {table}, which is {owners[table]}'s; ask its api")
    return found


def _sql(source: str) -> Iterator[tuple[int, str]]:
    """Texts that look like statements."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.match(r"\s*(select|insert|update|delete|with|create|alter|drop)\b", node.value, re.I)
        ):
            yield node.lineno, node.value


def machine_marks(path: str, text: str) -> list[str]:
    """A path of one machine or the host of one mirror works for its writer alone."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for mark in (*_HOSTS.findall(line), *_MACHINE_PATHS.findall(line)):
            found.append(f"{path}:{number}: {mark}: names one machine or one registry")
    return found


def bare_excuses(path: str, source: str) -> list[str]:
    """A silenced check says why: `# noqa: S608 - the names come from the table above`."""
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        # mypy cannot infer `lambda work, last=last: …`, which binds a loop's variable: that line explains itself.
        if "lambda " in line and "=" in line and line.rstrip().endswith("# type: ig" + "nore[misc]"):
            continue
        excuse = _EXCUSE.search(line)
        if excuse and len(re.sub(r"\W", "", excuse["rest"])) < 6:
            found.append(f"{path}:{number}: say why this check is silenced, on the same line")
    return found


def unfinished(path: str, source: str) -> list[str]:
    """What is not done is not there: no stub, no promise."""
    words = r"\b(?:TO" r"DO|FIX" r"ME|XXX)\b|raise NotImplemented" r"Error"
    return [
        f"{path}:{number}: unfinished work; do it, or leave it out"
        for number, line in enumerate(source.splitlines(), 1)
        if re.search(words, line)
    ]


def dead_links(text: str, is_there: Callable[[str, str], bool]) -> list[str]:
    """Links to files that are not there, and to headings their files do not have."""
    found = []
    for match in _LINK.finditer(re.sub(_FENCE, "", text)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        if not is_there(path, heading):
            found.append(f"{target}: no such file or heading")
    return found


def anchors(markdown: str) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", re.sub(_FENCE, "", markdown), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_blocks(markdown: str, language: str) -> list[str]:
    return [body for found, body in _FENCE.findall(markdown) if found == language]


def misnumbered_decisions(names: Iterable[str], index: str) -> list[str]:
    """Decisions are numbered 0001, 0002, … without gaps, and the index lists each."""
    decisions = sorted(name for name in names if name != "README.md")
    found = [
        f"{name}: the next decision is {number:04d}-…"
        for number, name in enumerate(decisions, 1)
        if not re.fullmatch(rf"{number:04d}-[a-z0-9-]+\.md", name)
    ]
    return found + [f"{name}: not listed in docs/decisions/README.md" for name in decisions if f"({name})" not in index]


def unexplained_requirements(requirements: str, decisions: str) -> list[str]:
    """Every dependency has a page that says why it is here."""
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)", requirements, re.M)
    return [f"{name}: no page in docs/decisions mentions it" for name in names if f"`{name}`" not in decisions]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;]+)", lock, re.M))


def diverging_pins(locks: Mapping[str, str]) -> list[str]:
    """What is tested is what runs: one version of a package in every lock."""
    seen: dict[str, tuple[str, str]] = {}
    found = []
    for lock, text in locks.items():
        for package, version in pins(text).items():
            first_lock, first = seen.setdefault(package, (lock, version))
            if first != version:
                found.append(f"{package}: {first} in {first_lock}, {version} in {lock}; run make lock")
    return found
