"""A fleet that takes a new build or suffers from it, in numbers: what each appliance would have told, minute by minute."""

import random
from dataclasses import dataclass, field, replace

from matinee.control.steering.model.rollout.course import Course, stepped
from matinee.control.steering.model.rollout.sight import Seen, Sight
from matinee.control.steering.model.rollout.tally import Reading
from matinee.wire.rollout import Counts, SlotReport

OLD, NEW = "1.0", "1.1"
MIB = 1 << 20
STEP_S = 30.0


@dataclass
class Nature:
    """How a build behaves: the old one unless something is said."""

    error_share: float = 0.0005
    leak_mib_per_gb: float = 0.0
    seconds_per_gb: float = 2.0
    starved_share: float = 0.02
    crashes: bool = False
    never_reports: bool = False


@dataclass
class Box:
    """One appliance with its launcher: fetches in a minute, restarts in a minute."""

    name: str
    cluster: str
    kind: str = "flash"
    releases: frozenset[str] = frozenset()
    build: str = OLD
    demand: float = 1.0
    """Against the others of its fleet."""
    sickness: float = 1.0
    """Its own factor of errors, whatever it runs."""
    boot: int = 0
    up_since_s: float = -86_400.0
    is_on: bool = True
    order: int = 0
    wanted: str = ""
    state: str = "running"
    reason: str = ""
    asleep_until_s: float = -1.0
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0))
    leaked: float = 0.0


class Fleet:
    """Steps a roll-out and its appliances together, in simulated time."""

    def __init__(
        self, boxes: list[Box], *, seed: int, natures: dict[str, Nature] | None = None, gb_per_minute: float = 3.0
    ) -> None:
        self.boxes = {box.name: box for box in boxes}
        self.natures = {OLD: Nature(), NEW: Nature()} | (natures or {})
        self.chance = random.Random(seed)
        self.gb_per_minute = gb_per_minute
        self.at_s = 0.0
        self.restarting_together_max = 0
        self.treated_max = 0
        self.at_origins: frozenset[str] = frozenset()

    def run(self, course: Course, *, hours: float, until: tuple[str, ...] = ()) -> Course:
        end_s = self.at_s + hours * 3600
        while self.at_s < end_s and course.state not in until:
            course = stepped(course, self.sight(), self.at_s)
            self._obey(course)
            self._check(course)
            self._serve()
            self.at_s += STEP_S
        return course

    def sight(self) -> Sight:
        return Sight({box.name: self._seen(box) for box in self.boxes.values()}, at_origins=self.at_origins)

    def _seen(self, box: Box) -> Seen:
        memory = int(200 * MIB + box.leaked + self.chance.gauss(0, MIB))
        reading = Reading(str(box.boot), self.at_s, self.at_s - box.up_since_s, memory, box.counts)
        slot = SlotReport(box.state, box.order, box.wanted, box.reason)  # type: ignore[arg-type]  # one of the words
        is_well = box.is_on and self.at_s >= box.asleep_until_s
        return Seen(box.name, box.cluster, box.kind, box.build, is_well, 0.3, box.releases, slot, reading)

    def _obey(self, course: Course) -> None:
        for name, member in course.members.items():
            box, number = self.boxes[name], course.order + member.back
            wanted = member.before if member.back else course.build
            if box.order < number and member.state == "called":
                box.order, box.wanted, box.state, box.reason = number, wanted, "ready", ""
            if member.state == "restarting" and box.state == "ready" and box.order == number:
                self._restart(box, wanted)

    def _restart(self, box: Box, build: str) -> None:
        nature = self.natures[build]
        box.boot += 1
        box.asleep_until_s = self.at_s + 60
        box.up_since_s, box.counts, box.leaked = box.asleep_until_s, Counts(0, 0, 0, 0), 0.0
        if nature.crashes or nature.never_reports:
            box.state, box.reason = "fell back", "it ended at once" if nature.crashes else "it did not report"
        else:
            box.build, box.state = build, "running"

    def _check(self, course: Course) -> None:
        down = [box for box in self.boxes.values() if self.at_s < box.asleep_until_s]
        self.restarting_together_max = max(self.restarting_together_max, len(down))
        assert len({box.cluster for box in down}) == len(down)
        self.treated_max = max(self.treated_max, sum(box.build == NEW for box in self.boxes.values()))

    def _serve(self) -> None:
        for box in self.boxes.values():
            if not box.is_on or self.at_s < box.asleep_until_s:
                continue
            nature, drawn = self.natures[box.build], self.chance
            gigabytes = self.gb_per_minute * box.demand * STEP_S / 60 * drawn.uniform(0.7, 1.3)
            requests = int(gigabytes * 500)
            share = min(1.0, nature.error_share * box.sickness)
            errors = min(requests, round(max(0.0, drawn.gauss(requests * share, (requests * share) ** 0.5))))
            effort = nature.seconds_per_gb * gigabytes * drawn.uniform(0.9, 1.1)
            starved = sum(drawn.random() < nature.starved_share for _ in range(4))
            done = Counts(requests, int(gigabytes * 1e9), 0, errors, effort, 4, starved)
            box.counts = replace(
                box.counts,
                **{name: getattr(box.counts, name) + getattr(done, name) for name in Counts.__dataclass_fields__},
            )
            box.leaked += nature.leak_mib_per_gb * MIB * gigabytes


def fleet_of(clusters: int, each: int, *, seed: int = 1, spread: float = 0.2) -> list[Box]:
    """`spread`: how much they differ by themselves, as factors' logarithms."""
    drawn = random.Random(seed)
    return [
        Box(
            f"edge-{cluster}-{number}",
            f"site-{cluster}",
            releases=frozenset({f"r{cluster}", "everybody's"}),
            demand=drawn.lognormvariate(0, spread),
            sickness=drawn.lognormvariate(0, spread),
        )
        for cluster in range(clusters)
        for number in range(each)
    ]
