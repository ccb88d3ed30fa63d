"""What every registry must do. Subclasses give `registry` and `advance`."""

import pytest

from matinee.engines.registry.port import Instance, Registry
from matinee.kernel.quantities import Span, seconds


def instance(name: str, **changes: str) -> Instance:
    return Instance("playback", name, f"http://{name}:8000", metadata=changes)


class RegistryConformance:
    @pytest.fixture
    async def registry(self) -> Registry:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def advance(self, span: Span) -> None:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def test_who_registered_is_found_until_the_lease_ends(self, registry: Registry) -> None:
        await registry.register(instance("one", zone="a"), lease=seconds(30))
        assert await registry.instances("playback") == [instance("one", zone="a")]
        await self.advance(seconds(31))
        assert await registry.instances("playback") == []

    async def test_a_renewed_lease_begins_anew(self, registry: Registry) -> None:
        await registry.register(instance("one"), lease=seconds(30))
        for _ in range(3):
            await self.advance(seconds(20))
            assert await registry.renew("playback", "one")
        assert len(await registry.instances("playback")) == 1

    async def test_renewing_what_is_not_known_says_so(self, registry: Registry) -> None:
        assert not await registry.renew("playback", "nobody")
        await registry.register(instance("late"), lease=seconds(30))
        await self.advance(seconds(31))
        assert not await registry.renew("playback", "late")

    async def test_who_canceled_is_gone_at_once(self, registry: Registry) -> None:
        await registry.register(instance("one"))
        await registry.register(instance("two"))
        await registry.cancel("playback", "one")
        await registry.cancel("playback", "one")
        assert [found.id for found in await registry.instances("playback")] == ["two"]

    async def test_only_instances_that_are_up_are_named(self, registry: Registry) -> None:
        await registry.register(Instance("playback", "new", "http://new:1", status="STARTING"))
        assert await registry.instances("playback") == []
        assert await registry.renew("playback", "new")
        await registry.register(Instance("playback", "new", "http://new:1"))
        assert [found.id for found in await registry.instances("playback")] == ["new"]

    async def test_services_do_not_mix(self, registry: Registry) -> None:
        await registry.register(instance("one"))
        assert await registry.instances("billing") == []
