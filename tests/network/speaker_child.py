"""A speaker in a process of its own, to be run inside a network namespace: settings as an argument, events as lines."""

import asyncio
import json
import sys
from dataclasses import asdict

import msgspec

from matinee.engines.routes.port import BgpSettings, RouteEvent
from matinee.engines.routes.speaker import BgpSpeaker
from matinee.kernel import log
from matinee.kernel.clock import SystemClock


def tell(event: RouteEvent) -> None:
    print(json.dumps({"kind": type(event).__name__, "event": asdict(event)}), flush=True)


if __name__ == "__main__":
    log.configure()
    settings = msgspec.json.decode(sys.argv[1], type=BgpSettings)
    asyncio.run(BgpSpeaker(settings, SystemClock()).run(tell))
