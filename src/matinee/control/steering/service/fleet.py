"""The fleet as it was a moment ago: last words, what is wanted, and who stands where."""

from bisect import insort
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter

from matinee.control.steering.model.atlas import Atlas, Spot
from matinee.control.steering.model.holding import above, cluster_of, stock_of
from matinee.control.steering.model.misses import Ideal
from matinee.control.steering.model.snapshot import OPEN, Server, Snapshot
from matinee.control.steering.model.standing import Heard, clock_fault, is_well, share
from matinee.control.steering.service.blaming import Blaming
from matinee.control.steering.service.holders import Holders
from matinee.control.steering.service.purging import Purging
from matinee.control.steering.store import KnownAppliance, Wanted
from matinee.kernel.ids import ApplianceId
from matinee.kernel.quantities import Instant
from matinee.wire.health import HealthReport, Reach


class Fleet:
    """Everybody's orders and last words, as they were a moment ago: asked for at every play and by every report, so not
    gathered for each."""

    def __init__(
        self,
        until_s: float,
        known: Sequence[KnownAppliance],
        heard: dict[str, Heard],
        wanted: Sequence[Wanted],
        purging: Purging,
        blaming: Blaming,
        holders: Holders,
        outside: Collection[Server] = (),
        away: Collection[str] = (),
    ) -> None:
        """`away`: who restarts for other software, so that nobody is sent there."""
        self._holders = holders
        self._outside = outside
        self.until_s = until_s
        self.known = list(known)
        self.heard = heard
        self.wanted: dict[str, Wanted] = {each.release_id: each for each in wanted}
        self.stock = stock_of((each.release_id, each.size_bytes, each.title_id) for each in wanted)
        self.purging = purging
        self.away = away
        self.blaming = blaming
        self._clusters: dict[str, dict[str, HealthReport]] = {}
        self._sites: dict[str, dict[str, HealthReport]] = {}
        self._outer: dict[str, HealthReport] = {}
        """Who serves anybody."""
        self._origins: dict[str, HealthReport] = {}
        for said in heard.values():
            self._enter(said.report)
        holders.keep_only(said.report for said in heard.values())
        self._snapshot: Snapshot | None = None

    @property
    def holders(self) -> Mapping[str, Collection[str]]:
        """Appliances by release, as they say."""
        return self._holders.each

    def edges(self) -> list[HealthReport]:
        return [said.report for said in self.heard.values() if said.report.kind != "origin"]

    def hear(self, said: Heard) -> None:
        report = said.report
        before = self.heard.get(report.appliance_id)
        if before is None and all(each.id != report.appliance_id for each in self.known):
            fresh = KnownAppliance(ApplianceId(report.appliance_id), report.kind, report.url)
            insort(self.known, fresh, key=attrgetter("id"))
        if before is not None:
            self._leave(before.report)
        self._enter(report)
        self._holders.keep_up(report)
        self.heard[report.appliance_id] = said
        if before is None or _changes_decisions(before, said):
            self._snapshot = None

    def cluster(self, report: HealthReport) -> Collection[HealthReport]:
        """Who is planned with this one."""
        return self._clusters.get(cluster_of(report), {}).values()

    def beside(self, report: HealthReport, *, at: Instant) -> list[HealthReport]:
        """Who stands with this one and is well."""
        together = self._sites.get(report.site, {}).values()
        return [one for one in together if one.appliance_id != report.appliance_id and self.is_well(one, at=at)]

    def above(self, report: HealthReport, release_id: str, *, at: Instant) -> list[HealthReport]:
        """Who stands farther out, is well, and holds this release."""
        found = above(report, release_id, self._outer.values())
        return [one for one in found if self.is_well(one, at=at)]

    def origins(self, *, at: Instant) -> list[HealthReport]:
        return [one for _, one in sorted(self._origins.items()) if self.is_well(one, at=at)]

    def is_well(self, report: HealthReport, *, at: Instant) -> bool:
        return is_well(self.heard[report.appliance_id], at=at)

    def is_fit(self, report: HealthReport, *, at: Instant) -> bool:
        """It reports, has carried out what is purged, and its clock is right."""
        said = self.heard[report.appliance_id]
        return is_well(said, at=at) and self.purging.fenced_by(said, at=at) is None and not clock_fault(said)

    def site_of(self, appliance_id: str) -> str:
        """Empty: it stands alone, or is not known."""
        said = self.heard.get(appliance_id)
        return "" if said is None else said.report.site

    def _enter(self, report: HealthReport) -> None:
        if report.kind == "origin":
            self._origins[report.appliance_id] = report
            return
        self._clusters.setdefault(cluster_of(report), {})[report.appliance_id] = report
        if report.site:
            self._sites.setdefault(report.site, {})[report.appliance_id] = report
        if reach_of(report) in OPEN:
            self._outer[report.appliance_id] = report

    def _leave(self, report: HealthReport) -> None:
        name = report.appliance_id
        for index in (self._clusters.get(cluster_of(report), {}), self._sites.get(report.site, {})):
            index.pop(name, None)
        self._outer.pop(name, None)
        self._origins.pop(name, None)

    def snapshot(self, *, at: Instant, atlas: Atlas | None = None) -> Snapshot:
        """Of those who are well now. What is purged nobody is sent to, whoever still holds it. `atlas`: of the one before."""
        if self._snapshot is None:
            copies = self._holders.each.without(self.purging.withheld(self.heard, self._holders.each))
            well = [
                said
                for said in self.heard.values()
                if self.is_fit(said.report, at=at) and said.report.appliance_id not in self.away
            ]
            left = self._left(well, at=at)
            servers = [
                _server(said, min(share(said, at=at), self.blaming.share(said.report.appliance_id, at=at)))
                for said in well
                if said.report.appliance_id not in left
            ]
            outside = [each for each in self._outside if each.id not in left]
            self._snapshot = Snapshot(servers, copies, outside, atlas)
        return self._snapshot

    def left(self, *, at: Instant) -> frozenset[str]:
        """Who is offered to nobody, since clients blame it."""
        return self._left([said for said in self.heard.values() if is_well(said, at=at)], at=at)

    def ideal(self) -> Ideal:
        """Of all who were heard of late, if they were well and held everything."""
        return Ideal((_server(said, 1.0) for said in self.heard.values()), self._holders.each.seating)

    def _left(self, well: Sequence[Heard], *, at: Instant) -> frozenset[str]:
        if not self.blaming.is_anybody_left(at=at):
            return frozenset()
        edges = {said.report.appliance_id for said in well if said.report.kind != "origin"}
        edges |= {each.id for each in self._outside}
        origins = {said.report.appliance_id for said in well if said.report.kind == "origin"}
        return self.blaming.left(edges=edges, origins=origins, at=at)


def _changes_decisions(before: Heard, said: Heard) -> bool:
    """How busy it is may be half a second old: with a large fleet somebody reports in every moment."""
    was, now = before.report, said.report
    return (
        before.back_at != said.back_at
        or clock_fault(before) != clock_fault(said)
        or was.tombstone_sequence != now.tombstone_sequence
        or (was.kind, was.url, was.reach, was.site, was.spot) != (now.kind, now.url, now.reach, now.site, now.spot)
    )


def _server(said: Heard, share: float) -> Server:
    report = said.report
    return Server(
        report.appliance_id,
        report.url,
        reach_of(report),
        report.site,
        report.load,
        share,
        None if report.spot is None else Spot(*report.spot),
    )


def reach_of(report: HealthReport) -> Reach:
    return "origin" if report.kind == "origin" else report.reach or "transit"
