"""What is watched where, and what is expected: for operators, gathered when asked."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from matinee.control.steering.api import Heat, HeldBy, SiteHeat, Warmth
from matinee.control.steering.model.counting import KEPT, playings
from matinee.control.steering.model.holding import cluster_of
from matinee.control.steering.model.remembered import REGION
from matinee.control.steering.service.counts import Counts
from matinee.control.steering.service.fleet import Fleet
from matinee.control.steering.store import streamed as store
from matinee.engines.database.port import Database
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ApplianceId
from matinee.kernel.quantities import Instant

_TOLD_MAX = 200
"""Releases: the hottest. An operator looks for what is wrong with them."""
_HOLDERS_MAX = 20


async def heat_of(database: Database, counts: Counts, fleet: Fleet, *, site: str, days: int, at: Instant) -> Heat:
    if not 1 <= days <= KEPT.days:
        raise InvalidInput(f"Counts are kept for {KEPT.days} days: ask for 1 to {KEPT.days}.", field="days")
    first, last = (at - timedelta(days=days - 1)).date().isoformat(), (at + timedelta(days=1)).date().isoformat()
    rows = await database.read(lambda work: store.streamed_by_cluster(work, first, last))
    clusters = {cluster_of(said.report) for said in fleet.heard.values()} | {row[0] for row in rows}
    if site and site not in map(_site_of, clusters):
        raise NotFound("There is no site of this name, nor an appliance that stands alone and is called so.")
    expected = await _expected(counts, fleet, [each for each in sorted(clusters) if _site_of(each) == site])
    sizes: dict[str, int] = {each.release_id: each.size_bytes for each in fleet.wanted.values()}
    playing = playings(dict.fromkeys(sizes, 1.0), sizes)  # of one byte, by release
    whole: defaultdict[str, float] = defaultdict(float)
    sent, played = defaultdict[str, float](float), defaultdict[str, float](float)
    for cluster, release_id, size in rows:  # once through: there may be millions
        name = _site_of(cluster)
        sent[name] += size
        played[name] += size * playing.get(release_id, 0.0)
        if not site or name == site:
            whole[release_id] += size
    told = [
        Warmth(
            wanted.release_id,
            wanted.title_id,
            round(whole.get(release_id, 0.0)),
            whole.get(release_id, 0.0) * playing.get(release_id, 0.0) / days,
            expected.get(release_id, 0.0),
            wanted.size_bytes,
            HeldBy(0, ()),
        )
        for release_id, wanted in fleet.wanted.items()
    ]
    told.sort(key=lambda each: (-each.bytes, -each.forecast, each.release_id))
    shown = tuple(replace(each, held=_held(fleet, each.release_id, site)) for each in told[:_TOLD_MAX])
    sites = [SiteHeat(name, round(sent[name]), played[name] / days) for name in sorted(set(map(_site_of, clusters)))]
    return Heat(site, days, counts.night, tuple(sites), shown)


async def _expected(counts: Counts, fleet: Fleet, clusters: list[str]) -> dict[str, float]:
    """Of a site, all its clusters together; without one, of the whole house."""
    found: defaultdict[str, float] = defaultdict(float)
    for cluster in clusters or [REGION]:
        for release_id, playings_a_day in (await counts.expected(cluster, fleet.stock)).items():
            found[release_id] += playings_a_day
    return dict(found)


def _held(fleet: Fleet, release_id: str, site: str) -> HeldBy:
    """By whom, at this site or anywhere. Origins have all there is."""
    edges = (fleet.heard[name].report for name in fleet.holders.get(release_id, ()) if name in fleet.heard)
    here = sorted(
        edge.appliance_id
        for edge in edges
        if edge.kind != "origin" and (not site or _site_of(cluster_of(edge)) == site)
    )
    return HeldBy(len(here), tuple(map(ApplianceId, here[:_HOLDERS_MAX])))


def _site_of(cluster: str) -> str:
    return cluster.split("/", 1)[1]
