"""Clients to all services of the table, wherever the registry says they are."""

from typing import Any

from matinee.app.doors import Doors
from matinee.app.rpc.connect import Transport, connect
from matinee.app.rpc.directory import Directory
from matinee.app.rpc.problems import KnownErrors
from matinee.app.services import ERROR_MODULES, TABLE
from matinee.engines.registry.port import Registry
from matinee.resilience.guard import Faults
from matinee.resilience.neighbor import Neighbor
from matinee.resilience.spans import Spans


class Clients:
    """One client a service, so that its breaker and budget know of every call of this process."""

    def __init__(self, registry: Registry, doors: Doors, secret: str, spans: Spans) -> None:
        self.places = Directory(registry, doors.clock)
        self.faults = Faults()
        """Where chaos reaches into the calls of this process."""
        self._doors = doors
        self._secret = secret
        self._spans = spans
        self._errors = KnownErrors(ERROR_MODULES)
        self._found: dict[str, Any] = {}

    def neighbor(self, name: str, *, way: str = "rpc") -> Neighbor:
        """What guards a way to that service."""
        return Neighbor(name, self._doors.clock, self._doors.chance, self.faults, spans=self._spans, way=way)

    def find(self, name: str) -> Any:
        """An object that implements the Protocol of that service."""
        if name not in self._found:
            transport = Transport(
                name, self._doors.network, self.places, self._secret, neighbor=self.neighbor(name), errors=self._errors
            )
            self._found[name] = connect(TABLE[name].protocol, transport)
        return self._found[name]
