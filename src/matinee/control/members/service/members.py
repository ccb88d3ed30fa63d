"""The stories of members: signing in, being recognized, profiles, My List."""

from collections.abc import Sequence
from dataclasses import replace

from matinee.control.members import store
from matinee.control.members.api import (
    PROFILES_MAX,
    SIGN_IN_DAYS,
    Account,
    ChangedProfile,
    EmailTaken,
    FirstStep,
    Identity,
    MainProfile,
    NewProfile,
    Profile,
    ProfileLocked,
    ProfileNotFound,
    SecondStep,
    SignedIn,
    SignIn,
    TooManyAttempts,
    TooManyProfiles,
    TooManySignIns,
    WrongCredentials,
)
from matinee.control.members.api.passwords import Passwords
from matinee.control.members.api.proofs import SECOND_STEP_LIVES, Pending
from matinee.control.members.model.credentials import check_length, fingerprint, normal_email
from matinee.control.members.model.locks import is_held, pins_to_enter
from matinee.control.members.model.ratings import device_name, plain, rating_of
from matinee.control.members.model.throttle import network_of
from matinee.control.members.service.throttle import AT_ACCOUNT, Limit, Throttle
from matinee.control.members.store import locks, proofs
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.engines.mail.port import Letter, Mail
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from matinee.kernel.ids import AccountId, Ids, ProfileId, TitleId
from matinee.kernel.quantities import Instant, days, minutes
from matinee.resilience.fallback import or_else
from matinee.wire.events import ProfileRemoved, SignedInAnew

_TOUCH_EVERY = minutes(5)
_SIGN_INS_AT_ONCE = 16
"""Those being hashed and those that wait for it. More of them would fill the front door, and everybody would wait."""
_FROM_HERE = Limit("sign-in")
"""Guesses at one account from one neighborhood, or on one known device: nobody can lock another out."""
_FROM_NETWORK = Limit("sign-in-network", free=100, wait_max=30)
"""Guesses at all accounts from one neighborhood. Whoever signs in correctly is not counted."""


class MembersService:
    def __init__(
        self, database: Database, cache: Cache, mail: Mail, clock: Clock, ids: Ids, passwords: Passwords
    ) -> None:
        self._database = database
        self._mail = mail
        self._clock = clock
        self._ids = ids
        self._passwords = passwords
        self._throttle = Throttle(cache, clock)
        self._signing_in = 0

    async def create(self, email: str, password: str, *, country: str, roles: Sequence[str] = ()) -> Account:
        if password:
            check_length(password)
        now = self._clock.now()
        account = Account(AccountId(self._ids.new()), normal_email(email), country, tuple(roles), now)
        hashed = await self._passwords.hashed(password)
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
        check_length(password)
        hashed = await self._passwords.hashed(password)
        await self._database.write(lambda work: store.set_password(work, account_id, hashed))
        changed = "Your password was changed, and every device signed out. If that was not you, tell the operator."
        await self._write_to(await self.account(account_id), "Your password was changed", changed)

    async def sign_in(self, email: str, password: str, *, device: str, address: str, known: str = "") -> FirstStep:
        if self._signing_in >= _SIGN_INS_AT_ONCE:
            raise TooManySignIns
        self._signing_in += 1
        try:
            return await self._sign_in(normal_email(email), password, device=device, address=address, known=known)
        finally:
            self._signing_in -= 1

    async def _sign_in(self, email: str, password: str, *, device: str, address: str, known: str) -> FirstStep:
        found = await self._database.read(lambda work: store.account_by_email(work, email))
        is_known = found is not None and await self._knows(found[0].id, known)
        of_account = [(_FROM_HERE, fingerprint(email + (known if is_known else network_of(address))))]
        everything = of_account
        if not is_known:
            of_account.append((AT_ACCOUNT, fingerprint(email)))
            everything = [(_FROM_NETWORK, network_of(address)), *of_account]
        await self._take_all(everything)
        if not await self._passwords.fits(password, found[1] if found else "") or found is None:
            raise WrongCredentials
        for limit, whose in of_account:
            await self._throttle.forgive(limit, whose)
        if not is_known:
            await self._throttle.give_back(_FROM_NETWORK, network_of(address))
        account = found[0]
        second = await self._second_step(account.id, device)
        if second is not None:
            return FirstStep(None, second)
        return FirstStep(await self._open(account, device, ("password",), known))

    async def _take_all(self, counted: Sequence[tuple[Limit, str]]) -> None:
        """Or none: what one refuses is not counted by the others, for nothing was guessed."""
        for n, (limit, whose) in enumerate(counted):
            try:
                await self._throttle.take(limit, whose)
            except TooManyAttempts:
                for taken in counted[:n]:
                    await self._throttle.give_back(*taken)
                raise

    async def _second_step(self, account_id: AccountId, device: str) -> SecondStep | None:
        """The way to it, where a second factor is set up."""
        now, token = self._clock.now(), self._ids.secret()

        def work(work: Work) -> tuple[str, ...]:
            methods = proofs.second_methods(work, account_id)
            if methods:
                pending = Pending(account_id, device_name(device), ("password",), methods)
                proofs.begin_second_step(work, fingerprint(token), pending, at=now, expires_at=now + SECOND_STEP_LIVES)
            return methods

        methods = await self._database.write(work)
        return SecondStep(token, methods, now + SECOND_STEP_LIVES) if methods else None

    async def open_session(
        self, account_id: AccountId, *, device: str, methods: Sequence[str] = ("command",), known: str = ""
    ) -> SignedIn:
        return await self._open(await self.account(account_id), device, tuple(methods), known)

    async def renew_session(self, account_id: AccountId, sign_in_id: str, *, methods: Sequence[str]) -> SignedIn:
        account, now, token = await self.account(account_id), self._clock.now(), self._ids.secret()

        def work(work: Work) -> Instant | None:
            found = store.sign_in(work, account_id, sign_in_id, at=now)
            if found is None:
                return None
            proved = replace(found[0], last_seen_at=now, proved_at=now, methods=tuple(methods))
            store.renew_sign_in(work, proved, fingerprint(token))
            return found[1]

        expires_at = await self._database.write(work)
        if expires_at is None:
            raise NotSignedIn("Your sign-in has ended. Sign in again.")
        return SignedIn(token, account, expires_at)

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

    async def change_profile(self, account_id: AccountId, profile_id: ProfileId, change: ChangedProfile) -> Profile:
        def work(work: Work) -> Profile:
            known = next((p for p in store.profiles(work, account_id) if p.id == profile_id), None)
            if known is None:
                raise ProfileNotFound
            is_rated = change.kids is not None or change.maturity is not None
            if is_rated and change.seen not in (None, (known.kids, known.maturity)):
                raise Conflict(
                    "Someone else has changed this profile meanwhile. Look at it again, and repeat what you did."
                )
            made = _profile(profile_id, account_id, change.onto(known))
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

    async def _knows(self, account_id: AccountId, known: str) -> bool:
        if not known:
            return False
        return await self._database.read(lambda work: proofs.knows_device(work, account_id, fingerprint(known)))

    async def _write_to(self, account: Account, subject: str, text: str) -> None:
        """After the fact that it tells of: a letter that cannot be sent undoes nothing."""
        letter = Letter(self._ids.new(), account.email, subject, text, self._clock.now())
        await or_else(self._mail.send(letter), None, name="members.mail")

    async def _open(self, account: Account, device: str, methods: tuple[str, ...], known: str) -> SignedIn:
        now, token, mark = self._clock.now(), self._ids.secret(), self._ids.secret()
        sign_in = SignIn(self._ids.new(), account.id, device_name(device), now, now, now, methods)
        expires_at = now + days(SIGN_IN_DAYS)

        def work(work: Work) -> bool:
            store.insert_sign_in(work, sign_in, fingerprint(token), expires_at)
            if methods == ("command",) or proofs.knows_device(work, account.id, fingerprint(known)):
                return False
            work.emit(SignedInAnew(account.id, sign_in.id, sign_in.device, now))
            if methods == ("device-code",):
                return False  # a television keeps no mark
            proofs.put_known_device(work, account.id, fingerprint(mark), at=now)
            return True

        is_new = await self._database.write(work)
        return SignedIn(token, account, expires_at, mark if is_new else "")


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
