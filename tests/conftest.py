"""The order of a whole run: what is quick to fail comes first, browsers come last."""

import pytest

_ORDER = ("unit", "tidy", "golden", "sim", "contract", "domain", "system", "journeys")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright's own event loop runs from the first journey to the end of the session; tests that are coroutines
    cannot begin then."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folders = item.path.parts
    return next((place for place, name in enumerate(_ORDER) if name in folders), len(_ORDER))
