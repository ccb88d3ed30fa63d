"""The stories of passkeys: adding one, signing in with it, and what happens when one may have been copied."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from matinee.control.members.api import Members, SignedIn
from matinee.control.members.api.passkeys import (
    CEREMONY_LIVES,
    NAME_MAX,
    PASSKEYS_MAX,
    Added,
    CeremonyOver,
    Passkey,
    PasskeyKnown,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeyStopped,
    PasskeysUnavailable,
    Place,
    TooManyPasskeys,
)
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.model.credentials import fingerprint
from matinee.control.members.model.passkeys import (
    Asserted,
    Challenge,
    NotProved,
    Stored,
    challenge_of,
    credential_of,
    is_copied,
)
from matinee.control.members.model.ratings import plain
from matinee.control.members.service.letters import Letters
from matinee.control.members.store import passkeys as rows
from matinee.control.members.store.passkeys import PasskeyRow
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.tickets import Ring, TicketRefused, sign, verify

if TYPE_CHECKING:
    from matinee.control.members.model.ceremonies import RelyingParty

_log = logger("passkeys")
_ADD, _SIGN_IN, _SECOND, _STEP_UP = "add", "sign-in", "second step", "step up"


class PasskeysService:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        ring: Ring,
        *,
        members: Members,
        proofs: Proofs,
        letters: Letters,
        place: Place,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._ring = ring
        self._members = members
        self._proofs = proofs
        self._letters = letters
        self._place = place

    async def place(self) -> Place:
        return self._place

    async def all(self, account_id: AccountId) -> Sequence[Passkey]:
        return [_shown(row) for row in await self._database.read(lambda work: rows.passkeys(work, account_id))]

    async def begin_adding(self, account_id: AccountId, sign_in_id: str) -> str:
        await self._proofs.require_recent(account_id, sign_in_id)
        party = self._party
        account = await self._members.account(account_id)
        known = [_stored(row) for row in await self._database.read(lambda work: rows.passkeys(work, account_id))]
        if len(known) >= PASSKEYS_MAX:
            raise TooManyPasskeys
        challenge = self._challenge(_ADD, account_id, sign_in_id)
        return party.ask_new(challenge, handle=account_id, user=account.email, known=known)

    async def add(self, account_id: AccountId, sign_in_id: str, answer: str, *, name: str) -> Added:
        name = _checked(name)
        challenge, expires = self._answered(answer, _ADD, account_id, sign_in_id)
        try:
            made = self._party.registered(answer, challenge)
        except NotProved as error:
            raise self._refused(_ADD, error) from error
        now = self._clock.now()
        row = PasskeyRow(
            self._ids.new(),
            account_id,
            fingerprint(made.credential_id),
            made.credential_id,
            made.public_key,
            made.sign_count,
            made.transports,
            name,
            made.synced,
            False,
            now,
            None,
        )

        def work(work: Work) -> None:
            if not rows.spend(work, fingerprint(challenge), at=now, expires_at=expires):
                raise CeremonyOver
            if len(rows.passkeys(work, account_id)) >= PASSKEYS_MAX:
                raise TooManyPasskeys
            if not rows.insert_passkey(work, row):
                raise PasskeyKnown

        await self._database.write(work)
        return Added(_shown(row), await self._as_factor(account_id, name))

    async def rename(self, account_id: AccountId, passkey_id: str, name: str) -> Passkey:
        name = _checked(name)
        if not await self._database.write(lambda work: rows.rename_passkey(work, account_id, passkey_id, name)):
            raise PasskeyNotFound
        return next(key for key in await self.all(account_id) if key.id == passkey_id)

    async def remove(self, account_id: AccountId, sign_in_id: str, passkey_id: str) -> None:
        await self._proofs.require_recent(account_id, sign_in_id)
        name = next((key.name for key in await self.all(account_id) if key.id == passkey_id), None)
        if name is None or not await self._database.write(
            lambda work: rows.delete_passkey(work, account_id, passkey_id)
        ):
            raise PasskeyNotFound
        if any(not key.stopped for key in await self.all(account_id)):
            await self._tell(account_id, "passkey-gone", name)
        else:
            await self._proofs.drop_factor(account_id, "passkey")

    async def begin_sign_in(self, second_step: str = "") -> str:
        if not second_step:
            return self._party.ask(self._challenge(_SIGN_IN), known=(), alone=True)
        pending = await self._proofs.pending(second_step)
        challenge = self._challenge(_SECOND, pending.account_id, fingerprint(second_step))
        return self._party.ask(challenge, known=await self._usable(pending.account_id), alone=False)

    async def sign_in(self, answer: str, *, device: str, known: str = "") -> SignedIn:
        row = await self._proved(answer, _SIGN_IN, alone=True)
        return await self._members.open_session(row.account_id, device=device, methods=("passkey",), known=known)

    async def second_step(self, second_step: str, answer: str, *, known: str = "") -> SignedIn:
        account_id = (await self._proofs.pending(second_step)).account_id
        await self._proved(answer, _SECOND, account_id, fingerprint(second_step))
        return await self._proofs.finish(second_step, "passkey", known=known)

    async def begin_step_up(self, account_id: AccountId, sign_in_id: str) -> str:
        challenge = self._challenge(_STEP_UP, account_id, sign_in_id)
        return self._party.ask(challenge, known=await self._usable(account_id), alone=True)

    async def step_up(self, account_id: AccountId, sign_in_id: str, answer: str) -> SignedIn:
        await self._proved(answer, _STEP_UP, account_id, sign_in_id, alone=True)
        return await self._proofs.prove(account_id, sign_in_id, "passkey")

    @cached_property
    def _party(self) -> "RelyingParty":
        # The library takes a tenth of a second to load: at the first passkey and not at each start.
        from matinee.control.members.model.ceremonies import RelyingParty

        if not self._place.url:
            raise PasskeysUnavailable(self._place.reason)
        return RelyingParty("Matinee", self._place.url, timeout_ms=round(CEREMONY_LIVES.total_seconds() * 1000))

    def _challenge(self, purpose: str, account: str = "", bound: str = "") -> str:
        ends = int((self._clock.now() + CEREMONY_LIVES).timestamp())
        return sign(Challenge(self._ring.current, ends, self._ids.secret(16), purpose, account, bound), self._ring)

    def _answered(self, answer: str, purpose: str, account: str = "", bound: str = "") -> tuple[str, Instant]:
        """The challenge it answers, which was ours and for this, and when that ends."""
        try:
            text = challenge_of(answer)
            now = self._clock.now()
            challenge = verify(text, Challenge, self._ring.keys, now=now)
        except NotProved as error:
            raise self._refused(purpose, error) from error
        except TicketRefused as error:
            raise CeremonyOver from error
        if (challenge.purpose_of, challenge.account, challenge.bound) != (purpose, account, bound):
            raise CeremonyOver
        return text, now + seconds(challenge.exp - int(now.timestamp()) + 1)

    async def _proved(
        self, answer: str, purpose: str, account: str = "", bound: str = "", *, alone: bool = False
    ) -> PasskeyRow:
        """The key that proved it, noted as used. One whose counter went back is stopped, and its owner told."""
        challenge, expires = self._answered(answer, purpose, account, bound)
        try:
            credential, handle = credential_of(answer)
            row = await self._database.read(lambda work: rows.passkey_by_credential(work, fingerprint(credential)))
            if row is None or (account or handle or row.account_id) != row.account_id:
                raise NotProved("no key of this account")
            if not account and not handle:
                raise NotProved("a key that does not say whose it is")
            asserted = self._party.asserted(answer, challenge, _stored(row), alone=alone)
        except NotProved as error:
            raise self._refused(purpose, error) from error
        if row.stopped:
            raise PasskeyStopped
        if await self._use(row, asserted, challenge, expires):
            return row
        await self._tell_of_copy(row)
        raise PasskeyStopped

    async def _use(self, row: PasskeyRow, asserted: Asserted, challenge: str, expires: Instant) -> bool:
        """False where the key had to be stopped. Looked at again in the transaction: two answers may come at once."""
        now = self._clock.now()

        def work(work: Work) -> bool:
            if not rows.spend(work, fingerprint(challenge), at=now, expires_at=expires):
                raise CeremonyOver
            kept = rows.passkey_by_credential(work, row.credential_hash)
            if kept is None or kept.stopped:
                raise PasskeyRefused
            if is_copied(kept.sign_count, asserted.sign_count):
                rows.stop_passkey(work, row.id)
                return False
            rows.note_use(work, row.id, sign_count=asserted.sign_count, synced=asserted.synced, at=now)
            return True

        return await self._database.write(work)

    async def _tell_of_copy(self, row: PasskeyRow) -> None:
        if not any(not key.stopped for key in await self.all(row.account_id)):
            await self._proofs.drop_factor(row.account_id, "passkey")
        await self._tell(row.account_id, "passkey-stopped", row.name)

    async def _as_factor(self, account_id: AccountId, name: str) -> tuple[str, ...]:
        """From now on it may follow the password; with the first such factor come the codes for when it is lost."""
        had = await self._proofs.factors(account_id)
        if any(f.kind == "passkey" for f in had.factors):
            await self._tell(account_id, "passkey-another", name)
            return ()
        await self._proofs.add_factor(account_id, "passkey", asked=True)
        if had.second or had.recovery_codes:
            return ()
        return (await self._proofs.renew_recovery_codes(account_id)).codes

    async def _usable(self, account_id: AccountId) -> list[Stored]:
        found = await self._database.read(lambda work: rows.passkeys(work, account_id))
        return [_stored(row) for row in found if not row.stopped]

    def _refused(self, purpose: str, error: NotProved) -> PasskeyRefused:
        _log.info("refused", purpose=purpose, reason=str(error)[:200])
        return PasskeyRefused()

    async def _tell(self, account_id: AccountId, what: str, name: str) -> None:
        await self._letters.tell((await self._members.account(account_id)).email, what, name=name)


def _checked(name: str) -> str:
    name = plain(name)
    if not 1 <= len(name) <= NAME_MAX:
        raise InvalidInput(f"A passkey's name has 1 to {NAME_MAX} characters.", field="name")
    return name


def _stored(row: PasskeyRow) -> Stored:
    return Stored(row.credential_id, row.public_key, row.sign_count, row.transports, row.synced)


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(row.id, row.name, row.added_at, row.used_at, row.synced, row.stopped)
