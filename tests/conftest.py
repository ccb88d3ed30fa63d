"""The order of a whole run, and what of it may run at the same time.

In one process, what is quick to fail comes first and browsers last. With several (`make test`), the long ones begin first,
so that no core waits for another at the end; tests of one file stay together, and all journeys, which share one browser
and one house.
"""

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's affair, and the machine is shared.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

_QUICKEST_FIRST = ("unit", "tidy", "golden", "sim", "contract", "domain", "system", "journeys")


# First, because it is the name of a test's group that tells its worker.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    is_one_of_several = hasattr(config, "workerinput")
    items.sort(key=_place, reverse=is_one_of_several)
    if is_one_of_several:
        for item in items:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _place(item: pytest.Item) -> int:
    folders = item.path.parts
    return next((place for place, name in enumerate(_QUICKEST_FIRST) if name in folders), len(_QUICKEST_FIRST))


def _group(item: pytest.Item) -> str:
    return "journeys" if "journeys" in item.path.parts else f"{item.path.parent.name}.{item.path.stem}"
