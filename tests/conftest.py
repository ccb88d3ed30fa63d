"""The order of a whole run, and what of it may run at the same time.

In one process, what is quick to fail comes first and browsers last. With several (`make test`), the long ones begin first,
so that no core waits for another at the end; tests of one file stay together, and all journeys, which share one browser
and one house.
"""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist ships no types

from tests import examples

settings.load_profile(examples.WHOLE)

_QUICKEST_FIRST = ("unit", "tidy", "golden", "sim", "contract", "domain", "network", "system", "journeys")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # whose types are unknown
    """Which tests go to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "journeys" if "/journeys/" in file else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    # Much of a run is waiting: for disks, for players that play, for houses that come up. One more has what they leave.
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    # Not by xdist's own groups: it tells them by a name that pytest 9.2 no longer reads.
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_place, reverse=hasattr(config, "workerinput"))


def _place(item: pytest.Item) -> int:
    folders = item.path.parts
    return next((place for place, name in enumerate(_QUICKEST_FIRST) if name in folders), len(_QUICKEST_FIRST))


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """A command that is run in a test sets up the log; the next test's lines must not go where that one wrote."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Last of all the names of what failed: a reason that fills pages must not push them off the end of a log."""
    yield
    wrong = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    for report in wrong:
        terminalreporter.write_line(f"failed: {report.nodeid}")
