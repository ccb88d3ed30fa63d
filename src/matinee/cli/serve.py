"""`matinee serve NAME…`: a part of the house as a process of its own: services, the gateway, the registry, the
origin, or a worker of the studio.

An origin imports nothing of control and studio: it is started again in half the time.
"""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.app.companions import STUDIO_WORKER
from matinee.app.doors import Doors
from matinee.app.edges import build_origin
from matinee.cli.edge_flags import add_place, edge_doors, place_of, run_edge
from matinee.cli.ending import until_ended
from matinee.cli.long_run import settle
from matinee.cli.options import Subparsers, command, farming, settings_of
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from matinee.app.settings import Settings

ORIGIN, REGISTRY, GATEWAY = "origin", "registry", "gateway"
_ALONE = (ORIGIN, REGISTRY, GATEWAY, STUDIO_WORKER)
_PORTS = {ORIGIN: 8402, REGISTRY: 8403}


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "serve", _run, summary="Run a part of the system as a process of its own")
    parser.add_argument("name", nargs="+", metavar="NAME")
    parser.add_argument("--registry", metavar="URL", help="where the services find each other")
    parser.add_argument("--root", type=Path, metavar="DIR", help="origin: the folder of the blobs store")
    add_place(parser, default_id="origin-1", default_port=None, required=False)
    parser.add_argument("--edge-port", type=int, help="gateway: port of the edge appliance")
    parser.add_argument("--origin-port", type=int, help="gateway: port of the origin")
    parser.add_argument("--no-demo", dest="demo", action="store_false", default=None, help="gateway: show no demo")
    parser.add_argument("--country", help="gateway: where viewers are taken to be")
    farming(parser)
    parser.add_argument("--watch", type=Path, metavar="DIR", help="production: publish what is put into this folder")
    parser.add_argument(
        "--kept-chunks-gib", type=int, help="production: room for what spares the next version encodes (default 20)"
    )
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])


async def _run(options: argparse.Namespace) -> int:
    names: tuple[str, ...] = tuple(dict.fromkeys(options.name))
    if names == (ORIGIN,):
        return await _origin(options)
    _check_names(names)
    if options.port is None and names[0] in _PORTS:
        options.port = _PORTS[names[0]]
    settings = settings_of(options)
    log.configure(level=settings.log_level, process="+".join(names))
    _check_house(settings)
    if names == (STUDIO_WORKER,):
        return await _worker(options, settings)
    if names == (REGISTRY,):
        return await _registry(options, settings)
    if options.registry is None:
        raise InvalidInput("Say where the registry is: --registry URL. `matinee serve registry` starts one.")
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", options.registry):
        raise InvalidInput(
            f"{options.registry!r} is no address of a registry: one looks like http://127.0.0.1:8403.", field="registry"
        )
    return await _part(names, options, settings)


def _check_names(names: tuple[str, ...]) -> None:
    from matinee.app.services import PROCESSES

    if unknown := [name for name in names if name not in (*PROCESSES, *_ALONE)]:
        raise InvalidInput(f"There is no part {unknown[0]!r}. Name one of {', '.join((*PROCESSES, *_ALONE))}.")
    if len(names) > 1 and (alone := set(names) & set(_ALONE)):
        raise InvalidInput(f"{sorted(alone)[0]} runs alone: start it with a command of its own.")


def _check_house(settings: "Settings") -> None:
    """A part alone would make an empty house out of a folder that was mistyped."""
    if not (settings.data / "stores").is_dir():
        raise InvalidInput(
            f"There is no house in {settings.data}. Begin it with `matinee up --data {settings.data}`, or name another "
            "folder.",
            field="data",
        )


async def _registry(options: argparse.Namespace, settings: "Settings") -> int:
    from matinee.app.split import serve_registry

    async with serve_registry(settings, Doors(), options.host, options.port) as url:
        print(f"The registry is at {url}", flush=True)
        await until_ended(with_parent=options.with_parent)
    return 0


async def _worker(options: argparse.Namespace, settings: "Settings") -> int:
    from matinee.app.farm import lending_hands

    async with lending_hands(settings, Doors()) as name:
        print(f"{STUDIO_WORKER} {name}, {settings.workers} at once", flush=True)
        await until_ended(with_parent=options.with_parent)
    return 0


async def _part(names: tuple[str, ...], options: argparse.Namespace, settings: "Settings") -> int:
    from matinee.app.serving import Part, serving

    port = settings.port if names == (GATEWAY,) else options.port or 0
    doors = Doors()
    try:
        async with serving(Part(names, options.registry, options.host, port), settings, doors) as url:
            print(f"{', '.join(names)} at {url}", flush=True)
            settle()
            await until_ended(with_parent=options.with_parent)
    finally:
        await doors.network.close()
    return 0


async def _origin(options: argparse.Namespace) -> int:
    for flag in ("root", "control", "agent_token_file"):
        if getattr(options, flag) is None:
            raise InvalidInput(f"An origin needs --{flag.replace('_', '-')}.", field=flag)
    log.configure(level="warning")
    if options.port is None:
        options.port = _PORTS[ORIGIN]
    root, doors = options.root.absolute(), edge_doors(options)
    place = place_of(options, root.parent / "origin-state")
    return await run_edge(build_origin(place, root, doors), options, doors)
