"""Who holds what, kept up as reports come: to look through all that everybody holds would take seconds in a large fleet."""

from collections.abc import Iterable

from matinee.control.steering.model.copies import Copies
from matinee.wire.health import HealthReport


class Holders:
    def __init__(self) -> None:
        self.each = Copies()
        """Appliances by release. It changes with the next report."""
        self._said: dict[str, tuple[str, ...]] = {}
        """By appliance."""

    def keep_up(self, report: HealthReport) -> None:
        self._say(report.appliance_id, report.releases, report.site)

    def keep_only(self, reports: Iterable[HealthReport]) -> None:
        known = set()
        for report in reports:
            known.add(report.appliance_id)
            self.keep_up(report)
        for gone in self._said.keys() - known:
            self._say(gone, ())
            del self._said[gone]

    def _say(self, name: str, releases: tuple[str, ...], site: str = "") -> None:
        before = self._said.get(name, ())
        self._said[name] = releases
        if before == releases:
            return
        was, now = set(before), set(releases)
        self.each.put(name, now - was, site)
        self.each.drop(name, was - now)
