"""`matinee title delete ID` and `matinee title rollback ID`: what an operator does to a title that is there."""

import argparse
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from matinee.cli.asking import confirmed
from matinee.cli.options import Subparsers, command, settings_of
from matinee.cli.service_client import ServiceClient, running_service
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class _Version:
    name: str


@dataclass(frozen=True, slots=True)
class _Journey:
    versions: tuple[_Version, ...]


@dataclass(frozen=True, slots=True)
class _Release:
    id: str
    profile: str
    created_at: Instant


@dataclass(frozen=True, slots=True)
class _Desk:
    name: str
    current_release: str | None
    releases: tuple[_Release, ...] = ()
    earlier_release: str | None = None


@dataclass(frozen=True, slots=True)
class _Published:
    release_id: str


Act = Callable[[ServiceClient, argparse.Namespace], Awaitable[str]]


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "title", _run, summary="Delete a title for good, or go back to its master before")
    parser.add_argument("action", choices=sorted(_ACTS))
    parser.add_argument("id", help="the title's: the last part of the URL that `matinee publish` prints")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--reason", default="", help="of a deletion: kept with who asked for it")


async def _run(options: argparse.Namespace) -> int:
    async with running_service(settings_of(options).data) as client:
        print(await _ACTS[options.action](client, options))
    return 0


async def delete(client: ServiceClient, options: argparse.Namespace) -> str:
    path = f"/content/{quote(options.id, safe='')}"
    name = (await client.get(f"{path}/encoding-status", _Journey)).versions[0].name
    await confirmed(
        f"This deletes {name!r} for good: its releases, its master and all that was made of it.", yes=options.yes
    )
    await client.send("DELETE", f"{path}?{urlencode({'name': name, 'reason': options.reason})}")
    return f"deleted  {name}"


async def roll_back(client: ServiceClient, options: argparse.Namespace) -> str:
    title = quote(options.id, safe="")
    desk = await client.get(f"/catalog/titles/{title}", _Desk)
    if desk.current_release is None:
        raise InvalidInput(f"{desk.name!r} is not published, so there is nothing to go back from.")
    back = "" if desk.earlier_release is None else f", {_described(desk, desk.earlier_release)}"
    await confirmed(
        f"This takes {desk.name!r} back from {_described(desk, desk.current_release)} to the master before{back}.",
        yes=options.yes,
    )
    published = await client.post(f"/content/{title}/rollback", {}, _Published)
    return (
        f"{desk.name!r} is back at {_described(desk, published.release_id)}. It is live now, and stays until a later master "
        "is published."
    )


def _described(desk: _Desk, release_id: str) -> str:
    known = next((release for release in desk.releases if release.id == release_id), None)
    what = "" if known is None else f" ({known.profile}, made {known.created_at:%Y-%m-%d %H:%M} UTC)"
    return f"release {release_id}{what}"


_ACTS: Mapping[str, Act] = {"delete": delete, "rollback": roll_back}
