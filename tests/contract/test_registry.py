"""The registries, by the contract."""

import pytest

from matinee.engines.registry.eureka import EurekaFace, EurekaRegistry, RegistryRefused
from matinee.engines.registry.memory import MemoryRegistry
from matinee.engines.registry.port import Instance, Registry
from matinee.kernel.quantities import Span
from tests.contract.hand_clock import HandClock
from tests.contract.registry_conformance import RegistryConformance
from tests.wire import MemoryNetwork


class TestMemoryRegistry(RegistryConformance):
    @pytest.fixture
    async def registry(self) -> Registry:
        self.clock = HandClock()
        return MemoryRegistry(self.clock)

    async def advance(self, span: Span) -> None:
        self.clock.advance(span)


class TestEurekaRegistry(RegistryConformance):
    """The client against our own face; the wire between them is in memory."""

    @pytest.fixture
    async def registry(self) -> Registry:
        self.clock = HandClock()
        self.face = EurekaFace(MemoryRegistry(self.clock), secret="ours")
        return self.client("ours")

    def client(self, secret: str) -> EurekaRegistry:
        return EurekaRegistry(MemoryNetwork(self.face), "http://registry.test", secret=secret)

    async def advance(self, span: Span) -> None:
        self.clock.advance(span)

    async def test_who_lacks_the_token_of_the_house_registers_nothing(self, registry: Registry) -> None:
        with pytest.raises(RegistryRefused):
            await self.client("guessed").register(Instance("playback", "one", "http://foreign:1"))
        assert await registry.instances("playback") == []
