"""Who holds what, kept up as reports come: to look through all that everybody holds would take seconds in a large fleet."""

from collections.abc import Collection, Iterable, Mapping

from matinee.wire.health import HealthReport


class Holders:
    def __init__(self) -> None:
        self._by_release: dict[str, set[str]] = {}
        self._said: dict[str, tuple[str, ...]] = {}
        """By appliance."""

    @property
    def each(self) -> Mapping[str, Collection[str]]:
        """Appliances by release. It changes with the next report."""
        return self._by_release

    def keep_up(self, report: HealthReport) -> None:
        self._say(report.appliance_id, report.releases)

    def keep_only(self, reports: Iterable[HealthReport]) -> None:
        known = set()
        for report in reports:
            known.add(report.appliance_id)
            self.keep_up(report)
        for gone in self._said.keys() - known:
            self._say(gone, ())
            del self._said[gone]

    def without(self, withheld: Mapping[str, Collection[str]]) -> Mapping[str, Collection[str]]:
        """The same, but for those who are not to be named for a release."""
        changed = {name: self._by_release[name].difference(who) for name, who in withheld.items() if who}
        return {**self._by_release, **changed} if changed else self._by_release

    def _say(self, name: str, releases: tuple[str, ...]) -> None:
        before = self._said.get(name, ())
        self._said[name] = releases
        if before == releases:
            return
        was, now = set(before), set(releases)
        for release_id in now - was:
            self._by_release.setdefault(release_id, set()).add(name)
        for release_id in was - now:
            holders = self._by_release[release_id]
            holders.discard(name)
            if not holders:
                del self._by_release[release_id]
