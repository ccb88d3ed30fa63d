"""Steering's eyes in a fleet of models: who is well, who holds what, who is fenced; and its own decision about it."""

from collections.abc import Mapping, Sequence

from matinee.control.steering.model.atlas import Atlas
from matinee.control.steering.model.copies import Copies
from matinee.control.steering.model.decision import Choice, Question, decide
from matinee.control.steering.model.fencing import FENCED_AFTER, Ordered, fenced_by
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.control.steering.model.snapshot import Snapshot
from matinee.control.steering.model.standing import SILENCE_MAX
from matinee.sim.fleet.boxes import Box, Cohort, instant
from matinee.sim.fleet.region import Place

_SILENCE_MS = round(SILENCE_MAX.total_seconds() * 1000)
_FENCED_MS = round(FENCED_AFTER.total_seconds() * 1000)


class Eyes:
    def __init__(self, boxes: Mapping[str, Box], places: Sequence[Place]) -> None:
        self.boxes = boxes
        self.up_since_ms: int | None = 0
        """None: steering is away."""
        self.copies = Copies()
        """By film; nothing of what is purged."""
        self.table = RouteTable()
        self._ordered: list[Ordered] = []
        self._stones: list[str] = []
        self._snapshot: Snapshot | None = None
        self._atlas: Atlas | None = None
        self._good_until_ms = 0
        for box in boxes.values():
            self.announce(box)

    def stale(self) -> None:
        """Something is not as it was."""
        self._snapshot = None

    def rank(self, cohort: Cohort, at_ms: int) -> list[Choice]:
        question = Question(
            cohort.film, cohort.place.address(cohort.number), cohort.key, cohort.place.spot, cohort.at or None
        )
        return decide(self._now(at_ms), self.table, question)

    def announce(self, box: Box) -> None:
        if box.place is not None and box.place.reach != "exchange":
            self.table.announce(box.place.prefix, Route(box.name, 1, 0))

    def forsake(self, box: Box) -> None:
        self.table.flush(box.name)

    def bury(self, film: str, at_ms: int) -> int:
        number = len(self._stones) + 1
        self._stones.append(film)
        self._ordered.append(Ordered(number, instant(at_ms)))
        self.copies.forget(film)
        self.stale()
        return number

    def is_buried(self, film: str) -> bool:
        return film in self._stones

    def stones_after(self, number: int) -> list[tuple[int, str]]:
        return list(enumerate(self._stones[number:], number + 1))

    def holds(self, box: Box, film: str) -> None:
        if not self.is_buried(film):
            self.copies.put(box.name, [film], "" if box.place is None else box.place.name)

    def holds_not(self, box: Box, film: str) -> None:
        self.copies.drop(box.name, [film])

    def is_fenced(self, box: Box, at_ms: int) -> bool:
        if box.noted_up_to == len(self._stones):
            return False
        return fenced_by(self._ordered, box.noted_up_to, at=instant(at_ms)) is not None

    def _now(self, at_ms: int) -> Snapshot:
        """As it is now, until somebody has been silent for too long or has not acknowledged for too long."""
        if self._snapshot is None or at_ms >= self._good_until_ms:
            well = [box for box in self.boxes.values() if box.is_well(at_ms) and not self.is_fenced(box, at_ms)]
            now = instant(at_ms)
            self._snapshot = Snapshot([box.server(now) for box in well], self.copies, atlas=self._atlas)
            self._atlas = self._snapshot.atlas
            silences = [box.silent_since_ms + _SILENCE_MS + 1 for box in well if box.silent_since_ms is not None]
            fences = [self._fence_ms(box) for box in well if box.noted_up_to < len(self._stones)]
            self._good_until_ms = min([at_ms + 60_000, *silences, *fences])
        return self._snapshot

    def _fence_ms(self, box: Box) -> int:
        since = self._ordered[box.noted_up_to].at - instant(0)
        return round(since.total_seconds() * 1000) + _FENCED_MS + 1
