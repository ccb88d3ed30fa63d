"""Where the services are, as the registry says: asked for once a second, and at once again when one does not answer."""

from dataclasses import dataclass, field

from matinee.engines.registry.port import Registry
from matinee.kernel.clock import Clock
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.resilience.neighbor import NotAsked

_log = logger("rpc")
_BELIEVED_SECONDS = 1.0
_AVOIDED_SECONDS = 2.0


@dataclass(slots=True)
class _Known:
    urls: list[str] = field(default_factory=list)
    until: float = 0.0
    turn: int = 0


class Directory:
    """Instances take turns; who did not answer is passed over for a moment, unless there is nobody else."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._avoided: dict[str, float] = {}

    async def find(self, service: str) -> str:
        known = self._known.setdefault(service, _Known())
        now = self._clock.monotonic()
        if now >= known.until or not known.urls:
            await self._look(service, known)
        well = [url for url in known.urls if self._avoided.get(url, 0.0) <= now] or known.urls
        if not well:
            raise NotAsked(f"{service.capitalize()} is not running at the moment. Try again in a few seconds.")
        known.turn += 1
        return well[known.turn % len(well)]

    def note_failure(self, service: str, url: str) -> None:
        now = self._clock.monotonic()
        self._avoided = {u: until for u, until in self._avoided.items() if until > now}
        self._avoided[url] = now + _AVOIDED_SECONDS
        self._known.setdefault(service, _Known()).until = 0.0

    async def _look(self, service: str, known: _Known) -> None:
        """Without the registry the last known places go on being believed."""
        known.until = self._clock.monotonic() + _BELIEVED_SECONDS
        try:
            known.urls = [instance.url for instance in await self._registry.instances(service)]
        except MatineeError as error:
            _log.warning("the registry does not answer", reason=error.sentence)
