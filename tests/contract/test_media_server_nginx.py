"""NGINX, by the same contract, once for each that can be had; and what only it has to see to."""

import asyncio
from pathlib import Path

import pytest

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.nginx import NginxServer
from matinee.engines.media_server.port import MediaServer
from matinee.kernel.clock import SystemClock
from matinee.kernel.processes import SystemProcesses
from tests.contract.media_server_sockets import PATIENT, SocketConformance


class TestNginxServer(SocketConformance):
    def another(self, folder: Path, limits: ServerLimits = PATIENT) -> MediaServer:
        return NginxServer(folder / "nginx", SystemClock(), SystemProcesses(), limits)
