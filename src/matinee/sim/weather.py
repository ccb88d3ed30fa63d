"""What the world does to its machines: latency, loss, partitions, slow and torn disks, clocks that disagree.

A calm world has small delays and no faults. `Weather` is data: a story or a seed changes it while the world runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Link:
    """The way between two machines, in both directions."""

    delay_s: float = 0.004
    jitter_s: float = 0.004
    loss: float = 0.0
    """The share of requests of which nothing arrives, or of whose answer nothing does."""
    cut: bool = False


_NO_LINK = Link(cut=True)


@dataclass(slots=True)
class Disk:
    """A machine's disk."""

    write_s: float = 0.000_3
    slow: float = 1.0
    """How many times slower than that."""
    full: bool = False


@dataclass(slots=True)
class Weather:
    links: dict[frozenset[str], Link] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    skews_s: dict[str, float] = field(default_factory=dict)
    """How far a machine's clock is ahead of the world's."""
    everywhere: Link = field(default_factory=Link)
    isolated: set[str] = field(default_factory=set)
    """Machines that nothing reaches, and that reach nobody."""

    def between(self, one: str, other: str) -> Link:
        if self.isolated and (one in self.isolated or other in self.isolated):
            return _NO_LINK
        return self.links.get(frozenset((one, other)), self.everywhere)

    def disk(self, node: str) -> Disk:
        return self.disks.setdefault(node, Disk())

    def clear_up(self) -> None:
        """Every fault ends; clocks are set right."""
        self.links.clear()
        self.disks.clear()
        self.skews_s.clear()
        self.isolated.clear()
        self.everywhere = Link()


def worst(faults: Sequence[Link]) -> Link:
    """A link that suffers from all of these at once."""
    return Link(
        delay_s=max(each.delay_s for each in faults),
        jitter_s=max(each.jitter_s for each in faults),
        loss=max(each.loss for each in faults),
        cut=any(each.cut for each in faults),
    )
