"""The stories of proving an account: the second step, the step up, authenticators and recovery codes."""

import base64
import hmac
from collections.abc import Sequence

import pyotp

from matinee.control.members import store
from matinee.control.members.api import Members, SignedIn
from matinee.control.members.api.passwords import Passwords
from matinee.control.members.api.proofs import (
    RECENT,
    RECOVERY_CODES,
    STRONG,
    Factor,
    FactorExists,
    Factors,
    NewTotp,
    Pending,
    Proof,
    RecoveryCodes,
    SecondStepOver,
    StepUpNeeded,
    WrongProof,
)
from matinee.control.members.model.codes import (
    RECOVERY_BYTES,
    TOTP_SECONDS,
    TOTP_SECRET_BYTES,
    is_recovery,
    is_totp,
    plain_code,
    recovery_code,
    steps_around,
)
from matinee.control.members.model.credentials import fingerprint
from matinee.control.members.service.letters import Letters
from matinee.control.members.service.throttle import Limit, Throttle
from matinee.control.members.store import proofs
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database, Work
from matinee.engines.keys.port import Keys
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import NotFound
from matinee.kernel.ids import AccountId

_ISSUER = "Matinee"
_TRIES = 5
"""Codes that one second step takes. Then the password is asked for again."""
_CODES_AT_ACCOUNT = Limit("codes", free=15, wait_max=300)
"""Whoever gets here knows the password, so it is the owner or has to be stopped; known devices have a count of their own."""
_STEP_UPS = Limit("step-up", free=5, wait_max=300)
"""Of one device that is signed in."""


class ProofsService:
    def __init__(
        self,
        database: Database,
        cache: Cache,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        *,
        members: Members,
        passwords: Passwords,
        letters: Letters,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._chance = chance
        self._members = members
        self._passwords = passwords
        self._letters = letters
        self._throttle = Throttle(cache, clock)

    async def require_recent(self, account_id: AccountId, sign_in_id: str) -> None:
        now = self._clock.now()
        found = await self._database.read(lambda work: store.sign_in(work, account_id, sign_in_id, at=now))
        if found is None or now - found[0].proved_at > RECENT or not STRONG.intersection(found[0].methods):
            known = await self.factors(account_id)
            alone = [f.kind for f in known.factors if f.kind in ("passkey", "oidc")]
            raise StepUpNeeded([*(["password"] if known.has_password else []), *alone], _codes_of(known))

    async def factors(self, account_id: AccountId) -> Factors:
        def work(work: Work) -> Factors:
            has_password = bool(store.password_hash(work, account_id))
            return Factors(has_password, proofs.factors(work, account_id), proofs.recovery_codes(work, account_id))

        return await self._database.read(work)

    async def step_up(self, account_id: AccountId, sign_in_id: str, proof: Proof, *, address: str) -> SignedIn:
        await self._throttle.take(_STEP_UPS, fingerprint(sign_in_id))
        is_right = await self._passwords.is_of(account_id, proof.password)
        methods = ["password"]
        if _codes_of(await self.factors(account_id)):
            # Looked at in any case, so that what is answered and how soon says nothing of which was wrong.
            by = await self._code(account_id, proof.code) if is_right else None
            is_right, methods = by is not None, [*methods, by or ""]
        if not is_right:
            raise WrongProof
        await self._throttle.forgive(_STEP_UPS, fingerprint(sign_in_id))
        return await self._members.renew_session(account_id, sign_in_id, methods=methods)

    async def prove(self, account_id: AccountId, sign_in_id: str, method: str) -> SignedIn:
        return await self._members.renew_session(account_id, sign_in_id, methods=[method])

    async def pending(self, second_step: str) -> Pending:
        now = self._clock.now()

        def work(work: Work) -> Pending | None:
            found = proofs.second_step(work, fingerprint(second_step), at=now, tries_max=_TRIES)
            return None if found is None else Pending(*found, proofs.second_methods(work, found[0]))

        pending = await self._database.read(work)
        if pending is None:
            raise SecondStepOver
        return pending

    async def finish(self, second_step: str, method: str, *, known: str = "") -> SignedIn:
        return await self._end(second_step, await self.pending(second_step), method, known)

    async def second_step(self, second_step: str, code: str, *, address: str, known: str = "") -> SignedIn:
        pending = await self.pending(second_step)
        account = pending.account_id
        mark = fingerprint(known)
        is_known = bool(known) and await self._database.read(lambda work: proofs.knows_device(work, account, mark))
        whose = mark if is_known else account
        await self._throttle.take(_CODES_AT_ACCOUNT, whose)
        await self._database.write(lambda work: proofs.note_try(work, fingerprint(second_step)))
        method = await self._code(account, code)
        if method is None:
            raise WrongProof
        await self._throttle.forgive(_CODES_AT_ACCOUNT, whose)
        return await self._end(second_step, pending, method, known)

    async def _end(self, second_step: str, pending: Pending, method: str, known: str) -> SignedIn:
        if not await self._database.write(lambda work: proofs.end_second_step(work, fingerprint(second_step))):
            raise SecondStepOver
        methods = (*pending.proved, method)
        return await self._members.open_session(pending.account_id, device=pending.device, methods=methods, known=known)

    async def begin_totp(self, account_id: AccountId) -> NewTotp:
        account = await self._members.account(account_id)
        if any(f.kind == "totp" for f in (await self.factors(account_id)).factors):
            raise FactorExists
        secret = self._chance.bytes(TOTP_SECRET_BYTES)
        wrapped = await self._keys.wrap(secret, context=_context(account_id))
        await self._database.write(lambda work: proofs.put_totp(work, account_id, wrapped))
        text = base64.b32encode(secret).decode()
        uri = pyotp.TOTP(text).provisioning_uri(name=account.email, issuer_name=_ISSUER)
        return NewTotp(text, uri)

    async def confirm_totp(self, account_id: AccountId, code: str) -> RecoveryCodes:
        await self._throttle.take(_STEP_UPS, f"confirm:{account_id}")
        if any(f.kind == "totp" for f in (await self.factors(account_id)).factors):
            raise FactorExists
        if not await self._spend_totp(account_id, plain_code(code)):
            raise WrongProof
        await self._throttle.forgive(_STEP_UPS, f"confirm:{account_id}")
        codes, now = self._new_codes(), self._clock.now()

        def work(work: Work) -> None:
            proofs.put_factor(work, account_id, Factor("totp", now, asked=True))
            proofs.put_recovery_codes(work, account_id, _hashed(codes))

        await self._database.write(work)
        await self._tell(account_id, "totp-added")
        return RecoveryCodes(codes)

    async def remove_totp(self, account_id: AccountId) -> None:
        def work(work: Work) -> bool:
            proofs.delete_totp(work, account_id)
            return proofs.drop_factor(work, account_id, "totp")

        if not await self._database.write(work):
            raise NotFound("There is no authenticator on this account.")
        await self._tell(account_id, "totp-removed")

    async def renew_recovery_codes(self, account_id: AccountId) -> RecoveryCodes:
        if not any(f.asked for f in (await self.factors(account_id)).factors):
            raise NotFound("Recovery codes stand in for a second step, and there is none on this account.")
        codes = self._new_codes()
        await self._database.write(lambda work: proofs.put_recovery_codes(work, account_id, _hashed(codes)))
        await self._tell(account_id, "codes-renewed")
        return RecoveryCodes(codes)

    async def add_factor(self, account_id: AccountId, kind: str, *, asked: bool) -> None:
        factor = Factor(kind, self._clock.now(), asked)  # type: ignore[arg-type]  # a name that travels as text
        await self._database.write(lambda work: proofs.put_factor(work, account_id, factor))
        await self._tell(account_id, f"{kind}-added")

    async def drop_factor(self, account_id: AccountId, kind: str) -> None:
        if await self._database.write(lambda work: proofs.drop_factor(work, account_id, kind)):
            await self._tell(account_id, f"{kind}-removed")

    async def _code(self, account_id: AccountId, typed: str) -> str | None:
        """By which factor this code proves the account. It is spent by that."""
        plain = plain_code(typed[:100])
        if is_totp(plain) and await self._is_confirmed(account_id) and await self._spend_totp(account_id, plain):
            return "totp"
        if is_recovery(plain):
            spent = fingerprint(plain)
            if await self._database.write(lambda work: proofs.spend_recovery_code(work, account_id, spent)):
                await self._tell(account_id, "code-used")
                return "recovery-code"
        return None

    async def _is_confirmed(self, account_id: AccountId) -> bool:
        found = await self._database.read(lambda work: proofs.factors(work, account_id))
        return any(f.kind == "totp" for f in found)

    async def _spend_totp(self, account_id: AccountId, plain: str) -> bool:
        kept = await self._database.read(lambda work: proofs.totp(work, account_id))
        if kept is None or not is_totp(plain):
            return False
        secret = await self._keys.unwrap(kept.wrapped_secret, context=_context(account_id))
        made = pyotp.TOTP(base64.b32encode(secret).decode())
        good = [
            step
            for step in steps_around(self._clock.now().timestamp())
            if hmac.compare_digest(made.at(step * TOTP_SECONDS), plain)
        ]
        if not good:
            return False
        return await self._database.write(lambda work: proofs.spend_step(work, account_id, good[-1]))

    def _new_codes(self) -> tuple[str, ...]:
        return tuple(recovery_code(self._chance.bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))

    async def _tell(self, account_id: AccountId, what: str) -> None:
        await self._letters.tell((await self._members.account(account_id)).email, what)


def _codes_of(known: Factors) -> list[str]:
    return [method for method in known.second if method in ("totp", "recovery-code")]


def _hashed(codes: Sequence[str]) -> list[str]:
    return [fingerprint(plain_code(code)) for code in codes]


def _context(account_id: AccountId) -> str:
    return f"totp:{account_id}"
