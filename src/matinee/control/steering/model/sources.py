"""Where an appliance fetches a file from: a peer at its site, else the tier above, else an origin.

One upstream copy feeds a site. Of those that should hold a file one is the fill master, drawn by lots; it alone goes
upstream. The others wait for it and then take the file from it. A master that makes no progress for a while, or is
gone, loses the office to the next: that is the escape, without which one bad appliance would starve a site.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from matinee.control.steering.model.rendezvous import preference
from matinee.kernel.quantities import Instant, Span, minutes

ESCAPE_AFTER: Span = minutes(10)


@dataclass(frozen=True, slots=True)
class Need:
    """One file group at one site."""

    group_id: str
    wanting: frozenset[str]
    """Appliances that should fetch it and do not hold it."""
    holding: frozenset[str] = frozenset()
    """Appliances of the same site that hold it, verified."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who fetches a group upstream for its site, and since when nothing has come. `failed` had the office and lost it."""

    group_id: str
    master: str
    moved_at: Instant
    bytes_done: int = 0
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetch:
    """Best first."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """For this appliance to have it."""

    master: str


def appoint(
    need: Need, office: Office | None, *, alive: Collection[str], at: Instant, escape_after: Span = ESCAPE_AFTER
) -> Office | None:
    """Who is master now, given who was; None where nobody has to go upstream, or nobody is there who could."""
    able = [name for name in preference(need.group_id, dict.fromkeys(need.wanting, 1.0)) if name in alive]
    if not able or need.holding.intersection(alive):
        return None
    if office is None:
        return Office(need.group_id, able[0], at)
    if office.master in able and at - office.moved_at < escape_after:
        return office
    failed = office.failed | {office.master}
    # When all have failed it is not they that are at fault: they take turns until upstream is back.
    untried = [name for name in able if name not in failed]
    if untried:
        return Office(need.group_id, untried[0], at, failed=failed)
    others = [name for name in able if name != office.master] or able
    return Office(need.group_id, others[0], at, failed=frozenset({office.master}))


def progressed(office: Office, bytes_done: int, *, at: Instant) -> Office:
    """What the master says it has. Only more of it than before is progress."""
    return replace(office, bytes_done=bytes_done, moved_at=at) if bytes_done > office.bytes_done else office


def sources_of(
    appliance_id: str,
    need: Need,
    office: Office | None,
    *,
    alive: Collection[str],
    tiers: Sequence[str] = (),
    origins: Sequence[str] = (),
) -> Fetch | Wait | None:
    """What this appliance does about the group now; None where it need not, or nobody could give it.

    `tiers` are appliances above this site that hold the group, and `origins` the origins, each nearest first.
    """
    if appliance_id not in need.wanting:
        return None
    peers = [name for name in need.holding if name in alive]
    if peers:
        # Each asks the peers in another order, so that they share the work.
        ordered = preference(f"{need.group_id} for {appliance_id}", dict.fromkeys(peers, 1.0))
        return Fetch((*ordered, *tiers, *origins))
    if office is None:
        return None
    if office.master != appliance_id:
        return Wait(office.master)
    upstream = (*tiers, *origins)
    return Fetch(upstream) if upstream else None
