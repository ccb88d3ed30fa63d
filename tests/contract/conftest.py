"""Suites in simulated time: coroutine tests of files named test_in_loop… run on a virtual loop."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.contract.in_loop import UnattendedLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.path.name.startswith("test_in_loop"):
        return {"virtual": UnattendedLoop}
    return {"real": asyncio.new_event_loop}
