"""Routes: which prefixes were announced to an appliance. It sends what has changed; steering says up to where it knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnnouncedAlike:
    """Prefixes that were announced with the same attributes."""

    path_length: int
    med: int
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteNews:
    """Every change of a prefix has a number. This tells the changes after `since`, up to `until`."""

    appliance_id: str
    epoch: str
    """One life of the appliance's table: numbers of another one mean nothing here."""
    since: int
    """0: whatever was known of this appliance is forgotten first."""
    until: int
    announced: tuple[AnnouncedAlike, ...] = ()
    withdrawn: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class RoutesKnown:
    """Steering's answer: it knows this table up to this number. 0: not at all, so all of it is wanted."""

    until: int
    version: int = 1
