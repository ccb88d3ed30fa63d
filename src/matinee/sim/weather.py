"""What the world does to its machines: latency, loss, partitions, slow and torn disks, clocks that disagree.

A calm world has small delays and no faults. `Weather` is data: a story or a seed changes it while the world runs.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Link:
    """The way between two machines, in both directions."""

    delay_s: float = 0.004
    jitter_s: float = 0.004
    loss: float = 0.0
    """The share of requests of which nothing arrives, or of whose answer nothing does."""
    cut: bool = False


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

    def between(self, one: str, other: str) -> Link:
        return self.links.get(frozenset((one, other)), self.everywhere)

    def cut(self, one: str, other: str) -> None:
        self._own(one, other).cut = True

    def slow(self, one: str, other: str, *, delay_s: float) -> None:
        self._own(one, other).delay_s = delay_s

    def lose(self, one: str, other: str, share: float) -> None:
        self._own(one, other).loss = share

    def mend(self, one: str, other: str) -> None:
        self.links.pop(frozenset((one, other)), None)

    def disk(self, node: str) -> Disk:
        return self.disks.setdefault(node, Disk())

    def clear_up(self) -> None:
        """Every fault ends; clocks are set right."""
        self.links.clear()
        self.disks.clear()
        self.skews_s.clear()
        self.everywhere = Link()

    def _own(self, one: str, other: str) -> Link:
        calm = self.everywhere
        return self.links.setdefault(frozenset((one, other)), Link(calm.delay_s, calm.jitter_s, calm.loss, calm.cut))
