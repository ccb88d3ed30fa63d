"""`matinee purge …`: take a title, a release or a file away from all edges, and see who has carried it out."""

import argparse
import sys
from dataclasses import dataclass

from matinee.cli.asking import check_words, confirmed
from matinee.cli.options import Subparsers, command, settings_of
from matinee.cli.service_client import ServiceClient, running_service
from matinee.control.steering.api import Purge
from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import to_json

_LOOK_EVERY = seconds(0.25)
_WORDS = {"title": ("ID",), "release": ("ID",), "file": ("RELEASE", "PATH"), "list": (), "show": ("NUMBER",)}


class NotCarriedOut(MatineeError):
    """Some edges have not done what all should have."""


@dataclass(frozen=True, slots=True)
class _Order:
    reason: str
    title_id: str | None = None
    release_id: str | None = None
    path: str | None = None
    refetch: bool = False
    appliance_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Purges:
    purges: tuple[Purge, ...]


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "purge", _run, summary="Take a title, a release or a file away from all edges")
    usage = "title ID, release ID, file RELEASE PATH; list: those ordered so far; show NUMBER: one, edge by edge"
    parser.add_argument("what", choices=list(_WORDS), help=usage)
    parser.add_argument("words", nargs="*", metavar="ID", help="what it is about")
    parser.add_argument("--reason", default="", help="why: kept, with who ordered it")
    parser.add_argument(
        "--refetch", action="store_true", help="file: only the copies are bad; throw them away and fetch them anew"
    )
    parser.add_argument("--appliance", metavar="NAME", help="file, with --refetch: this appliance's copy alone")
    parser.add_argument("--no-wait", action="store_true", help="do not wait until the edges have carried it out")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


async def _run(options: argparse.Namespace) -> int:
    check_words(f"purge {options.what}", options.words, _WORDS[options.what])
    async with running_service(settings_of(options).data) as client:
        await run(client, options)
    return 0


async def run(client: ServiceClient, options: argparse.Namespace) -> None:
    if options.what == "list":
        found = await client.get("/edge/purges", _Purges)
        print(to_json(found.purges).decode() if options.json else "\n".join(map(line, found.purges)) or "none so far")
    elif options.what == "show":
        if not options.words[0].isdecimal():
            raise InvalidInput("A purge is shown by its number: `matinee purge list` names them.")
        purge = await client.get(f"/edge/purges/{options.words[0]}", Purge)
        print(to_json(purge).decode() if options.json else "\n".join((line(purge), *_edges(purge))))
    else:
        purge = await _order(client, options)
        print(to_json(purge).decode() if options.json else line(purge))
        if purge.fenced:
            names = ", ".join(each.appliance_id for each in purge.appliances if each.state == "fenced")
            raise NotCarriedOut(f"Nobody is sent to these edges until they have carried it out: {names}.")


async def _order(client: ServiceClient, options: argparse.Namespace) -> Purge:
    title, (release, path) = None, (None, None)
    if options.what == "title":
        title, what = options.words[0], f"This takes all releases of title {options.words[0]} from all edges, for good."
    elif options.what == "release":
        release, what = options.words[0], f"This takes release {options.words[0]} from all edges, for good."
    else:
        release, path = options.words
        whose = "" if options.appliance is None else f" at {options.appliance}"
        how = (
            f"is thrown away{whose} and fetched anew"
            if options.refetch
            else "can be fetched from no edge any more, for good"
        )
        what = f"The file {path} of release {release} {how}."
    if not options.reason:
        raise InvalidInput("Say why, with --reason: it is kept.")
    await confirmed(what, yes=options.yes)
    order = _Order(options.reason, title, release, path, options.refetch, options.appliance)
    purge = await client.post("/edge/purge", order, Purge)
    while purge.waiting and not options.no_wait:
        print(f"\r{purge.acknowledged} of {_all(purge)} edges", end="", file=sys.stderr, flush=True)
        await client.pause(_LOOK_EVERY)
        purge = await client.get(f"/edge/purges/{purge.number}", Purge)
    if not options.no_wait:
        print(f"\r{purge.acknowledged} of {_all(purge)} edges", file=sys.stderr)
    return purge


def line(purge: Purge) -> str:
    what = f"title {purge.title_id}" if purge.title_id else f"release {purge.release_id}"
    if purge.path:
        what += f" file {purge.path}{', fetched anew' if purge.refetch else ''}"
    if purge.appliance_id:
        what += f" at {purge.appliance_id}"
    states = f"{purge.acknowledged} of {_all(purge)} edges" + (f", {purge.fenced} fenced" if purge.fenced else "")
    who = purge.by or "the service"
    return f"{purge.number}  {purge.at:%Y-%m-%d %H:%M:%S} UTC  {what}  {states}  by {who}: {purge.reason}"


def _edges(purge: Purge) -> list[str]:
    return [
        f"  {each.appliance_id}  {each.state}"
        + (f", last heard of {each.last_seen_at:%Y-%m-%d %H:%M:%S} UTC" if each.last_seen_at else ", not heard of")
        for each in purge.appliances
    ]


def _all(purge: Purge) -> int:
    return purge.acknowledged + purge.waiting + purge.fenced
