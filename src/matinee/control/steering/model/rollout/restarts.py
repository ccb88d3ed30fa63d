"""Who may restart now: one of a cluster at a time, a twentieth of the fleet at most, and never all who hold a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_AT_ONCE_SHARE = 20


@dataclass(frozen=True, slots=True)
class Holder:
    """An appliance as somebody who holds releases."""

    id: str
    cluster: str
    releases: Collection[str]
    is_well: bool


def may_restart(
    ready: Sequence[str], fleet: Mapping[str, Holder], away: Collection[str], at_origins: Collection[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Who of those that are `ready` goes now, and why each of the others does not. `away`: who is on its way already;
    `at_origins`: releases that an origin which is well holds."""
    if not ready:
        return (), {}  # to count who holds what takes its time in a large fleet
    going: list[str] = []
    waiting: dict[str, str] = {}
    gone = set(away)
    up: dict[str, int] = {}
    for holder in fleet.values():
        if holder.is_well and holder.id not in gone:
            for release in holder.releases:
                up[release] = up.get(release, 0) + 1
    gone_holds = {release for each in gone if each in fleet for release in fleet[each].releases}
    clusters = {fleet[each].cluster for each in gone if each in fleet}
    for name in ready:
        mine = fleet[name]
        if len(gone) >= max(1, len(fleet) // _AT_ONCE_SHARE):
            waiting[name] = "as many restart already as may at once"
        elif mine.cluster in clusters:
            waiting[name] = "another of its cluster restarts"
        elif (missed := _missed(mine, up, gone_holds, at_origins)) is not None:
            waiting[name] = f"nobody else could serve release {missed} meanwhile"
        else:
            going.append(name)
            gone.add(name)
            clusters.add(mine.cluster)
            gone_holds.update(mine.releases)
            for release in mine.releases if mine.is_well else ():
                up[release] -= 1
    return tuple(going), waiting


def _missed(
    mine: Holder, up: Mapping[str, int], gone_holds: Collection[str], at_origins: Collection[str]
) -> str | None:
    """A release that would be at no edge while this one is away. Held here alone, it may go if an origin holds it; held by
    others who are all away, it may not."""
    for release in sorted(mine.releases):
        others = up.get(release, 0) - mine.is_well
        if others <= 0 and (release in gone_holds or release not in at_origins):
            return release
    return None
