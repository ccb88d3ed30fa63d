"""What an appliance holds, where its report names it and where it says only that nothing has changed.

20,000 names each second would be more than all else that is reported together.
"""

from dataclasses import replace

from matinee.control.steering.api import ContentsUnknown
from matinee.kernel.errors import InvalidInput
from matinee.wire.health import HealthReport, contents_digest


def completed(report: HealthReport, before: HealthReport | None) -> HealthReport:
    """The report with all releases. `before` is the last, as it was completed. Raises `ContentsUnknown`, and
    `InvalidInput` for one that contradicts itself."""
    is_known = before is not None and report.digest != "" and report.digest == before.digest
    if report.releases_told:
        told_before = is_known and before is not None and report.releases == before.releases
        if report.digest and not told_before and contents_digest(report.releases) != report.digest:
            raise InvalidInput(
                "This report says that it holds other releases than those it names: its digest is not theirs. Nothing in it is"
                " believed.",
                field="digest",
            )
        return report
    if not is_known or before is None or report.releases:
        raise ContentsUnknown
    return replace(report, releases=before.releases, releases_told=True)
