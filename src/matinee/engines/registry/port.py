"""What callers may expect of discovery: instances that renewed their lease, soon after they did, a while after they died."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from matinee.kernel.quantities import Span, seconds

LEASE = seconds(90)
RENEWAL = seconds(30)


@dataclass(frozen=True, slots=True)
class Instance:
    service: str
    id: str
    url: str
    status: Literal["UP", "STARTING", "OUT_OF_SERVICE"] = "UP"
    metadata: Mapping[str, str] = field(default_factory=dict)


class Registry(Protocol):
    async def register(self, instance: Instance, *, lease: Span = LEASE) -> None: ...

    async def renew(self, service: str, instance_id: str) -> bool:
        """Whether the registry knew it; a caller told no registers again."""
        ...

    async def cancel(self, service: str, instance_id: str) -> None: ...

    async def instances(self, service: str) -> list[Instance]:
        """Those UP and within their lease."""
        ...
