"""What may be played where, as catalog says it: asked about once a minute for each set of countries that appliances name."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256

from matinee.control.catalog.api import Catalog, Openings
from matinee.kernel.clock import Clock
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant
from matinee.resilience.fallback import or_else

_KEPT_SECONDS, _AGAIN_SECONDS = 60.0, 5.0
_ASKED_MAX_SECONDS = 2.0
"""An appliance that waits longer for the answer to its report is taken for silent soon."""
_UNKNOWN: Openings | None = None


@dataclass(frozen=True, slots=True)
class Territory:
    """Titles that are no use there, and those that open soon or have just opened."""

    barred: frozenset[str] = frozenset()
    """Nothing of theirs is open, nor will it be within the lead."""
    pinned: frozenset[str] = frozenset()
    opens: Mapping[TitleId, Instant] = field(default_factory=dict)
    mark: str = ""
    """The same as long as it is the same."""


class Territories:
    def __init__(self, catalog: Catalog | None, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[float, Territory | None]] = {}
        self._asking = asyncio.Lock()
        self._refreshing: dict[tuple[str, ...], asyncio.Task[None]] = {}

    async def of(self, countries: tuple[str, ...]) -> Territory | None:
        """None: catalog has not answered yet. Later what it said last is as good as we have."""
        if (kept := self._fresh(countries)) is not None:
            return kept[1]
        known = self._kept.get(countries, (0.0, None))[1]
        if known is not None:  # a report does not wait for catalog: it is asked beside
            self._keep(countries, known)
            self._refreshing[countries] = asyncio.create_task(self._refresh(countries, known), name="rights")
            return known
        async with self._asking:
            if (kept := self._fresh(countries)) is None:
                await self._refresh(countries, None)
            return self._kept[countries][1] if kept is None else kept[1]

    async def _refresh(self, countries: tuple[str, ...], known: Territory | None) -> None:
        territory: Territory | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(_ASKED_MAX_SECONDS):
                territory = await self._ask(countries)
        self._keep(countries, territory or known)

    def _keep(self, countries: tuple[str, ...], territory: Territory | None) -> None:
        lasts = _KEPT_SECONDS if territory is not None else _AGAIN_SECONDS
        self._kept[countries] = (self._clock.monotonic() + lasts, territory)

    def _fresh(self, countries: tuple[str, ...]) -> tuple[float, Territory | None] | None:
        kept = self._kept.get(countries)
        return kept if kept is not None and self._clock.monotonic() < kept[0] else None

    async def _ask(self, countries: tuple[str, ...]) -> Territory | None:
        # Only who plans needs what this brings along.
        from matinee.control.steering.model.placement import USUAL, Premiere, pinned_releases

        if self._catalog is None:
            return Territory()
        now = self._clock.now()
        asked = self._catalog.openings(countries, since=now - USUAL.stays, at=now, until=now + USUAL.lead)
        found = await or_else(asked, _UNKNOWN, name="steering.rights")
        if found is None:
            return None
        pinned = pinned_releases([Premiere(title_id, at) for title_id, at in found.opens.items()], at=now)
        told = "\n".join((*sorted(found.barred), "", *sorted(pinned)))
        mark = sha256(told.encode()).hexdigest()[:32] if found.barred or pinned else ""
        return Territory(frozenset(found.barred), pinned, found.opens, mark)
