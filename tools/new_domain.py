"""`make new-domain NAME=gifts`: writes a domain's rooms, its test, its page and its line in .importlinter.

What it writes is small but real: a note by an account, stored, read back and shown, so that every check passes at once
and the rooms show what belongs in them. Replace the idea, keep the shape.
"""

import argparse
import keyword
import re
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
PLANES = ("control", "delivery", "studio")
TEMPLATES = Path(__file__).resolve().parent / "domain_template"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the rooms of a new domain.")
    parser.add_argument("name", help="one lower-case word, the domain's own: gifts")
    parser.add_argument("--plane", choices=PLANES, default="control")
    chosen = parser.parse_args(arguments)
    for path in create(ROOT, chosen.name, chosen.plane):
        print(path.relative_to(ROOT))
    print(
        f"Next: wire {chosen.name} in src/matinee/app/services.py, then make its idea yours; `make check` passes as it is."
    )


def create(root: Path, name: str, plane: str) -> list[Path]:
    """Every file written or changed. Refuses a name that is no module name, and a domain that is there."""
    refuse_bad_name(root, name, plane)
    words = {"name": name, "Name": "".join(part.title() for part in name.split("_")), "plane": plane}
    folder = root / "src" / "matinee" / plane / name
    targets = {
        **{template: folder / f"{template}.py" for template in ("api", "model", "store", "service", "http", "jobs")},
        "package": folder / "__init__.py",
        "test": root / "tests" / "domain" / f"test_{name}.py",
        "page": root / "docs" / "domains" / f"{name}.md",
    }
    for template, path in targets.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template((TEMPLATES / f"{template}.txt").read_text()).substitute(words))
    written = list(targets.values())
    if plane == "control":
        contract = root / ".importlinter"
        contract.write_text(declare(contract.read_text(), name))
        written.append(contract)
    return written


def refuse_bad_name(root: Path, name: str, plane: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) or keyword.iskeyword(name):
        raise SystemExit(f"{name!r} is no name for a domain: one lower-case word, as in NAME=gifts")
    if (root / "src" / "matinee" / plane / name).exists():
        raise SystemExit(f"There is a {plane}.{name} already.")


def declare(contracts: str, name: str) -> str:
    """Put the domain on the lowest layer of who-knows-whom, where it knows nobody; raise it when it has to know someone."""
    start = contracts.index("[importlinter:contract:who-knows-whom]")
    end = contracts.index("exhaustive", start)
    *above, lowest = contracts[start:end].rstrip("\n").split("\n")
    changed = "\n".join([*above, f"{lowest} | {name}"]) + "\n"
    return contracts[:start] + changed + contracts[end:]


if __name__ == "__main__":
    main()
