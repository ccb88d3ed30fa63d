"""A fleet of a thousand for days, by the models of its rooms: what decides is real, what carries bytes is arithmetic.

Real, as the services call them: steering's decision with its route table, standing and return, fencing, offices and
sources, placement and forecast; the edges' windows and allowances, eviction; catalog's visibility, playback's ticket ends.
Modeled: reports (heard of on time, or not at all), bytes (a number for each minute), contents (a token for each film),
viewers (cohorts, looked at every ten minutes and around each misfortune and order).
"""

import hashlib
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from matinee.kernel.chance import SeededChance
from matinee.sim.fleet.audience import Audience
from matinee.sim.fleet.boxes import BEAT_MS, Box
from matinee.sim.fleet.days_ledger import DaysLedger
from matinee.sim.fleet.eyes import Eyes
from matinee.sim.fleet.filling import Filling
from matinee.sim.fleet.lots import ORIGINS, STEERING, FleetOrder
from matinee.sim.fleet.region import draw_region
from matinee.sim.nature import Misfortune

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_AROUND_MS = (1_000, 3_400, 4_200, 10_000, 35_000)
"""When somebody near a misfortune asks where to go."""
_PROBED_MS = (2_300, 10_000, 31_000, 70_000)
"""When those who watch what was purged try to go on."""
_NEXT_SEGMENT_MS = 4_000
_ROT = 7


class FleetDays:
    """Call `live` once."""

    def __init__(
        self,
        seed: str,
        *,
        appliances: int,
        seconds: float,
        befall: Sequence[Misfortune] | None = None,
        orders: Sequence[FleetOrder] | None = None,
    ) -> None:
        self.seed = seed
        region = draw_region(seed, appliances=appliances, for_s=seconds)
        self.befall = tuple(region.befall if befall is None else befall)
        self.orders = tuple(region.orders if orders is None else orders)
        self._ends_ms = round(seconds * 1000)
        self._now_ms = 0
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._number = 0
        self._history = hashlib.sha256(seed.encode())
        chance = SeededChance(f"days {seed}")
        titles = {title.name: title for title in region.titles}
        tokens = {name: int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:6]) for name in titles}
        self.ledger = DaysLedger(titles, tokens)
        self.counts = self.ledger.counts
        phases = chance.fork("phases")
        self.boxes = {
            name: Box(name, place, int(phases.uniform() * BEAT_MS))
            for place in region.places
            for name in place.appliances
        }
        self.origins = [Box(name, None, int(phases.uniform() * BEAT_MS)) for name in ORIGINS]
        self._all = self.boxes | {origin.name: origin for origin in self.origins}
        self.eyes = Eyes(self._all, region.places)
        self.filling = Filling(region, self.eyes, self.ledger, tokens)
        self.audience = Audience(region, self.eyes, self.ledger, chance.fork("audience"), self.note, self.at)
        self._tokens = tokens
        self._open()

    @property
    def now_s(self) -> float:
        return self._now_ms / 1000

    def at(self, at_ms: int, what: Callable[[int], None]) -> None:
        self._number += 1
        heappush(self._due, (at_ms, self._number, what))

    def note(self, what: str) -> None:
        self._history.update(f"{self._now_ms} {what}\n".encode())

    def digest(self) -> str:
        return self._history.hexdigest()

    def live(self, say: Callable[[str], None]) -> str | None:
        """To the end, or to the first promise that is broken."""
        while self._due and self._due[0][0] < self._ends_ms:
            self._now_ms, _, what = heappop(self._due)
            what(self._now_ms)
            if self.ledger.broken:
                return self.ledger.broken[0]
            if self._now_ms % (3 * _HOUR_MS) == 0 and what == self._hour:
                say(
                    f"{self._now_ms // _HOUR_MS} of {self._ends_ms // _HOUR_MS} hours, {self.counts['cohorts']} cohorts"
                )
        self._now_ms = self._ends_ms
        self.counts["nights' fills within caps"] = self.ledger.nights()
        return None

    def _open(self) -> None:
        for name, token in self._tokens.items():
            for origin in self.origins:
                origin.holds[name] = token
        for box in self._all.values():
            box.report(0)
        self.filling.begin_full()
        for at_ms in range(0, self._ends_ms, _HOUR_MS):
            self.at(at_ms, self._hour)
        for at_ms in range(0, self._ends_ms, _MINUTE_MS):
            self.at(at_ms, self._minute)
        for one in self.befall:
            self.at(round(one.at_s * 1000), self._befalls(one))
        for order in self.orders:
            self.at(round(order.at_s * 1000), self._ordered(order))

    def _hour(self, at_ms: int) -> None:
        self.audience.hour(at_ms)
        for box in self.boxes.values():
            self.ledger.room(box, at_ms)

    def _minute(self, at_ms: int) -> None:
        self.audience.minute(at_ms)
        self.filling.minute(at_ms, self.audience.taken)
        self.eyes.stale()

    # ---- what befalls

    def _befalls(self, one: Misfortune) -> Callable[[int], None]:
        def begins(at_ms: int) -> None:
            self.note(f"{one.what} {one.where}")
            self.counts["misfortunes survived"] += 1
            until_ms = at_ms + round(one.lasts_s * 1000)
            if one.where == STEERING:
                self._steering_dies(at_ms, until_ms)
            else:
                self._box_suffers(self._all[one.where], one.what, at_ms, until_ms)

        return begins

    def _steering_dies(self, at_ms: int, until_ms: int) -> None:
        self.eyes.up_since_ms = None
        self.ledger.troubles[""] += 1
        self.at(until_ms, self._steering_returns)

    def _steering_returns(self, at_ms: int) -> None:
        """All it had heard was in its cache; reports come again within a beat."""
        for box in self._all.values():
            box.heard = None
            if box.reports:
                box.report(at_ms)
                self._hears(box, at_ms)
        self.eyes.up_since_ms = at_ms
        self.eyes.stale()

    def _box_suffers(self, box: Box, what: str, at_ms: int, until_ms: int) -> None:
        box.faults[what] = box.faults.get(what, 0) + 1
        self.ledger.troubles["" if box.place is None else box.place.name] += 1
        if what == "peers lost" and box.place is not None:
            self.eyes.forsake(box)
        if not box.reports:
            box.fall_silent(at_ms)
        if not box.serves:
            for cohort in list(box.watched.values()):
                self.at(at_ms + _NEXT_SEGMENT_MS, self.audience.going_on(cohort))
                self.at(at_ms + 30_000, self.audience.asking_again(cohort))
        self._look_around(box, at_ms)
        self.at(until_ms, lambda now_ms: self._box_recovers(box, what, now_ms))

    def _box_recovers(self, box: Box, what: str, at_ms: int) -> None:
        box.faults[what] -= 1
        if not box.faults[what]:
            del box.faults[what]
        if what in ("kill", "rot"):
            box.boots += 1
        if what == "rot":
            self.filling.reads_again(box, at_ms)
        if what == "peers lost" and not box.has("peers lost"):
            self.eyes.announce(box)
        if what == "full disk" and not box.has("full disk"):
            box.noted_up_to = box.heard_up_to
        if box.reports and self.eyes.up_since_ms is not None and (box.silent_since_ms is not None or box.heard is None):
            self.at(at_ms + BEAT_MS, lambda now_ms: self._returns(box, now_ms))
        self._look_around(box, at_ms)

    def _returns(self, box: Box, at_ms: int) -> None:
        if box.reports and self.eyes.up_since_ms is not None:
            box.report(at_ms)
            self._hears(box, at_ms)
            self.eyes.stale()
            for more_ms in range(10_000, 70_000, 10_000):
                self.at(at_ms + more_ms, lambda _: self.eyes.stale())  # its share of viewers grows

    def _look_around(self, box: Box, at_ms: int) -> None:
        """What steering sees changes at its own hours; somebody asks at each."""
        self.eyes.stale()
        for after_ms in _AROUND_MS:
            self.at(at_ms + after_ms, self.audience.curious(box))

    # ---- what is ordered

    def _ordered(self, order: FleetOrder) -> Callable[[int], None]:
        def now(at_ms: int) -> None:
            if self.eyes.up_since_ms is None:
                self.at(at_ms + 10_000, now)
                return
            self.note(f"{order.what} {order.film}")
            self.counts["orders carried out"] += 1
            if order.what == "withdraw":
                self.ledger.withdrawn[order.film] = at_ms
                return
            self.ledger.purged[order.film] = self.eyes.bury(order.film, at_ms), at_ms
            self.ledger.troubles[""] += 1
            self.at(at_ms + BEAT_MS, self._told)
            for after_ms in _PROBED_MS:
                self.at(at_ms + after_ms, self.audience.trying(order.film, asks=after_ms > 30_000))

        return now

    def _told(self, at_ms: int) -> None:
        """Whoever reports was told by now."""
        for box in self._all.values():
            if box.reports and self.eyes.up_since_ms is not None:
                self._hears(box, at_ms)
        self.eyes.stale()

    def _hears(self, box: Box, at_ms: int) -> None:
        """Deny, then delete, then write it down: a full disk can do all but the last."""
        for number, film in self.eyes.stones_after(box.heard_up_to):
            box.take_away(film)
            box.heard_up_to = number
        if not box.has("full disk"):
            box.noted_up_to = box.heard_up_to
        for cohort in [each for each in box.watched.values() if each.film in box.denied]:
            self.at(at_ms + 30_000, self.audience.asking_again(cohort))
