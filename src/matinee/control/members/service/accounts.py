"""The stories of accounts: opened by a link in a letter, moved, won back, taken along, left."""

import re
from collections.abc import Sequence

import msgspec

from matinee.control.members import store
from matinee.control.members.api import OPERATOR, Account, Members, SignedIn, TooManyAttempts
from matinee.control.members.api.accounts import (
    EMAIL_LIVES,
    LIKED_MAX,
    RESET_LIVES,
    SIGN_UP_LIVES,
    LastOperator,
    LinkOver,
    OtherPassword,
    SignUp,
    WrongPassword,
)
from matinee.control.members.api.passwords import Passwords
from matinee.control.members.model.credentials import fingerprint, new_email, normal_email
from matinee.control.members.model.throttle import network_of
from matinee.control.members.service.letters import Letters
from matinee.control.members.service.throttle import AT_ACCOUNT, Limit, Throttle
from matinee.control.members.store import leaving, opening, proofs
from matinee.control.members.store.opening import Due, Waiting
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import AccountId, Ids, TitleId, parse_id
from matinee.kernel.quantities import Instant, minutes
from matinee.wire.events import (
    AccountDeleted,
    AccountOpened,
    Envelope,
    LetterDue,
    ProfileRemoved,
    SignedInAnew,
    unseal,
)

_LIVES = {"sign-up": SIGN_UP_LIVES, "reset": RESET_LIVES, "email": EMAIL_LIVES}
_ASKS = Limit("letters-from", free=30, wait_max=60)
"""Letters that one neighborhood of addresses asks for."""
_LETTERS = Limit("letters-to", free=5, wait_max=3600, remembered=minutes(60))
"""Letters of one kind to one address: those about a sign-up take no place of those that win an account back. More are left out, and the answer is the same."""
_LINKS = Limit("links", free=30, wait_max=60)
"""Links that one neighborhood tries."""
_PRESENT = Limit("present-password", free=5, wait_max=300)
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_PLAN = re.compile(r"[a-z0-9-]{1,40}\Z")


class AccountsService:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        clock: Clock,
        ids: Ids,
        *,
        members: Members,
        passwords: Passwords,
        letters: Letters,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._members = members
        self._passwords = passwords
        self._letters = letters
        self._throttle = Throttle(cache, clock)

    async def sign_up(self, new: SignUp, *, address: str) -> None:
        await self._throttle.take(_ASKS, network_of(address))
        email, liked = new_email(new.email), _checked(new)
        await self._passwords.check(new.password, about=[email])
        hashed, now = await self._passwords.hashed(new.password), self._clock.now()
        waiting = Waiting(self._ids.new(), email, hashed, new.country, new.plan, liked)
        due = await self._due("sign-up", email, waiting.id)

        def work(work: Work) -> None:
            opening.put_sign_up(work, waiting, at=now, expires_at=now + SIGN_UP_LIVES)
            _write(work, due)

        await self._database.write(work)

    async def send_again(self, email: str, *, address: str) -> None:
        await self._ask("sign-up", email, address)

    async def forgot_password(self, email: str, *, address: str) -> None:
        await self._ask("reset", email, address)

    async def change_email(self, account_id: AccountId, email: str) -> None:
        await self._throttle.take(_ASKS, account_id)
        account, new = await self._members.account(account_id), new_email(email)
        due = await self._due("email", new, account_id)
        await self._database.write(lambda work: _write(work, due))
        await self._letters.tell(account.email, "email-asked")

    async def verify(self, token: str, password: str, *, address: str) -> Account:
        await self._throttle.take(_LINKS, network_of(address))
        now, new_id = self._clock.now(), AccountId(self._ids.new())
        hashed = await self._database.read(lambda work: _password_behind(work, fingerprint(token), at=now))
        if hashed:
            await self._throttle.take(_PRESENT, fingerprint(token))
            if not await self._passwords.fits(password, hashed):
                raise OtherPassword

        def work(work: Work) -> tuple[Account, str] | None:
            link = opening.link(work, fingerprint(token), at=now)
            if link is None or link.kind not in ("sign-up", "email"):
                return None
            return _open(work, link, new_id, at=now) if link.kind == "sign-up" else _move(work, link)

        done = await self._database.write(work)
        if done is None:
            raise LinkOver
        await self._throttle.give_back(_LINKS, network_of(address))
        account, old_email = done
        await self._letters.tell(old_email or account.email, "email-done" if old_email else "welcome")
        return account

    async def reset_password(self, token: str, password: str, *, address: str) -> str:
        await self._throttle.take(_LINKS, network_of(address))
        link = await self._link(token, "reset")
        await self._passwords.check(password, about=[link.email])
        hashed, now, account = await self._passwords.hashed(password), self._clock.now(), AccountId(link.about)
        mark = self._ids.secret()

        def work(work: Work) -> bool:
            if opening.link(work, fingerprint(token), at=now) is None:
                return False  # another was faster
            store.set_password(work, account, hashed)
            proofs.forget_devices(work, account)
            proofs.put_known_device(work, account, fingerprint(mark), at=now)
            return True

        if not await self._database.write(work):
            raise LinkOver
        await self._throttle.give_back(_LINKS, network_of(address))
        await self._throttle.forgive(AT_ACCOUNT, fingerprint(link.email))
        await self._letters.tell(link.email, "reset-done")
        return mark

    async def change_password(self, account_id: AccountId, sign_in_id: str, *, present: str, password: str) -> SignedIn:
        account = await self._members.account(account_id)
        await self._throttle.take(_PRESENT, fingerprint(sign_in_id))
        has_one = bool(await self._database.read(lambda work: store.password_hash(work, account_id)))
        if has_one and not await self._passwords.is_of(account_id, present):
            raise WrongPassword
        await self._throttle.forgive(_PRESENT, fingerprint(sign_in_id))
        await self._passwords.check(password, about=[account.email])
        hashed = await self._passwords.hashed(password)

        def work(work: Work) -> None:
            store.set_password(work, account_id, hashed, kept=sign_in_id)

        await self._database.write(work)
        await self._letters.tell(account.email, "password")
        return await self._members.renew_session(account_id, sign_in_id, methods=["password"])

    async def sign_out_everywhere(self, account_id: AccountId, *, but: str = "") -> None:
        await self._database.write(lambda work: store.sign_out_but(work, account_id, but))

    async def liked(self, account_id: AccountId) -> Sequence[TitleId]:
        return await self._database.read(lambda work: opening.liked(work, account_id))

    async def account_data(self, account_id: AccountId) -> str:
        def work(work: Work) -> object:
            return leaving.all_of(work, account_id, [p.id for p in store.profiles(work, account_id)])

        return msgspec.json.encode(await self._database.read(work), enc_hook=str).decode()

    async def delete(self, account_id: AccountId) -> None:
        account = await self._members.account(account_id)

        def work(work: Work) -> None:
            operators = [a.id for a in store.accounts(work) if OPERATOR in a.roles]
            if operators == [account_id]:
                raise LastOperator
            profiles = [p.id for p in store.profiles(work, account_id)]
            store.sign_out_but(work, account_id, "")
            for profile in profiles:
                work.emit(ProfileRemoved(account_id, profile))
            work.emit(AccountDeleted(account_id, tuple(profiles)))
            leaving.erase(work, account_id, account.email, profiles)

        await self._database.write(work)
        await self._letters.tell(account.email, "left")

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == LetterDue.type:
            await self._write_letter(unseal(envelope, LetterDue).letter_id)
        elif envelope.type == SignedInAnew.type:
            new = unseal(envelope, SignedInAnew)
            try:
                account = await self._members.account(AccountId(new.account_id))
            except NotFound:
                return  # gone since
            at = f"{new.at:%Y-%m-%d %H:%M} UTC"
            await self._letters.tell_surely(account.email, "signed-in", letter_id=envelope.id, device=new.device, at=at)

    async def _ask(self, kind: str, email: str, address: str) -> None:
        """Whether there is such an account is looked at when the letter is written: nobody waits for that."""
        await self._throttle.take(_ASKS, network_of(address))
        due = await self._due(kind, normal_email(email), "")
        await self._database.write(lambda work: _write(work, due))

    async def _due(self, kind: str, email: str, about: str) -> Due:
        try:
            await self._throttle.take(_LETTERS, fingerprint(f"{kind} {email}"))
        except TooManyAttempts:
            kind = "none"
        return Due(self._ids.new(), kind, email, about)

    async def _write_letter(self, letter_id: str) -> None:
        """The link is kept before the letter goes, and that it is due is forgotten after: a crash between writes another."""
        now, token = self._clock.now(), self._ids.secret()

        def work(work: Work) -> tuple[Due, str] | None:
            due = opening.due(work, letter_id)
            if due is None:
                return None
            answered, what = _what(work, due, at=now)
            if what in _LIVES:
                opening.put_link(work, fingerprint(token), answered, at=now, expires_at=now + _LIVES[what])
            return answered, what

        found = await self._database.write(work)
        if found is None:
            return
        due, what = found
        if what in _LIVES:
            await self._letters.send_link(due.email, what, token)
        elif what:
            await self._letters.tell_surely(due.email, what, letter_id=due.id)
        await self._database.write(lambda work: opening.end_due(work, letter_id))

    async def _link(self, token: str, kind: str) -> Due:
        now = self._clock.now()
        link = await self._database.read(lambda work: opening.link(work, fingerprint(token), at=now))
        if link is None or link.kind != kind:
            raise LinkOver
        return link


def _checked(new: SignUp) -> tuple[TitleId, ...]:
    if not _COUNTRY.match(new.country):
        raise InvalidInput("A country is two capital letters, as DE or JP.", field="country")
    if not _PLAN.match(new.plan):
        raise InvalidInput("That is not the name of a plan.", field="plan")
    if len(new.liked) > LIKED_MAX:
        raise InvalidInput(f"Name at most {LIKED_MAX} titles that you like.", field="liked")
    return tuple(TitleId(parse_id(title, what="liked")) for title in new.liked)


def _write(work: Work, due: Due) -> None:
    opening.put_due(work, due)
    work.emit(LetterDue(due.id))


def _what(work: Work, due: Due, *, at: Instant) -> tuple[Due, str]:
    """Which letter it is, now that nobody waits; empty: none."""
    owner = store.account_by_email(work, due.email)
    if due.kind == "sign-up":
        if owner is not None:
            return due, "known"
        waiting = opening.newest_sign_up(work, due.email, at=at) if not due.about else None
        about = due.about or (waiting.id if waiting else "")
        return Due(due.id, due.kind, due.email, about), "sign-up" if about else ""
    if due.kind == "reset":
        return (due, "") if owner is None else (Due(due.id, due.kind, due.email, owner[0].id), "reset")
    if due.kind == "email":
        return due, "email-taken" if owner is not None else "email"
    return due, ""


def _password_behind(work: Work, token_hash: str, *, at: Instant) -> str:
    """The hash of what whoever opens this link has to know; empty: nothing, or there is no such link."""
    link = opening.link(work, token_hash, at=at)
    if link is None or link.kind not in ("sign-up", "email"):
        return ""
    if link.kind == "email":
        return store.password_hash(work, AccountId(link.about))
    waiting = opening.sign_up(work, link.about, at=at)
    return "" if waiting is None else waiting.password_hash


def _open(work: Work, link: Due, account_id: AccountId, *, at: Instant) -> tuple[Account, str] | None:
    waiting = opening.sign_up(work, link.about, at=at)
    if waiting is None:
        return None
    account = Account(account_id, waiting.email, waiting.country, (), at)
    if not store.insert_account(work, account, waiting.password_hash):
        return None
    opening.put_liked(work, account_id, waiting.liked)
    opening.end_sign_ups(work, waiting.email)
    work.emit(AccountOpened(account_id, waiting.plan))
    return account, ""


def _move(work: Work, link: Due) -> tuple[Account, str] | None:
    account_id = AccountId(link.about)
    before = store.account(work, account_id)
    if before is None or not store.set_email(work, account_id, link.email):
        return None
    opening.end_links(work, account_id)
    after = store.account(work, account_id)
    return None if after is None else (after, before.email)
