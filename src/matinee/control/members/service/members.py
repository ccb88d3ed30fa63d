"""The stories of members: signing in, being recognized, profiles, My List."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from matinee.control.members import store
from matinee.control.members.api import (
    PROFILES_MAX,
    SIGN_IN_DAYS,
    Account,
    EmailTaken,
    Identity,
    MainProfile,
    NewProfile,
    Profile,
    ProfileLocked,
    ProfileNotFound,
    SignedIn,
    SignIn,
    TooManyAttempts,
    TooManyProfiles,
    TooManySignIns,
    WrongCredentials,
)
from matinee.control.members.model.credentials import check_password, fingerprint, normal_email
from matinee.control.members.model.locks import is_held, pins_to_enter
from matinee.control.members.model.ratings import plain, rating_of
from matinee.control.members.model.throttle import FREE_ATTEMPTS, wait_seconds
from matinee.control.members.store import locks
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.engines.mail.port import Letter, Mail
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound, NotSignedIn
from matinee.kernel.ids import AccountId, Ids, ProfileId, TitleId
from matinee.kernel.quantities import Instant, days, minutes, seconds
from matinee.resilience.fallback import or_else
from matinee.wire.encoding import from_json, to_json
from matinee.wire.events import ProfileRemoved

_TOUCH_EVERY = minutes(5)
_FAILURES_REMEMBERED = minutes(15)
# Hashing one password takes 64 MiB; more than this many at once would let sign-ins exhaust memory.
_HASHES_AT_ONCE = 2
_SIGN_INS_AT_ONCE = 16
"""Those being hashed and those that wait for it. More of them would fill the front door, and everybody would wait."""


class MembersService:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        mail: Mail,
        clock: Clock,
        ids: Ids,
        *,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._cache = cache
        self._mail = mail
        self._clock = clock
        self._ids = ids
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._signing_in = 0
        # Verified against when there is no such account, so that the answer takes as long.
        self._decoy = self._hasher.hash(ids.secret())

    async def create(self, email: str, password: str, *, country: str, roles: Sequence[str] = ()) -> Account:
        check_password(password)
        now = self._clock.now()
        account = Account(AccountId(self._ids.new()), normal_email(email), country, tuple(roles), now)
        hashed = await self._hash(password)
        if not await self._database.write(lambda work: store.insert_account(work, account, hashed)):
            raise EmailTaken("There is an account with this e-mail address already. Sign in instead.")
        await self._write_to(account, "Welcome", "Your account is open. Choose who is watching, and press play.")
        return account

    async def account(self, account_id: AccountId) -> Account:
        found = await self._database.read(lambda work: store.account(work, account_id))
        if found is None:
            raise NotFound("There is no such account.")
        return found

    async def find(self, email: str) -> Account | None:
        found = await self._database.read(lambda work: store.account_by_email(work, normal_email(email)))
        return None if found is None else found[0]

    async def set_password(self, account_id: AccountId, password: str) -> None:
        check_password(password)
        hashed = await self._hash(password)
        await self._database.write(lambda work: store.set_password(work, account_id, hashed))
        changed = "Your password was changed, and every device signed out. If that was not you, tell the operator."
        await self._write_to(await self.account(account_id), "Your password was changed", changed)

    async def sign_in(self, email: str, password: str, *, device: str, address: str) -> SignedIn:
        if self._signing_in >= _SIGN_INS_AT_ONCE:
            raise TooManySignIns
        self._signing_in += 1
        try:
            return await self._sign_in(email, password, device=device, address=address)
        finally:
            self._signing_in -= 1

    async def _sign_in(self, email: str, password: str, *, device: str, address: str) -> SignedIn:
        attempts = f"sign-in:{fingerprint(normal_email(email) + address)}"
        await self._take_attempt(attempts)
        found = await self._database.read(lambda work: store.account_by_email(work, normal_email(email)))
        if not await self._verify(found[1] if found else self._decoy, password) or found is None:
            raise WrongCredentials
        free = (f"{attempts}:{n}" for n in range(FREE_ATTEMPTS))
        await self._cache.remove([attempts, f"{attempts}:wait", *free])
        return await self._open(found[0], device)

    async def open_session(self, account_id: AccountId, *, device: str) -> SignedIn:
        return await self._open(await self.account(account_id), device)

    async def grant_role(self, account_id: AccountId, role: str) -> None:
        await self._database.write(lambda work: store.grant_role(work, account_id, role))

    async def first_with_role(self, role: str) -> AccountId:
        for account in await self._database.read(store.accounts):
            if role in account.roles:
                return account.id
        raise NotFound(f"No account has the role {role}. Run: matinee operator add EMAIL")

    async def sign_out(self, account_id: AccountId, sign_in_id: str) -> None:
        await self._database.write(lambda work: store.delete_sign_in(work, account_id, sign_in_id))

    async def sign_ins(self, account_id: AccountId) -> Sequence[SignIn]:
        now = self._clock.now()
        return await self._database.read(lambda work: store.sign_ins(work, account_id, at=now))

    async def identify(self, token: str, profile_id: str | None) -> Identity:
        now = self._clock.now()
        known = await self._database.read(lambda work: store.identity(work, fingerprint(token), profile_id, at=now))
        if known is None:
            raise NotSignedIn("Your sign-in has ended. Sign in again.")
        found, has_pins = known
        if profile_id and found.profile is None:
            raise ProfileNotFound
        if has_pins:
            found = await self._let_in(found)
        if now - found.sign_in.last_seen_at > _TOUCH_EVERY:
            await self._database.write(lambda work: store.touch(work, found.sign_in.id, at=now))
        return found

    async def _let_in(self, found: Identity) -> Identity:
        """Past the locks of the account's profiles."""
        now, sign_in_id, profile = self._clock.now(), found.sign_in.id, found.profile
        profiles, device = await self._database.read(
            lambda work: (store.profiles(work, found.account.id), locks.device(work, sign_in_id))
        )
        if profile is None:
            return replace(found, kids=is_held(profiles, device, at=now))
        if pins := pins_to_enter(profiles, device, profile, at=now):
            raise ProfileLocked(pins)
        if device.profile_id != profile.id:
            await self._database.write(lambda work: locks.enter(work, sign_in_id, profile.id))
        return found

    async def profiles(self, account_id: AccountId) -> Sequence[Profile]:
        return await self._database.read(lambda work: store.profiles(work, account_id))

    async def profile(self, account_id: AccountId, profile_id: ProfileId) -> Profile:
        for profile in await self.profiles(account_id):
            if profile.id == profile_id:
                return profile
        raise ProfileNotFound

    async def add_profile(self, account_id: AccountId, new: NewProfile) -> Profile:
        made = _profile(ProfileId(self._ids.new()), account_id, new)

        def work(work: Work) -> Profile:
            known = store.profiles(work, account_id)
            if len(known) >= PROFILES_MAX:
                raise TooManyProfiles
            profile = replace(made, main=not known)
            store.put_profile(work, profile)
            return profile

        return await self._database.write(work)

    async def change_profile(self, account_id: AccountId, profile_id: ProfileId, new: NewProfile) -> Profile:
        made = _profile(profile_id, account_id, new)

        def work(work: Work) -> Profile:
            known = next((p for p in store.profiles(work, account_id) if p.id == profile_id), None)
            if known is None:
                raise ProfileNotFound
            store.put_profile(work, made)
            if made.kids:  # it is left by a grown-up's PIN, and has none
                store.put_pin(work, profile_id, None)
            return replace(made, locked=known.locked and not made.kids, main=known.main)

        return await self._database.write(work)

    async def remove_profile(self, account_id: AccountId, profile_id: ProfileId) -> None:
        def work(work: Work) -> None:
            known = next((p for p in store.profiles(work, account_id) if p.id == profile_id), None)
            if known is None:
                raise ProfileNotFound
            if known.main:
                raise MainProfile
            store.delete_profile(work, profile_id)
            work.emit(ProfileRemoved(account_id, profile_id))

        await self._database.write(work)

    async def watchlist(self, profile_id: ProfileId) -> Sequence[TitleId]:
        return await self._database.read(lambda work: store.listed(work, profile_id))

    async def list_title(self, profile_id: ProfileId, title_id: TitleId) -> None:
        now = self._clock.now()
        await self._database.write(lambda work: store.put_listed(work, profile_id, title_id, at=now))

    async def unlist_title(self, profile_id: ProfileId, title_id: TitleId) -> None:
        await self._database.write(lambda work: store.delete_listed(work, profile_id, title_id))

    async def _take_attempt(self, attempts: str) -> None:
        """A few free ones, then one at a time with growing waits. Taken before the password is looked at, each by an
        atomic `add`, so that many attempts at once are no way around the wait."""
        for n in range(FREE_ATTEMPTS):
            if await self._cache.add(f"{attempts}:{n}", b"", ttl=_FAILURES_REMEMBERED):
                if n == FREE_ATTEMPTS - 1:
                    await self._begin_wait(attempts, wait_seconds(FREE_ATTEMPTS))
                return
        taken = int(await self._cache.get(attempts) or FREE_ATTEMPTS)
        if not await self._begin_wait(attempts, wait_seconds(taken + 1)):
            now = self._clock.now()
            ends = from_json(await self._cache.get(f"{attempts}:wait") or to_json(now), Instant)
            raise TooManyAttempts(max(1, round((ends - now).total_seconds())))
        await self._cache.put(attempts, str(taken + 1).encode(), ttl=_FAILURES_REMEMBERED)

    async def _begin_wait(self, attempts: str, wait: int) -> bool:
        """False while an earlier wait is still on. Its mark says when it ends."""
        ends = to_json(self._clock.now() + seconds(wait))
        return await self._cache.add(f"{attempts}:wait", ends, ttl=seconds(wait))

    async def _write_to(self, account: Account, subject: str, text: str) -> None:
        """After the fact that it tells of: a letter that cannot be sent undoes nothing."""
        letter = Letter(self._ids.new(), account.email, subject, text, self._clock.now())
        await or_else(self._mail.send(letter), None, name="members.mail")

    async def _open(self, account: Account, device: str) -> SignedIn:
        now, token = self._clock.now(), self._ids.secret()
        sign_in = SignIn(self._ids.new(), account.id, device[:200] or "unknown device", now, now)
        expires_at = now + days(SIGN_IN_DAYS)
        await self._database.write(lambda work: store.insert_sign_in(work, sign_in, fingerprint(token), expires_at))
        return SignedIn(token, account, expires_at)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password[:1000])
            except Argon2Error:
                return False


def _profile(profile_id: ProfileId, account_id: AccountId, new: NewProfile) -> Profile:
    name = plain(new.name)
    if not 1 <= len(name) <= 40:
        raise InvalidInput("A profile's name has 1 to 40 characters.", field="name")
    return Profile(
        profile_id,
        account_id,
        name,
        new.avatar[:40],
        new.language[:20],
        new.kids,
        rating_of(new.maturity, kids=new.kids),
        new.autoplay_next,
        new.autoplay_previews,
    )
