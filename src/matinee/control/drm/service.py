"""The stories of drm: a key is made once, wrapped, and opened only for those who may."""

from collections.abc import Sequence

from matinee.control.drm import store
from matinee.control.drm.api import ContentKeyValue, KeyRefused
from matinee.control.drm.store import WrappedKey
from matinee.engines.database.port import Database
from matinee.engines.keys.port import Keys
from matinee.kernel.chance import Chance
from matinee.kernel.ids import KeyId, ReleaseId
from matinee.wire.tickets import LicenseToken

_KEY_BYTES = 16


class DrmService:
    def __init__(self, database: Database, keys: Keys, chance: Chance) -> None:
        self._database = database
        self._keys = keys
        self._chance = chance

    async def keys_for(self, release_id: ReleaseId, tiers: Sequence[str]) -> Sequence[ContentKeyValue]:
        known = await self._of_release(release_id)
        missing = set(tiers) - {k.tier for k in known}
        if missing:
            fresh = [await self._make(release_id, tier) for tier in sorted(missing)]
            await self._database.write(lambda work: store.insert_missing(work, fresh))
            known = await self._of_release(release_id)
        return [await self._open(k) for k in known if k.tier in tiers]

    async def forget(self, release_id: ReleaseId) -> None:
        await self._database.write(lambda work: store.remove(work, release_id))

    async def license(self, token: LicenseToken, key_ids: Sequence[KeyId]) -> Sequence[ContentKeyValue]:
        known = await self._of_release(ReleaseId(token.release))
        opened = [await self._open(k) for k in known if k.tier in token.tiers and k.key_id in key_ids]
        if not opened:
            raise KeyRefused
        return opened

    async def _of_release(self, release_id: ReleaseId) -> list[WrappedKey]:
        return await self._database.read(lambda work: store.of_release(work, release_id))

    async def _make(self, release_id: ReleaseId, tier: str) -> WrappedKey:
        """Random, never derived: a leaked key says nothing about any other."""
        key_id = KeyId(self._chance.bytes(_KEY_BYTES).hex())
        wrapped = await self._keys.wrap(self._chance.bytes(_KEY_BYTES), context=_context(release_id, key_id))
        return WrappedKey(key_id, release_id, tier, wrapped)

    async def _open(self, key: WrappedKey) -> ContentKeyValue:
        clear = await self._keys.unwrap(key.wrapped, context=_context(key.release_id, key.key_id))
        return ContentKeyValue(key.tier, key.key_id, clear)


def _context(release_id: ReleaseId, key_id: KeyId) -> str:
    return f"content-key:{release_id}:{key_id}"
