"""The fleet at a moment, as a roll-out sees it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from matinee.control.steering.model.rollout.restarts import Holder
from matinee.control.steering.model.rollout.tally import Reading
from matinee.wire.rollout import SlotReport


@dataclass(frozen=True, slots=True)
class Seen:
    """An appliance that can be given other software, by its last words."""

    id: str
    cluster: str
    kind: str
    build: str
    is_well: bool
    load: float
    releases: Collection[str]
    slot: SlotReport
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Sight:
    """The fleet at a moment. `others` hold releases too, and are given no software."""

    seen: Mapping[str, Seen]
    others: Mapping[str, Holder] = field(default_factory=dict)
    at_origins: Collection[str] = frozenset()
