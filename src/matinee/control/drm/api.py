"""The inside door of drm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.errors import NotAllowed
from matinee.kernel.ids import KeyId, ReleaseId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import seconds
from matinee.wire.tickets import LicenseToken


@dataclass(frozen=True, slots=True)
class ContentKeyValue:
    """A key in the clear, on its way to the packager or into a license."""

    tier: str
    key_id: KeyId
    key: bytes

    def __repr__(self) -> str:
        return f"ContentKeyValue(tier={self.tier!r}, key_id={self.key_id!r}, key=[redacted])"


class KeyRefused(NotAllowed):
    """The token does not open this key: another release, or a tier above the plan."""

    def __init__(self) -> None:
        super().__init__("This license does not cover what was asked for. Press play again.")


class Drm(Protocol):
    @call(idempotent=True, timeout=seconds(5), priority=Priority.BATCH)
    async def keys_for(self, release_id: ReleaseId, tiers: Sequence[str]) -> Sequence[ContentKeyValue]:
        """A release's keys, made at the first asking and the same ever after. For packaging."""
        ...

    @call(idempotent=True, priority=Priority.BATCH)
    async def forget(self, release_id: ReleaseId) -> None:
        """Delete the keys of a release that is deleted: whatever copies of it there are, nothing opens them any more."""
        ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def license(self, token: LicenseToken, key_ids: Sequence[KeyId]) -> Sequence[ContentKeyValue]:
        """Those of the asked keys that the token opens. Raises `KeyRefused` when none is."""
        ...
