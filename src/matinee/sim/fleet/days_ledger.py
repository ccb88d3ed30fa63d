"""What a fleet of models has promised. It knows how things are, never what steering believes of them."""

from collections import Counter, defaultdict

from matinee.sim.fleet.boxes import BEAT_MS, Box, Cohort
from matinee.sim.fleet.region import Title

_SILENT_MS = 3_500 + 600
"""Three missed reports and the fourth's way, and for how long steering believes what it knows."""
_FENCED_MS = 30_000 + 600
_ASKED_MS = 30_000


class DaysLedger:
    def __init__(self, titles: dict[str, Title], tokens: dict[str, int]) -> None:
        self.broken: list[str] = []
        self.counts: Counter[str] = Counter()
        self.purged: dict[str, tuple[int, int]] = {}
        """By film: the tombstone's number, and when it was ordered."""
        self.withdrawn: dict[str, int] = {}
        self.troubles: defaultdict[str, int] = defaultdict(int)
        """By site; those of all under ""."""
        self._titles = titles
        self._tokens = tokens
        self._nights: Counter[tuple[str, str]] = Counter()
        self._upstream: dict[tuple[str, str], list[int]] = {}
        """By site and film: bytes from above, and how much had befallen the site by the first of them."""

    def break_(self, sentence: str) -> None:
        self.broken.append(sentence)

    def sold(self, cohort: Cohort, at_ms: int) -> None:
        title, film = self._titles[cohort.film], cohort.film
        if title.opens_s is not None and at_ms < title.opens_s * 1000:
            self.break_(f"A ticket for {film} was sold at {at_ms} ms: its premiere is at {title.opens_s} s.")
        if title.ends_s is not None and at_ms >= title.ends_s * 1000:
            self.break_(f"A ticket for {film} was sold at {at_ms} ms: its rights ended at {title.ends_s} s.")
        if film in self.purged or self.withdrawn.get(film, at_ms) < at_ms:
            self.break_(f"A ticket for {film} was sold at {at_ms} ms: it was taken away before.")

    def offered(self, cohort: Cohort, edges: list[Box], origins: list[Box], at_ms: int, *, up_since_ms: int) -> None:
        if cohort.film in self.purged:
            self.break_(f"Somebody was sent to {edges[0].name} for {cohort.film} at {at_ms} ms: it was purged before.")
        for box in edges:
            where = f"{cohort.place.name} was sent to {box.name} for {cohort.film} at {at_ms} ms"
            if box.silent_since_ms is not None and at_ms - box.silent_since_ms > _SILENT_MS:
                self.break_(f"{where}: nothing was heard of it since {box.silent_since_ms} ms.")
            overdue = [n for n, ordered in self.purged.values() if n > box.noted_up_to and at_ms - ordered > _FENCED_MS]
            if overdue:
                self.break_(f"{where}: it should be fenced, for purge {overdue[0]} is not acknowledged.")
            if cohort.film not in box.holds and not box.has("rot"):
                self.break_(f"{where}: it does not hold that.")
            if box.place is not None and box.place.reach != "exchange" and box.place is not cohort.place:
                self.break_(f"{where}: that network was not announced to it.")
        origin_lives = any(box.reports and box.silent_since_ms is None for box in origins)
        if origin_lives and at_ms - up_since_ms > 2 * BEAT_MS and not any(box.place is None for box in edges):
            self.break_(f"{cohort.place.name} was offered no origin for {cohort.film} at {at_ms} ms, and one lives.")

    def delivered(self, cohort: Cohort, box: Box, token: int, at_ms: int) -> None:
        title, where = self._titles[cohort.film], f"{box.name} served {cohort.film} at {at_ms} ms"
        if token != self._tokens[cohort.film]:
            self.break_(f"{where}: other bytes than the studio's.")
        if title.opens_s is not None and at_ms < title.opens_s * 1000:
            self.break_(f"{where}: its premiere is at {title.opens_s} s.")
        if title.ends_s is not None and at_ms >= title.ends_s * 1000 + 1000:
            self.break_(f"{where}: its rights ended at {title.ends_s} s.")
        number, ordered_ms = self.purged.get(cohort.film, (0, at_ms))
        if number and box.heard_up_to >= number:
            self.break_(f"{where}: that was purged at {ordered_ms} ms, and it was told.")
        if number and box.reports and box.silent_since_ms is None and at_ms - ordered_ms > 2 * BEAT_MS + 200:
            self.break_(f"{where}: that was purged at {ordered_ms} ms, and it could have been told.")
        if at_ms - ordered_ms > _FENCED_MS + _ASKED_MS + 5_000:
            self.break_(f"{where}: that was purged at {ordered_ms} ms.")

    def starved(self, cohort: Cohort, at_ms: int) -> None:
        self.break_(f"{cohort.place.name} got {cohort.film} from nobody at {at_ms} ms, and an origin lived.")

    def filled(self, box: Box, source: Box, film: str, moved: int, night: str, opens_ms: int, at_ms: int) -> None:
        """`moved` in the minute that ends at `at_ms`."""
        place = box.place
        assert place is not None
        window, where = place.window, f"{box.name} fetched {film} until {at_ms} ms"
        closes_ms = opens_ms + round(window.length.total_seconds()) * 1000
        if not opens_ms < at_ms <= closes_ms + 60_000:
            self.break_(f"{where}: its window is open from {opens_ms} to {closes_ms} ms.")
        if moved > window.bytes_per_second_max * 60:
            self.break_(f"{where}: {moved} bytes in a minute, at {window.bytes_per_second_max} a second.")
        self._nights[box.name, night] += moved
        largest = self._titles[film].size
        if self._nights[box.name, night] > max(window.bytes_per_night_max, largest):
            self.break_(
                f"{where}: {self._nights[box.name, night]} bytes tonight, and {window.bytes_per_night_max} at most."
            )
        if source.place is not None and source.place is place:
            self.counts["GB filled from peers"] += moved
            return
        self.counts["GB filled from origins" if source.place is None else "GB filled from exchanges"] += moved
        troubles = self.troubles[place.name] + self.troubles[""]
        known = self._upstream.setdefault((place.name, film), [0, troubles])
        known[0] += moved
        if known[0] > largest * (1 + troubles - known[1]) + largest // 100:
            self.break_(f"{where}: {known[0]} bytes from above for {place.name}, of a film of {largest}.")

    def gone(self, site: str, film: str) -> None:
        """It was let go: when it comes again, that is another copy."""
        self._upstream.pop((site, film), None)

    def nights(self) -> int:
        return len(self._nights)

    def room(self, box: Box, at_ms: int) -> None:
        place = box.place
        assert place is not None
        held = sum(self._titles[film].size for film in box.holds)
        if held > place.room_bytes:
            self.break_(f"{box.name} holds {held} bytes at {at_ms} ms and has room for {place.room_bytes}.")
