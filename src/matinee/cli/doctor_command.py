"""`matinee doctor`: what this machine has, what it lacks, and how to get it."""

import argparse

from matinee.app.doors import Doors
from matinee.cli import doctor
from matinee.cli.options import Subparsers, command, settings_of


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "doctor", _run, summary="What this machine has, what it lacks, and how to get it")
    parser.add_argument("--port", type=int, help="port the service would listen on (default 8400)")
    parser.add_argument("--json", action="store_true")


async def _run(options: argparse.Namespace) -> int:
    settings, doors = settings_of(options), Doors()
    others = {"--edge-port": settings.edge_port, "--origin-port": settings.origin_port}
    checks = await doctor.report(
        settings.data, doors.processes, doors.files, doors.clock, port=settings.port, other_ports=others
    )
    print(doctor.render_json(checks) if options.json else doctor.render(checks))
    return doctor.exit_status(checks)
