"""What `matinee appliance` and `matinee serve origin` have in common: where an edge stands, and how long it runs."""

import argparse
import asyncio
import platform
import re
from pathlib import Path
from typing import Protocol, get_args

from matinee.app.doors import Doors
from matinee.app.edges import EdgePlace, ServerKind, read_purge_key, read_token
from matinee.cli.ending import until_ended
from matinee.kernel.errors import InvalidInput
from matinee.kernel.network import SystemNetwork

_PROCESSES_MAX = 256
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


def add_place(
    parser: argparse.ArgumentParser, *, default_id: str | None, default_port: int | None, required: bool = True
) -> None:
    own = default_id or platform.node()
    said = default_id or "this machine's name"
    parser.add_argument("--id", default=own, help=f"its name in the fleet, which no other may have (default: {said})")
    parser.add_argument("--control", required=required, metavar="URL", help="where the service answers")
    parser.add_argument(
        "--agent-token-file",
        required=required,
        type=Path,
        metavar="FILE",
        help="what lets it into the fleet: a copy of the service's secrets/agent.token",
    )
    parser.add_argument(
        "--purge-key-file",
        type=Path,
        metavar="FILE",
        help="the service's secrets/purge.pub: believe purges of this key alone (default: the first one heard of)",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=default_port)
    parser.add_argument("--public-host", metavar="NAME", help="the name viewers use (default: --host)")
    parser.add_argument(
        "--inside",
        action="append",
        default=[],
        metavar="NAME:PORT=ADDRESS",
        help="reach a neighbor at this address instead of by its name",
    )
    parser.add_argument("--certificate", type=Path, metavar="FILE")
    parser.add_argument("--private-key", type=Path, metavar="FILE")
    parser.add_argument(
        "--server",
        choices=get_args(ServerKind),
        default="embedded",
        help="what serves the bytes: Matinee's own server, or an NGINX that it looks after (default embedded)",
    )
    parser.add_argument(
        "--serving-processes",
        type=_processes,
        metavar="N",
        help="serve by this many processes (default: one for each core); 1: an embedded server needs none beside it",
    )
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")


def place_of(options: argparse.Namespace, state: Path) -> EdgePlace:
    scheme = "https" if options.certificate else "http"
    name = options.public_host or options.host
    return EdgePlace(
        id=options.id,
        host=options.host,
        port=options.port,
        public_url=f"{scheme}://{f'[{name}]' if ':' in name else name}:{options.port}",
        control_url=options.control.rstrip("/"),
        agent_token=read_token(options.agent_token_file),
        state=state,
        certificate=options.certificate,
        private_key=options.private_key,
        server=options.server,
        purge_key=read_purge_key(options.purge_key_file) if options.purge_key_file else "",
        serving_processes=options.serving_processes,
    )


def _processes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _PROCESSES_MAX:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number from 1 to {_PROCESSES_MAX}")
    return int(text)


def gigabytes(text: str) -> int:
    """In bytes."""
    size = float(text)
    if not 0 < size < 1e9:
        raise argparse.ArgumentTypeError("give more than none, in GB")
    return int(size * 1e9)


def spot_of(text: str) -> tuple[float, float]:
    """`52.5,13.4`: where on the globe something stands."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput(f"{text[:64]!r} is no place. Give latitude and longitude in degrees: 52.5,13.4.") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise InvalidInput(f"{text[:64]!r} is not on the globe: latitudes go to 90 degrees, longitudes to 180.")
    return latitude, longitude


def countries_of(text: str) -> tuple[str, ...]:
    """`DE,AT`: each once, in their order."""
    codes = tuple(dict.fromkeys(code.strip().upper() for code in text.split(",")))
    for code in codes:
        if not _COUNTRY.match(code):
            raise InvalidInput(f"{code[:20]!r} is no country. Give two-letter codes (ISO 3166-1): DE,AT.")
    return codes


def edge_doors(options: argparse.Namespace) -> Doors:
    """Its neighbors may show the same made certificate as itself."""
    inside = dict(each.split("=", 1) for each in options.inside if "=" in each)
    return Doors(network=SystemNetwork(trusted=options.certificate, inside=inside))


class Running(Protocol):
    """An edge, or what starts one."""

    async def run(self) -> None: ...


async def run_edge(edge: Running, options: argparse.Namespace, doors: Doors) -> int:
    """Until told to stop; with a parent, also until the parent is gone."""
    work = asyncio.ensure_future(edge.run())
    ended = asyncio.ensure_future(until_ended(with_parent=options.with_parent))
    try:
        await asyncio.wait([work, ended], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        for task in (work, ended):
            task.cancel()
        await asyncio.gather(work, ended, return_exceptions=True)
        await doors.network.close()
    return 0
