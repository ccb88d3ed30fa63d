"""`matinee serve NAME…`: a part of the house as a process of its own: services, the gateway, the registry, or the origin."""

import argparse
import asyncio
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.edges import build_origin
from matinee.app.running import until_told_to_stop
from matinee.app.services import PROCESSES
from matinee.app.serving import GATEWAY, Part, serving
from matinee.app.settings import Settings
from matinee.app.split import serve_registry
from matinee.cli.edge_flags import add_place, edge_doors, parent_gone, place_of, run_edge
from matinee.cli.options import Subparsers, command, settings_of
from matinee.kernel import log
from matinee.kernel.errors import InvalidInput

ORIGIN, REGISTRY = "origin", "registry"
_ALONE = (ORIGIN, REGISTRY, GATEWAY)
_PORTS = {ORIGIN: 8402, REGISTRY: 8403}


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "serve", _run, summary="Run a part of the system as a process of its own")
    parser.add_argument("name", nargs="+", choices=[*PROCESSES, *_ALONE], metavar="NAME")
    parser.add_argument("--registry", metavar="URL", help="where the services find each other")
    parser.add_argument("--root", type=Path, metavar="DIR", help="origin: the folder of the blobs store")
    add_place(parser, default_id="origin-1", default_port=None, required=False)
    parser.add_argument("--edge-port", type=int, help="gateway: port of the edge appliance")
    parser.add_argument("--origin-port", type=int, help="gateway: port of the origin")
    parser.add_argument("--no-demo", dest="demo", action="store_false", default=None, help="gateway: show no demo")
    parser.add_argument("--country", help="gateway: where viewers are taken to be")
    parser.add_argument("--workers", type=int, help="production: encodes at once (default 1)")
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])


async def _run(options: argparse.Namespace) -> int:
    names: tuple[str, ...] = tuple(dict.fromkeys(options.name))
    if len(names) > 1 and (alone := set(names) & set(_ALONE)):
        raise InvalidInput(f"{sorted(alone)[0]} runs alone: start it with a command of its own.")
    if options.port is None and names[0] in _PORTS:
        options.port = _PORTS[names[0]]
    if names == (ORIGIN,):
        return await _origin(options)
    settings = settings_of(options)
    log.configure(level=settings.log_level)
    if names == (REGISTRY,):
        async with serve_registry(settings, Doors(), options.host, options.port) as url:
            print(f"The registry is at {url}", flush=True)
            await _until_ended(options)
        return 0
    if options.registry is None:
        raise InvalidInput("Say where the registry is: --registry URL. `matinee serve registry` starts one.")
    return await _part(names, options, settings)


async def _part(names: tuple[str, ...], options: argparse.Namespace, settings: Settings) -> int:
    port = settings.port if names == (GATEWAY,) else options.port or 0
    doors = Doors()
    try:
        async with serving(Part(names, options.registry, options.host, port), settings, doors) as url:
            print(f"{', '.join(names)} at {url}", flush=True)
            await _until_ended(options)
    finally:
        await doors.network.close()
    return 0


async def _until_ended(options: argparse.Namespace) -> None:
    """Told to stop; with a parent, also when the parent is gone."""
    ends = [asyncio.ensure_future(until_told_to_stop())]
    if options.with_parent:
        ends.append(asyncio.ensure_future(parent_gone()))
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)


async def _origin(options: argparse.Namespace) -> int:
    for flag in ("root", "control", "agent_token_file"):
        if getattr(options, flag) is None:
            raise InvalidInput(f"An origin needs --{flag.replace('_', '-')}.", field=flag)
    log.configure(level="warning")
    root, doors = options.root.absolute(), edge_doors(options)
    place = place_of(options, root.parent / "origin-state")
    return await run_edge(build_origin(place, root, doors), options, doors)
