"""The registries, by the contract."""

import pytest

from matinee.engines.registry.memory import MemoryRegistry
from matinee.engines.registry.port import Registry
from matinee.kernel.quantities import Span
from tests.contract.hand_clock import HandClock
from tests.contract.registry_conformance import RegistryConformance


class TestMemoryRegistry(RegistryConformance):
    @pytest.fixture
    async def registry(self) -> Registry:
        self.clock = HandClock()
        return MemoryRegistry(self.clock)

    async def advance(self, span: Span) -> None:
        self.clock.advance(span)
