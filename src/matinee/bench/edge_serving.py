"""One media server in a process of its own, on a core of its own, until it is told to end. Writes its port into a file."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.edges import media_server, nginx_here, nginx_server, per_core_server
from matinee.engines.media_server.port import MediaServerConfig
from matinee.kernel.network import free_port, port_is_free
from matinee.kernel.processes import Child, Command
from matinee.kernel.quantities import days, seconds
from matinee.wire.encoding import from_b64url

EMBEDDED, PER_CORE, NGINX, UNCHECKED, PLAIN = "embedded", "per_core", "nginx", "unchecked", "plain"
"""Embedded: in the appliance's own process. Per core: by a process for each core beside it, which is one, for all have one
core. Unchecked: our NGINX, but whoever asks is let in. Plain: an NGINX that hands out files and does nothing else."""
_GRACE = seconds(5)


async def _serve(options: argparse.Namespace, ended: asyncio.Event) -> None:
    doors = Doors()
    if options.kind == PLAIN:
        await _plain(options, doors, ended)
        return
    keys = {"bench": from_b64url(options.key_file.read_text())}
    config = MediaServerConfig(options.root, keys, "127.0.0.1", 0, options.certificate, options.private_key)
    if options.kind == UNCHECKED:
        await _unchecked(config, options.told, doors, ended)
        return
    server = per_core_server(doors) if options.kind == PER_CORE else media_server(options.kind, doors)
    await server.start(config)
    _tell(options.told, server.port)
    await ended.wait()
    await server.stop()


async def _unchecked(config: MediaServerConfig, told: Path, doors: Doors, ended: asyncio.Event) -> None:
    """What NGINX is told, but for the one line that asks the script. It stands beside the real one and shares its folder."""
    server = nginx_server(doors)
    await server.start(config)
    port = free_port()
    settings = (server.folder / "nginx.conf").read_text()
    for checked, unchecked in (
        ("js_content gate.admit;", "rewrite ^/v1/[^/]+/(.*)$ /files/$1 last;"),
        (f"listen 127.0.0.1:{server.port};", f"listen 127.0.0.1:{port};"),
        ("pid nginx.pid;", "pid unchecked.pid;"),
    ):
        if settings.count(checked) != 1:
            raise RuntimeError(f"NGINX is not told {checked!r} once")
        settings = settings.replace(checked, unchecked)
    (server.folder / "unchecked.conf").write_text(settings)
    child = await _spawned(server.folder, "unchecked.conf", port, doors)
    _tell(told, port)
    await ended.wait()
    await child.stop(_GRACE)
    await server.stop()


async def _plain(options: argparse.Namespace, doors: Doors, ended: asyncio.Event) -> None:
    folder: Path = options.told.with_suffix(".plain")
    (folder / "temporary").mkdir(parents=True)
    (folder / "served").symlink_to(options.root)
    port = free_port()
    (folder / "nginx.conf").write_text(_settings(port))
    child = await _spawned(folder, "nginx.conf", port, doors)
    _tell(options.told, port)
    await ended.wait()
    await child.stop(_GRACE)


async def _spawned(folder: Path, settings: str, port: int, doors: Doors) -> Child:
    program = await nginx_here(doors.processes)
    argv = [program.path, "-p", f"{folder}/", "-c", settings, "-e", "stderr"]
    child = await doors.processes.spawn(
        Command(argv, timeout=days(1), folder=folder, is_part_of_us=True, killed_by="TERM")
    )
    while port_is_free(port):
        await doors.clock.sleep(seconds(0.02))
    return child


def _settings(port: int) -> str:
    kept = "".join(f"{each}_temp_path temporary; " for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root root;" if os.geteuid() == 0 else ""
    return f"""daemon off; worker_processes 1; pid nginx.pid; lock_file nginx.lock; error_log stderr error; {user}
events {{ worker_connections 1024; }}
http {{
    access_log off; {kept} sendfile on; tcp_nopush on; keepalive_requests 1000000;
    server {{ listen 127.0.0.1:{port}; root served; }}
}}
"""


def _tell(told: Path, port: int) -> None:
    """Whoever waits for the file must find it whole."""
    new = told.with_suffix(".new")
    new.write_text(str(port))
    new.rename(told)


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=[EMBEDDED, PER_CORE, NGINX, UNCHECKED, PLAIN])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--told", type=Path, required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--private-key", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})  # held by every thread and program that it starts
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await _serve(options, ended)


if __name__ == "__main__":
    asyncio.run(_main())
