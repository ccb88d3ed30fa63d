"""`matinee rollout …`: give edge appliances other software, see how it goes, stop it."""

import argparse
import hashlib
import io
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from matinee.cli.asking import check_words, confirmed
from matinee.cli.options import Subparsers, command, settings_of
from matinee.cli.service_client import ServiceClient, running_service
from matinee.control.steering.api import Build, Rollout
from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import to_json
from matinee.wire.rollout import BUILD_BYTES_MAX

_PART_BYTES = 1 << 20
_WORDS = {
    "add": ("NAME", "FILE"),
    "builds": (),
    "start": ("NAME",),
    "list": (),
    "status": ("NUMBER",),
    "pause": ("NUMBER",),
    "resume": ("NUMBER",),
    "abort": ("NUMBER",),
}


@dataclass(frozen=True, slots=True)
class _Rollouts:
    rollouts: tuple[Rollout, ...]


@dataclass(frozen=True, slots=True)
class _BuildBody:
    name: str
    sha256: str
    parts: int


@dataclass(frozen=True, slots=True)
class _Start:
    build: str
    reason: str
    soak_bytes: int
    soak_blocks: int


@dataclass(frozen=True, slots=True)
class _Reason:
    reason: str


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "rollout", _run, summary="Give edge appliances other software, step by step")
    usage = "add NAME FILE: a wheel, or a folder with the package; builds; start NAME; list; status, pause, resume, abort NUMBER"
    parser.add_argument("what", choices=list(_WORDS), help=usage)
    parser.add_argument("words", nargs="*", metavar="NAME", help="what it is about")
    parser.add_argument("--reason", default="", help="why: kept, with who ordered it")
    parser.add_argument(
        "--soak-gb", type=float, default=2.0, metavar="GB", help="start: what each serves before more get it (2)"
    )
    parser.add_argument(
        "--soak-minutes",
        type=float,
        default=30.0,
        metavar="N",
        help="start: for how long each stage serves at least (30)",
    )
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


async def _run(options: argparse.Namespace) -> int:
    check_words(f"rollout {options.what}", options.words, _WORDS[options.what])
    async with running_service(settings_of(options).data) as client:
        await run(client, options)
    return 0


async def run(client: ServiceClient, options: argparse.Namespace) -> None:
    if options.what == "add":
        build = await _add(client, *options.words)
        print(to_json(build).decode() if options.json else _build_line(build))
    elif options.what == "builds":
        builds = await client.get("/edge/builds", tuple[Build, ...])
        print(to_json(builds).decode() if options.json else "\n".join(map(_build_line, builds)) or "none so far")
    elif options.what == "list":
        found = (await client.get("/edge/rollouts", _Rollouts)).rollouts
        print(to_json(found).decode() if options.json else "\n".join(map(line, found)) or "none so far")
    else:
        rollout = await _one(client, options)
        print(to_json(rollout).decode() if options.json else "\n".join((line(rollout), *_in_full(rollout))))


async def _one(client: ServiceClient, options: argparse.Namespace) -> Rollout:
    what, word = options.what, options.words[0]
    if what == "start":
        _check_reason(options)
        await confirmed(f"Build {word} goes to all edge appliances, a few at first.", yes=options.yes)
        soak = (int(options.soak_gb * 1e9), max(1, round(options.soak_minutes / 5)))
        return await client.post("/edge/rollouts", _Start(word, options.reason, *soak), Rollout)
    if not word.isdecimal():
        raise InvalidInput("A roll-out is named by its number: `matinee rollout list` shows them.")
    if what == "status":
        return await client.get(f"/edge/rollouts/{word}", Rollout)
    _check_reason(options)
    if what == "abort":
        await confirmed(f"All who have the build of roll-out {word} go back to what they ran.", yes=options.yes)
    return await client.post(f"/edge/rollouts/{word}/{what}", _Reason(options.reason), Rollout)


async def _add(client: ServiceClient, name: str, path: str) -> Build:
    data = packed(Path(path))
    if len(data) > BUILD_BYTES_MAX:
        raise InvalidInput(f"{path} has {len(data) >> 20} MiB; a build has {BUILD_BYTES_MAX >> 20} at most.")
    sha256 = hashlib.sha256(data).hexdigest()
    parts = range(0, len(data), _PART_BYTES)
    for number, start in enumerate(parts):
        print(f"\r{start * 100 // len(data)} %", end="", file=sys.stderr, flush=True)
        part = data[start : start + _PART_BYTES]
        await client.send("PUT", f"/edge/builds/{sha256}/parts/{number}", body=part)
    print("\r100 %", file=sys.stderr)
    return await client.post("/edge/builds", _BuildBody(name, sha256, len(parts)), Build)


def packed(path: Path) -> bytes:
    """A wheel as it is; a folder that holds the package, without its pages, the same bytes for the same files."""
    if path.is_file():
        return path.read_bytes()
    package = path / "matinee"
    if not (package / "__main__.py").is_file():
        raise InvalidInput(f"{path} is no wheel, and no folder that holds the package `matinee`.")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(package.rglob("*")):
            parts = file.relative_to(package).parts
            if file.is_file() and "__pycache__" not in parts and parts[0] != "web":
                entry = zipfile.ZipInfo(f"matinee/{'/'.join(parts)}")
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes())
    return data.getvalue()


def _check_reason(options: argparse.Namespace) -> None:
    if not options.reason:
        raise InvalidInput("Say why, with --reason: it is kept.")


def _build_line(build: Build) -> str:
    return f"{build.name}  {build.size / 1e6:.1f} MB  {build.sha256[:12]}  {build.added_at:%Y-%m-%d %H:%M} UTC"


def line(rollout: Rollout) -> str:
    failed = f", {rollout.failed} failed" if rollout.failed else ""
    how_far = f"{rollout.there} of {rollout.appliances} have it{failed}"
    when = f"{rollout.started_at:%Y-%m-%d %H:%M:%S} UTC"
    said = f": {rollout.says}" if rollout.says else ""
    return f"{rollout.number}  {when}  {rollout.build}  {rollout.state} ({rollout.stage}), {how_far}{said}"


def _in_full(rollout: Rollout) -> list[str]:
    counts = [
        f"  build {name}: {done.requests} requests, {done.bytes / 1e9:.1f} GB, {done.errors} errors, {done.refused} refused"
        for name, done in rollout.builds.items()
    ]
    members = [
        f"  {each.appliance_id}  {each.state}{', back' if each.is_back else ''}{f': {each.reason}' if each.reason else ''}"
        for each in rollout.members
    ]
    acts = [f"  {act.at:%H:%M:%S}  {act.by or 'the service'} {act.what}: {act.reason}" for act in rollout.acts]
    return [*counts, *members, *acts]
