"""Viewers of a fleet of models, in cohorts: they ask where to go, take ten minutes from there, and go on elsewhere when they must."""

from collections import Counter
from collections.abc import Callable

from matinee.control.catalog.api import Rights, Viewer, Window
from matinee.control.catalog.model.visibility import judge, visible_until
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.kernel.chance import SeededChance
from matinee.kernel.ids import TitleId
from matinee.sim.fleet.boxes import BEGINS, Box, Cohort, instant
from matinee.sim.fleet.days_ledger import DaysLedger
from matinee.sim.fleet.eyes import Eyes
from matinee.sim.fleet.region import Appetite, Place, Region, plays_of_hour

_PIECE_MS = 600_000
_VIEWERS, _BYTES_PER_MINUTE = 20, 37_500_000
"""In a cohort; and of each of them, at 5 Mbit/s."""
_ANYBODY = Viewer(country="DE", maturity=18, plan_rank=2)


class Audience:
    def __init__(
        self,
        region: Region,
        eyes: Eyes,
        ledger: DaysLedger,
        chance: SeededChance,
        note: Callable[[str], None],
        at: Callable[[int, Callable[[int], None]], None],
    ) -> None:
        self._eyes = eyes
        self._ledger = ledger
        self._chance = chance
        self._note = note
        self._at = at
        self._titles = {title.name: title for title in region.titles}
        self._appetite = Appetite(region.titles)
        self._places = [place for place in region.places if place.plays]
        self._rates: list[tuple[Place, int]] = []
        self._origins = [box for box in eyes.boxes.values() if box.place is None]
        self._number = 0
        self.taken: Counter[tuple[str, str]] = Counter()
        """Bytes by site and film, since it was last emptied."""
        self._by_film: dict[str, dict[int, Cohort]] = {}

    def hour(self, at_ms: int) -> None:
        self._appetite.at(at_ms / 1000)
        self._rates = [(place, plays_of_hour(place, at_ms / 1000, BEGINS.hour)) for place in self._places]

    def minute(self, at_ms: int) -> None:
        """Who begins in this one; and how busy everybody was in the last."""
        for box in self._eyes.boxes.values():
            capacity = box.place.capacity_bytes if box.place is not None else 40_000_000_000_000
            box.load = min(1.0, len(box.watched) * _VIEWERS * _BYTES_PER_MINUTE / capacity)
        for place, rate in self._rates:
            expected = rate / 6_000
            many = int(expected) + (self._chance.uniform() < expected % 1)
            for _ in range(many):
                began_ms = at_ms + int(self._chance.uniform() * 60_000)
                one, other, key = (self._chance.uniform() for _ in range(3))
                self._at(began_ms, self._pressing_play(place, one, other, int(key * (1 << 53))))

    def _pressing_play(self, place: Place, one: float, other: float, key: int) -> Callable[[int], None]:
        def play(at_ms: int) -> None:
            film = self._appetite.draw(place, one, other).name
            self._number += 1
            cohort = self._sold(Cohort(self._number, place, film, 0, 0, key), at_ms)
            if cohort is not None:
                self._by_film.setdefault(film, {})[cohort.number] = cohort
                self._go_on(cohort, at_ms)
                self._at(at_ms + _PIECE_MS, self._next_piece(cohort))

        return play

    def _sold(self, cohort: Cohort, at_ms: int) -> Cohort | None:
        """As playback does: is it visible, where is it, how long may it take."""
        counts, title, now = self._ledger.counts, self._titles[cohort.film], instant(at_ms)
        if self._eyes.up_since_ms is None:
            counts["plays that nobody answered"] += 1
            return None
        opens = instant((title.ready_s if title.opens_s is None else title.opens_s) * 1000)
        ends = None if title.ends_s is None else instant(title.ends_s * 1000)
        state = "withdrawn" if cohort.film in self._ledger.withdrawn else "available"
        rights = Rights(TitleId(cohort.film), state, 0, (Window(start=opens, end=ends),))  # type: ignore[arg-type]  # of two states
        if not judge(_ANYBODY, rights, at=now).visible or not self._ask(cohort, at_ms):
            counts["plays refused"] += 1
            return None
        until = visible_until(_ANYBODY, rights, at=now)
        duration_ms = title.minutes * 60_000
        ticket = ticket_ends(now, duration_ms=duration_ms, rights_end=until)
        cohort.ticket_ends_ms = int(ticket.timestamp() - BEGINS.timestamp()) * 1000
        cohort.pieces = title.minutes // 10
        self._ledger.sold(cohort, at_ms)
        counts["cohorts"] += 1
        return cohort

    def _ask(self, cohort: Cohort, at_ms: int) -> bool:
        """Where to go. False: nowhere any more. Without an answer, as before."""
        up_since_ms = self._eyes.up_since_ms
        if up_since_ms is None:
            return True
        if self._eyes.is_buried(cohort.film):
            return False
        found = self._eyes.rank(cohort, at_ms)
        cohort.edges = tuple(choice.id for choice in found)
        boxes = [self._eyes.boxes[name] for name in cohort.edges]
        self._ledger.offered(cohort, boxes, self._origins, at_ms, up_since_ms=up_since_ms)
        self._ledger.counts["decisions"] += 1
        return True

    def _go_on(self, cohort: Cohort, at_ms: int) -> None:
        """Ten minutes more from the first of the list that gives it."""
        self._leave(cohort)
        counts = self._ledger.counts
        for place, name in enumerate(cohort.edges):
            box = self._eyes.boxes[name]
            token = box.content(cohort, at_ms)
            if token is None:
                continue
            self._ledger.delivered(cohort, box, token, at_ms)
            box.watched[cohort.number] = cohort
            cohort.at = name
            size = 10 * _VIEWERS * _BYTES_PER_MINUTE
            own = box.place is cohort.place
            counts["GB from own site" if own else "GB from origins" if box.place is None else "GB from exchanges"] += (
                size
            )
            counts["not from the first of the list"] += place > 0
            self.taken[cohort.place.name, cohort.film] += size
            self._note(f"{cohort.number} {cohort.film} {name}")
            return
        is_gone = cohort.film in self._ledger.purged or at_ms >= cohort.ticket_ends_ms
        counts["pieces of what was taken away" if is_gone else "pieces that nobody gave"] += 1
        self._note(f"{cohort.number} {cohort.film} nobody")
        origin_lives = any(origin.serves and origin.name in cohort.edges for origin in self._origins)
        if origin_lives and not is_gone:
            self._ledger.starved(cohort, at_ms)

    def _leave(self, cohort: Cohort) -> None:
        if cohort.at:
            self._eyes.boxes[cohort.at].watched.pop(cohort.number, None)

    def _next_piece(self, cohort: Cohort) -> Callable[[int], None]:
        def piece(at_ms: int) -> None:
            cohort.pieces -= 1
            if cohort.pieces <= 0 or not self._ask(cohort, at_ms):
                self._end(cohort)
                return
            self._go_on(cohort, at_ms)
            self._at(at_ms + _PIECE_MS, self._next_piece(cohort))

        return piece

    def _end(self, cohort: Cohort) -> None:
        cohort.pieces = 0
        self._leave(cohort)
        self._by_film.get(cohort.film, {}).pop(cohort.number, None)

    # ---- around what happens

    def going_on(self, cohort: Cohort) -> Callable[[int], None]:
        """Its edge fell silent in the middle: the next of the same list."""

        def now(at_ms: int) -> None:
            if cohort.pieces > 0:
                self._go_on(cohort, at_ms)
                self._ledger.counts["cohorts that changed over"] += 1

        return now

    def asking_again(self, cohort: Cohort) -> Callable[[int], None]:
        def now(at_ms: int) -> None:
            if cohort.pieces > 0 and not self._ask(cohort, at_ms):
                self._end(cohort)

        return now

    def trying(self, film: str, *, asks: bool) -> Callable[[int], None]:
        """All who watch it try their next segment, before or after they have asked again."""

        def now(at_ms: int) -> None:
            for cohort in list(self._by_film.get(film, {}).values()):
                if asks and not self._ask(cohort, at_ms):
                    self._end(cohort)
                else:
                    self._try(cohort, at_ms)

        return now

    def _try(self, cohort: Cohort, at_ms: int) -> None:
        for name in cohort.edges:
            box = self._eyes.boxes[name]
            if (token := box.content(cohort, at_ms)) is not None:
                self._ledger.delivered(cohort, box, token, at_ms)

    def curious(self, box: Box) -> Callable[[int], None]:
        """Somebody near asks for what it holds."""
        place = box.place or self._places[0]
        near = place if place.plays else self._places[box.phase_ms % len(self._places)]

        def now(at_ms: int) -> None:
            film = next((each for each in box.holds if each not in self._ledger.purged), None)
            if film is not None and self._eyes.up_since_ms is not None:
                self._ask(Cohort(box.phase_ms, near, film, 0, 0, at_ms), at_ms)

        return now
