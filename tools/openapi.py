"""Writes web/api/openapi.json: the HTTP API as the real application describes it. Part of `make api`.

The client's types are made from this file, so that a shape changed in a domain's `http.py` ends in an error of the
client's type checker and not in a viewer's browser. Nothing listens and nothing runs in the background: the application
is built in a temporary folder, asked, and closed.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.http import control_app
from matinee.app.known_callers import KnownCallers
from matinee.app.openapi import describe
from matinee.app.secrets import open_secrets
from matinee.app.services import SCHEMAS, build_services
from matinee.app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "web" / "api" / "openapi.json"


async def document() -> dict[str, Any]:
    """What `/api/docs` of a running service answers."""
    with tempfile.TemporaryDirectory() as folder:
        settings, doors = Settings(data=Path(folder), demo=False), Doors()
        secrets = await open_secrets(settings.data / "secrets", doors)
        async with open_engines(settings, doors, SCHEMAS) as engines:
            services = build_services(settings, doors, engines, secrets)
            callers = KnownCallers(secrets.control_ring.keys, doors.clock)
            return describe(control_app(services.wiring.routes(), callers, services.wiring.neighbors.audit))


def render(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    FILE.write_text(render(asyncio.run(document())))


if __name__ == "__main__":
    main()
