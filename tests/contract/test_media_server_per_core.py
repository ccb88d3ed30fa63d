"""The embedded server by several processes, by the contract; and what only several processes have to see to."""

from matinee.engines.media_server.limits import ServerLimits
from matinee.engines.media_server.per_core import PerCoreServer
from matinee.engines.media_server.port import MediaServer
from matinee.kernel.clock import SystemClock
from matinee.kernel.processes import SystemProcesses
from tests.contract.media_server_sockets import PATIENT, SocketConformance


class TestPerCoreServer(SocketConformance):
    def another(self, limits: ServerLimits = PATIENT) -> MediaServer:
        return PerCoreServer(SystemClock(), SystemProcesses(), limits)
