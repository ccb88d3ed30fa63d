"""What lies on an appliance's fast disk beside the slow one: the tiers of releases that are asked for most, for their size.

A copy costs a read, a write and some of the fast disk's life, so what lies there stays until something else is clearly
hotter; and nothing is copied that was not played about once a day.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

HALF_LIFE_S = 86_400.0
PLAYINGS_MIN = 0.5
"""Of whole playings in memory: less is not worth a copy."""
STAYS = 1.5
"""How much hotter than what lies there something must be to take its place."""

Tier = tuple[str, str]
"""Release and tier."""


@dataclass(slots=True)
class Heat:
    """Bytes sent of each tier, of which half is forgotten in a day."""

    at: float
    """Epoch seconds: it outlives the machine's life."""
    bytes: dict[Tier, float] = field(default_factory=dict)

    def note(self, sent: Iterable[tuple[Tier, int]], *, at: float) -> None:
        fading = 0.5 ** (max(0.0, at - self.at) / HALF_LIFE_S)
        self.bytes = {tier: left * fading for tier, left in self.bytes.items() if left * fading >= 1}
        self.at = at  # also of a clock that was set back: it fades from here on
        for tier, count in sent:
            self.bytes[tier] = self.bytes.get(tier, 0.0) + count


def choose_hot(
    heat: Mapping[Tier, float], sizes: Mapping[Tier, int], *, hot: Collection[Tier], room_bytes: int
) -> list[Tier]:
    """What should lie on the fast disk, the hottest first. `sizes`: of all that is held; `hot`: what lies there now."""

    def playings(tier: Tier) -> float:
        return heat.get(tier, 0.0) / sizes[tier] * (STAYS if tier in hot else 1.0)

    worth = [tier for tier, size in sizes.items() if size > 0 and (tier in hot or playings(tier) >= PLAYINGS_MIN)]
    chosen: list[Tier] = []
    for tier in sorted(worth, key=lambda each: (-playings(each), each not in hot, each)):
        if sizes[tier] <= room_bytes:
            chosen.append(tier)
            room_bytes -= sizes[tier]
    return chosen
