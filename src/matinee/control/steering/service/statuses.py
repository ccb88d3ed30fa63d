"""How each appliance is, for operators: what it said last, and why nobody is sent to it though it reports."""

from collections.abc import Collection
from dataclasses import replace

from matinee.control.steering.api import ApplianceStatus
from matinee.control.steering.model.standing import Heard, clock_fault, is_well, share
from matinee.control.steering.service.fleet import Fleet, reach_of
from matinee.control.steering.store import KnownAppliance
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import Instant


def statuses(fleet: Fleet, *, at: Instant) -> list[ApplianceStatus]:
    left = fleet.left(at=at)
    return [_status(known, fleet.heard.get(known.id), fleet, left, at=at) for known in fleet.known]


def fences(fleet: Fleet, *, at: Instant) -> dict[str, str]:
    """By appliance, the reason."""
    left = fleet.left(at=at)
    found = {name: _fence(said, fleet, left, at=at) for name, said in fleet.heard.items()}
    return {name: reason for name, reason in found.items() if reason}


def _fence(said: Heard, fleet: Fleet, left: Collection[str], *, at: Instant) -> str:
    number, name = fleet.purging.fenced_by(said, at=at), said.report.appliance_id
    if number is not None:
        return f"It is fenced: purge {number} is not acknowledged."
    if name in fleet.away:
        return "It restarts with other software."
    return clock_fault(said) or (fleet.blaming.reason(name, at=at) if name in left else "")


def _status(
    known: KnownAppliance, said: Heard | None, fleet: Fleet, left: Collection[str], *, at: Instant
) -> ApplianceStatus:
    if said is None:
        return ApplianceStatus(known.id, known.kind, known.url, False, None, 0, 0, (), ())
    fenced = _fence(said, fleet, left, at=at)
    status = _said(known, said, at=at)
    part = min(status.share, fleet.blaming.share(known.id, at=at))
    return replace(status, healthy=status.healthy and not fenced, fenced=fenced, share=part)


def _said(known: KnownAppliance, said: Heard, *, at: Instant) -> ApplianceStatus:
    report = said.report
    return ApplianceStatus(
        known.id,
        known.kind,
        report.url,
        is_well(said, at=at),
        report.at,
        report.bytes_held,
        report.bytes_free,
        tuple(ReleaseId(release_id) for release_id in report.releases),
        report.filling,
        reach_of(report),
        report.site,
        report.load,
        share(said, at=at),
        tombstones_refused=report.tombstones_refused,
        spot=report.spot,
        capacity_bytes=report.capacity_bytes,
        build=report.build,
        errors_per_minute=report.errors_per_minute,
    )
