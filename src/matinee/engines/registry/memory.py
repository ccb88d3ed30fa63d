"""The registry of one process: everyone in it registers here, so there is nothing to replicate."""

from dataclasses import dataclass

from matinee.engines.registry.port import LEASE, Instance
from matinee.kernel.clock import Clock
from matinee.kernel.quantities import Span


@dataclass(slots=True)
class _Lease:
    instance: Instance
    seconds: float
    until_monotonic: float


class MemoryRegistry:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: dict[str, dict[str, _Lease]] = {}

    async def register(self, instance: Instance, *, lease: Span = LEASE) -> None:
        duration = lease.total_seconds()
        until = self._clock.monotonic() + duration
        self._leases.setdefault(instance.service, {})[instance.id] = _Lease(instance, duration, until)

    async def renew(self, service: str, instance_id: str) -> bool:
        found = self._live(service).get(instance_id)
        if found is None:
            return False
        found.until_monotonic = self._clock.monotonic() + found.seconds
        return True

    async def cancel(self, service: str, instance_id: str) -> None:
        self._leases.get(service, {}).pop(instance_id, None)

    async def instances(self, service: str) -> list[Instance]:
        return [lease.instance for lease in self._live(service).values() if lease.instance.status == "UP"]

    def _live(self, service: str) -> dict[str, _Lease]:
        """The leases still running; those that ran out are forgotten here."""
        now = self._clock.monotonic()
        leases = self._leases.get(service, {})
        for ended in [key for key, lease in leases.items() if lease.until_monotonic <= now]:
            del leases[ended]
        return leases
