"""The stories of a screen's code: it is shown, typed, decided on, and collected."""

import hashlib
import hmac
import io
from collections.abc import Callable
from functools import partial

from matinee.control.members.api import Members, SignedIn
from matinee.control.members.api.device_codes import (
    CODE_LIVES,
    POLL_SECONDS,
    AccessDenied,
    AuthorizationPending,
    DeviceCode,
    ExpiredToken,
    SlowDown,
    UnknownUserCode,
    WaitingDevice,
)
from matinee.control.members.model.credentials import fingerprint
from matinee.control.members.model.ratings import device_name
from matinee.control.members.model.throttle import network_of
from matinee.control.members.model.user_codes import LENGTH, letters_of, shown, typed
from matinee.control.members.service.throttle import Limit, Throttle
from matinee.control.members.store import device_codes as rows
from matinee.control.members.store.device_codes import ALLOWED, DENIED, CodeRow
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.ids import AccountId, Ids
from matinee.kernel.quantities import minutes, seconds
from matinee.wire.tickets import Ring

_ASKING = Limit("device-code", free=20, remembered=minutes(10))
"""By network: a hotel has many screens, and a code costs a row."""
_GUESSING = Limit("user-code", free=10)
"""By account, and by network: of the codes there can be, a few hundred guesses find none. A right one forgives nothing:
whoever guesses has codes of their own to type between two guesses."""
_GUESSING_NEARBY = Limit("user-code-from", free=60)


class DeviceCodesService:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        clock: Clock,
        ids: Ids,
        chance: Chance,
        ring: Ring,
        *,
        members: Members,
        link_url: str,
    ) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._ring = ring
        self._members = members
        self._link_url = link_url
        self._throttle = Throttle(cache, clock)

    async def ask(self, *, device: str, address: str) -> DeviceCode:
        await self._throttle.take(_ASKING, network_of(address))
        now, secret = self._clock.now(), self._ids.secret()
        user_code = await self._insert(
            lambda letters: CodeRow(
                fingerprint(secret),
                self._keyed(letters),
                device_name(device),
                address[:60],
                now,
                now + CODE_LIVES,
            )
        )
        complete = f"{self._link_url}?code={shown(user_code)}"
        lives = int(CODE_LIVES.total_seconds())
        return DeviceCode(secret, shown(user_code), self._link_url, complete, lives, POLL_SECONDS, _qr(complete))

    async def look(self, account_id: AccountId, user_code: str, *, address: str) -> WaitingDevice:
        row = await self._waiting(account_id, user_code, address)
        nearby = bool(address) and network_of(address) == network_of(row.address)
        return WaitingDevice(row.device, row.address, nearby, row.asked_at)

    async def decide(self, account_id: AccountId, user_code: str, *, allow: bool, address: str) -> None:
        row, now = await self._waiting(account_id, user_code, address), self._clock.now()

        def work(work: Work) -> bool:
            return rows.decide_code(work, row.user_code_hash, account_id, allow=allow, at=now)

        if not await self._database.write(work):
            raise UnknownUserCode

    async def collect(self, device_code: str) -> SignedIn:
        code_hash, now = fingerprint(device_code[:200]), self._clock.now()
        row = await self._database.read(lambda work: rows.code(work, code_hash, at=now))
        if row is None:
            raise ExpiredToken
        await self._pace(code_hash)
        if row.state == DENIED:
            raise AccessDenied
        if row.state != ALLOWED or row.account_id is None:
            raise AuthorizationPending
        if not await self._database.write(lambda work: rows.take_code(work, code_hash)):
            raise ExpiredToken
        return await self._members.open_session(row.account_id, device=row.device, methods=("device-code",))

    async def _insert(self, row: Callable[[str], CodeRow]) -> str:
        """The letters that no other screen shows at this moment."""
        now = self._clock.now()
        while True:
            letters = letters_of(self._chance.bytes(4 * LENGTH))[:LENGTH]
            if len(letters) == LENGTH and await self._database.write(
                partial(rows.insert_code, row=row(letters), at=now)
            ):
                return letters

    async def _waiting(self, account_id: AccountId, user_code: str, address: str) -> CodeRow:
        """Every look is counted before it is answered."""
        now = self._clock.now()
        await self._throttle.take(_GUESSING, account_id)
        await self._throttle.take(_GUESSING_NEARBY, network_of(address))
        letters = typed(user_code)
        found = None
        if letters is not None:
            hashed = self._keyed(letters)
            found = await self._database.read(lambda work: rows.waiting_code(work, hashed, at=now))
        if found is None:
            raise UnknownUserCode
        return found

    async def _pace(self, code_hash: str) -> None:
        """Who asks too often is told so, and has to wait longer from then on."""
        slowed = f"device-code-slowed:{code_hash}"
        interval = int(await self._cache.get(slowed) or POLL_SECONDS)
        # A screen's own pause and the way here differ by a little each time.
        if not await self._cache.add(f"device-code-asked:{code_hash}", b"", ttl=seconds(interval - 1)):
            interval += POLL_SECONDS
            await self._cache.put(slowed, str(interval).encode(), ttl=CODE_LIVES)
            raise SlowDown(interval)

    def _keyed(self, letters: str) -> str:
        """So few letters are soon tried out by whoever has the table; not without the key."""
        key = self._ring.keys[self._ring.current]
        return hmac.digest(key, f"user-code:{letters}".encode(), hashlib.sha256).hex()


def _qr(text: str) -> str:
    import segno  # a screen's sign-in is rare, and starting is not

    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", scale=8, border=4, light="#ffffff", xmldecl=False)
    return drawn.getvalue().decode()
