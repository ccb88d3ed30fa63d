"""What appliances of a fleet of models hold and fetch: planned each night from what was played, moved a minute at a time."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matinee.control.steering.model import popularity
from matinee.control.steering.model.atlas import distance_km
from matinee.control.steering.model.placement import (
    FileGroup,
    Plan,
    Premiere,
    Rules,
    Shelves,
    pinned_releases,
    plan,
)
from matinee.control.steering.model.sources import Fetch, Need, Office, appoint, progressed, sources_of
from matinee.delivery.edge.model.eviction import Held, choose_victims
from matinee.delivery.edge.model.windows import Night, bytes_allowed, next_night, night_at
from matinee.kernel.quantities import minutes
from matinee.sim.fleet.boxes import BEGINS, Box, instant
from matinee.sim.fleet.days_ledger import DaysLedger
from matinee.sim.fleet.eyes import Eyes
from matinee.sim.fleet.region import DAY_S, Place, Region

Numbers = NDArray[np.float64]

_MINUTE_MS = 60_000
_EARLIER = minutes(30)
"""So long before its window opens a site is planned."""
_NEAREST = 3
_WARM_DAYS = 12
"""Of viewing that steering remembers when the world begins."""


class Filling:
    def __init__(self, region: Region, eyes: Eyes, ledger: DaysLedger, tokens: Mapping[str, int]) -> None:
        self._region = region
        self._eyes = eyes
        self._ledger = ledger
        self._tokens = tokens
        self._titles = {title.name: title for title in region.titles}
        self._numbers = {title.name: number for number, title in enumerate(region.titles)}
        self._shelf, _ = popularity.shelf_of([(title.name, "film") for title in region.titles])
        self._sites = {place.name: [eyes.boxes[name] for name in place.appliances] for place in region.places}
        self._origins = [box for box in eyes.boxes.values() if box.place is None]
        self._seen: dict[str, popularity.Seen] = {}
        self._own: dict[str, Numbers] = {place.name: np.zeros(len(region.titles)) for place in region.places}
        self._all = np.zeros(len(region.titles))
        """Playings of the whole region, and what each site had seen of that when it last looked."""
        self._looked: dict[str, Numbers] = {place.name: np.zeros(len(region.titles)) for place in region.places}
        self._next: dict[str, int] = {}
        """When each site is planned."""
        self._offices: dict[tuple[str, str], Office] = {}
        self._nights: dict[str, Night | None] = {}
        self._hungry: dict[str, Box] = {}

    def begin_full(self) -> None:
        """Each site holds what it would, had it been there for long."""
        expected = np.array([float(title.weight) if title.ready_s == 0 else 0.0 for title in self._region.titles])
        expected *= _WARM_DAYS / 100
        sites = len(self._region.places)
        for place in self._region.places:
            nothing = popularity.nothing_seen(len(expected))
            seen = popularity.observe(nothing, own=expected / sites, region=expected, on_air=expected > 0)
            self._seen[place.name] = seen
            for one in self._planned(place, 0, Rules(ingest_share_max=1.0)):
                box = self._eyes.boxes[one.appliance_id]
                box.planned = one.hold
                for film in sorted(one.hold):
                    box.holds[film] = self._tokens[film]
                    self._eyes.holds(box, film)
            self._next[place.name] = self._plan_ms(place, 0)

    def minute(self, at_ms: int, taken: Counter[tuple[str, str]]) -> None:
        """What was played is counted; who has to be planned is; who may fetch, has fetched for this minute."""
        for (site, film), size in taken.items():
            number, playings = self._numbers[film], size / self._titles[film].size
            self._own[site][number] += playings
            self._all[number] += playings
        taken.clear()
        for place in self._region.places:
            if at_ms >= self._next[place.name] and self._eyes.up_since_ms is not None:
                self._plan(place, at_ms)
        self._nights.clear()
        for box in list(self._hungry.values()):
            self._fetch(box, at_ms)

    def reads_again(self, box: Box, at_ms: int) -> None:
        """After a power cut all is read before it is served; of what is not the studio's nothing is believed."""
        for film in sorted(box.holds):
            if (box.phase_ms + self._numbers[film]) % 29 == 0:
                box.holds[film] += 1  # it rotted
        for film, token in list(box.holds.items()):
            if token != self._tokens[film]:
                del box.holds[film]
                self._eyes.holds_not(box, film)
                self._ledger.gone(self._place(box).name, film)
                self._ledger.counts["rotten films found"] += 1
                if film in box.planned:
                    box.wanted = (*box.wanted, film)
                    self._hungry[box.name] = box

    # ---- plans

    def _plan(self, place: Place, at_ms: int) -> None:
        own, region = self._own[place.name], self._all - self._looked[place.name]
        on_air = np.array([self._is_there(title.name, at_ms) for title in self._region.titles])
        self._seen[place.name] = popularity.observe(self._seen[place.name], own=own, region=region, on_air=on_air)
        self._own[place.name] = np.zeros(len(own))
        self._looked[place.name] = self._all.copy()
        for one in self._planned(place, at_ms, Rules()):
            box = self._eyes.boxes[one.appliance_id]
            box.planned = one.hold
            box.wanted = tuple(film for film in one.add if film not in box.denied)
            box.begun = {film: done for film, done in box.begun.items() if film in one.hold}
            if box.wanted:
                self._hungry[box.name] = box
        self._ledger.counts["plans of sites"] += 1
        self._next[place.name] = self._plan_ms(place, at_ms + DAY_S * 500)

    def _planned(self, place: Place, at_ms: int, rules: Rules) -> list[Plan]:
        titles, now = self._region.titles, instant(at_ms)
        premieres = [Premiere(each.name, instant(each.opens_s * 1000)) for each in titles if each.opens_s is not None]
        launches = np.array([0.0 if each.opens_s is None else each.weight / 25 for each in titles])
        found = popularity.forecast(self._seen[place.name], self._shelf, launches)
        allowed = {each.name for each in titles if self._is_there(each.name, at_ms)}
        return plan(
            [
                Shelves(
                    box.name, place.room_bytes, frozenset(box.holds), frozenset(c.film for c in box.watched.values())
                )
                for box in self._sites[place.name]
            ],
            [FileGroup(each.name, each.name, each.size) for each in titles],
            # The last bits of a power are not the same on every machine.
            {each.name: round(float(found[number]), 6) for number, each in enumerate(titles)},
            kind=place.kind,
            allowed=allowed,
            pinned=pinned_releases(premieres, at=now) & allowed,
            rules=rules,
        )

    def _is_there(self, film: str, at_ms: int) -> bool:
        title = self._titles[film]
        is_over = title.ends_s is not None and at_ms >= title.ends_s * 1000
        return title.ready_s * 1000 <= at_ms and not is_over and not self._eyes.is_buried(film)

    def _plan_ms(self, place: Place, after_ms: int) -> int:
        opens = next_night(place.window, instant(after_ms) + _EARLIER).opens
        return round((opens - _EARLIER - BEGINS).total_seconds()) * 1000

    # ---- fetching

    def _fetch(self, box: Box, at_ms: int) -> None:
        """The minute that ends now."""
        place = self._place(box)
        night = self._night(place, at_ms - _MINUTE_MS)
        if night is None or not box.serves or box.has("full disk") or at_ms == 0:
            return
        if box.night != (name := night.date.isoformat()):
            box.night, box.fetched = name, 0
        if box.fetched >= place.window.bytes_per_night_max:
            return
        since, until = instant(at_ms - _MINUTE_MS), instant(at_ms)
        left = bytes_allowed(place.window, since=since, until=until, fetched_tonight=box.fetched)
        opens_ms = round((night.opens - BEGINS).total_seconds()) * 1000
        for film in box.wanted:
            if left <= 0:
                break
            left -= self._bring(box, film, left, name, opens_ms, at_ms)
        box.wanted = tuple(film for film in box.wanted if film not in box.holds and film not in box.denied)
        if not box.wanted:
            self._hungry.pop(box.name, None)

    def _bring(self, box: Box, film: str, left: int, night: str, opens_ms: int, at_ms: int) -> int:
        """Up to `left` bytes of a film. How many they were."""
        size = self._titles[film].size
        if film in box.denied or film in box.holds or not self._has_room(box, size):
            return 0
        for name in self._sources(box, film, at_ms):
            source = self._eyes.boxes[name]
            if not source.serves or (token := source.holds.get(film)) is None:
                continue
            if token != self._tokens[film]:
                continue  # its hash is not the studio's
            moved = min(left, size - box.begun.get(film, 0))
            box.begun[film] = box.begun.get(film, 0) + moved
            box.fetched += moved
            self._ledger.filled(box, source, film, moved, night, opens_ms, at_ms)
            if box.begun[film] >= size:
                del box.begun[film]
                box.holds[film] = token
                self._eyes.holds(box, film)
                self._ledger.counts["films filled"] += 1
            return moved
        return 0

    def _has_room(self, box: Box, size: int) -> bool:
        held = [Held(film, self._titles[film].size) for film in box.holds]
        lacking = sum(each.size for each in held) + size - self._place(box).room_bytes
        victims = choose_victims(
            held, spared=box.planned | {c.film for c in box.watched.values()}, bytes_needed=lacking
        )
        for film in [each.release_id for each in victims or ()]:
            del box.holds[film]
            self._eyes.holds_not(box, film)
            self._ledger.counts["films let go"] += 1
            if not any(film in each.holds for each in self._sites[self._place(box).name]):
                self._ledger.gone(self._place(box).name, film)
        return victims is not None

    def _sources(self, box: Box, film: str, at_ms: int) -> tuple[str, ...]:
        """As steering names them now; while it is away, nothing new is begun."""
        if self._eyes.up_since_ms is None or not box.reports:
            return ()
        place = self._place(box)
        site = [each for each in self._sites[place.name] if each.is_well(at_ms)]
        need = Need(
            film,
            frozenset(each.name for each in site if film in each.wanted and film not in each.holds),
            frozenset(each.name for each in site if film in each.holds),
        )
        key, alive = (place.name, film), [each.name for each in site]
        office = self._offices.get(key)
        if office is not None:
            office = progressed(office, self._eyes.boxes[office.master].begun.get(film, 0), at=instant(at_ms))
        office = appoint(need, office, alive=alive, at=instant(at_ms))
        if office is not None:
            self._offices[key] = office
        found = sources_of(
            box.name,
            need,
            office,
            alive=alive,
            tiers=self._above(place, film, at_ms),
            origins=[each.name for each in self._origins if each.is_well(at_ms)],
        )
        return found.sources if isinstance(found, Fetch) else ()

    def _above(self, place: Place, film: str, at_ms: int) -> list[str]:
        if place.reach == "exchange":
            return []
        near = [
            (distance_km(place.spot, box.place.spot), name)
            for name in sorted(self._eyes.copies.get(film, ()))
            if (box := self._eyes.boxes[name]).place is not None
            and box.place.reach == "exchange"
            and box.is_well(at_ms)
        ]
        return [name for _, name in sorted(near)[:_NEAREST]]

    def _night(self, place: Place, at_ms: int) -> Night | None:
        if place.name not in self._nights:
            self._nights[place.name] = night_at(place.window, instant(at_ms))
        return self._nights[place.name]

    def _place(self, box: Box) -> Place:
        assert box.place is not None
        return box.place
