"""Which reports are taken in: what is wrong in one would be wrong in every decision, in manifests and in addresses."""

import re
from collections.abc import Collection

from matinee.kernel.errors import InvalidInput
from matinee.wire.health import HealthReport

# It stands in manifests and in the pages' security policy, so nothing may hide in it.
_BASE_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
"""It is a pathway's name in manifests and in addresses."""
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_SITE_MAX, EPOCH_MAX, _COUNTRIES_MAX = 60, 64, 300


def is_name(text: str) -> bool:
    return _NAME.match(text) is not None


def check_report(report: HealthReport, *, taken: Collection[str]) -> None:
    """`taken`: names that no appliance may have."""
    if not is_name(report.appliance_id):
        raise InvalidInput(
            f"{report.appliance_id[:64]!r} cannot name an appliance: letters, digits, '.', '_' and '-', 60 at most.",
            field="appliance_id",
        )
    if report.appliance_id in taken:
        raise InvalidInput("An outside CDN has this name. Call the appliance otherwise.", field="appliance_id")
    if not _BASE_URL.match(report.url):
        raise InvalidInput(f"{report.url!r} is not where viewers could reach an appliance.", field="url")
    _check_place(report)


def _check_place(report: HealthReport) -> None:
    if report.spot is not None and not (abs(report.spot[0]) <= 90 and abs(report.spot[1]) <= 180):
        raise InvalidInput("An appliance stands somewhere on the globe.", field="spot")
    if len(report.site) > _SITE_MAX or len(report.routes_epoch) > EPOCH_MAX:
        raise InvalidInput(f"A site's name has at most {_SITE_MAX} characters.", field="site")
    if len(report.countries) > _COUNTRIES_MAX or not all(map(_COUNTRY.match, report.countries)):
        raise InvalidInput("Countries are named by two capital letters, as DE.", field="countries")
