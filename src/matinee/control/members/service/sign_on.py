"""The stories of signing in by another house's word: setting out, coming back, and being linked to an account."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from matinee.control.members.api import Members, SignedIn
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.api.sign_on import (
    AWAY,
    Arrival,
    Departure,
    LastWayIn,
    Link,
    LinkNotFound,
    LinkTaken,
    NoAccountHere,
    Provider,
    ProviderSilent,
    Returned,
    SignOnCancelled,
    SignOnRefused,
    UnknownProvider,
)
from matinee.control.members.model.sign_on import (
    Errand,
    Identity,
    KnownThere,
    NotTrusted,
    departure_url,
    own_path,
)
from matinee.control.members.service.letters import Letters
from matinee.control.members.service.providers import OutsideProvider
from matinee.control.members.store import links as rows
from matinee.control.members.store.links import LinkRow
from matinee.control.members.store.passkeys import spend
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, Ids
from matinee.kernel.log import logger
from matinee.wire.tickets import Ring, TicketRefused, sign, verify

_log = logger("sign-on")


class SignOnService:
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
        providers: Mapping[str, OutsideProvider],
        url: str,
        country: str,
    ) -> None:
        """`url`: of this house. `country`: of an account that a provider's word opens."""
        self._database = database
        self._clock = clock
        self._ids = ids
        self._ring = ring
        self._members = members
        self._proofs = proofs
        self._letters = letters
        self._providers = providers
        self._url = url
        self._country = country

    async def providers(self) -> Sequence[Provider]:
        return [Provider(id, provider.name) for id, provider in self._providers.items()]

    async def depart(self, provider_id: str, *, next: str, account_id: AccountId | None, sign_in_id: str) -> Departure:
        provider = self._provider(provider_id)
        if account_id is not None:
            await self._proofs.require_recent(account_id, sign_in_id)
        try:
            place = await provider.place()
        except NotTrusted as error:
            _log.error("not to be trusted", provider=provider_id, reason=str(error))
            raise ProviderSilent(provider.name) from error
        state, kid = self._ids.secret(), self._ring.current
        errand = Errand(
            kid,
            self._ends(),
            provider_id,
            _hash(state),
            own_path(next),
            account_id or "",
            sign_in_id if account_id else "",
        )
        url = departure_url(
            place,
            client_id=provider.settings.client_id,
            redirect_uri=self._redirect_uri(provider_id),
            scopes=provider.settings.scopes,
            state=state,
            key=self._ring.keys[kid],
        )
        return Departure(url, sign(errand, self._ring))

    async def arrive(
        self, provider_id: str, returned: Returned, *, errand: str, device: str, known: str = ""
    ) -> Arrival:
        provider = self._provider(provider_id)
        try:
            told = await self._told(provider, returned, errand)
        except NotTrusted as error:
            _log.warning("refused", provider=provider_id, reason=str(error)[:200])
            raise SignOnRefused from error
        wanted, identity = told
        linked = await self._database.read(lambda work: rows.link_of(work, identity.issuer, identity.subject))
        if wanted.account:
            return await self._link_on_errand(provider, wanted, identity, linked)
        if linked is not None:
            now = self._clock.now()
            await self._database.write(lambda work: rows.note_link_used(work, linked.id, at=now))
            return Arrival("signed-in", wanted.next, await self._open(linked.account_id, device, known))
        return await self._newcomer(provider, wanted, identity, device, known)

    async def link(self, account_id: AccountId, sign_in_id: str, identity: str) -> Link:
        await self._proofs.require_recent(account_id, sign_in_id)
        try:
            there = verify(identity, KnownThere, self._ring.keys, now=self._clock.now())
        except TicketRefused as error:
            raise SignOnRefused from error
        if there.account != account_id:
            raise SignOnRefused
        provider, account = self._provider(there.provider), await self._members.account(account_id)
        return await self._link(provider, account_id, Identity(provider.settings.issuer, there.subject, account.email))

    async def links(self, account_id: AccountId) -> Sequence[Link]:
        return [_shown(row) for row in await self._database.read(lambda work: rows.links(work, account_id))]

    async def unlink(self, account_id: AccountId, sign_in_id: str, link_id: str) -> None:
        await self._proofs.require_recent(account_id, sign_in_id)
        mine, ways = await self.links(account_id), await self._proofs.factors(account_id)
        if not any(link.id == link_id for link in mine):
            raise LinkNotFound
        if len(mine) == 1 and not ways.has_password and not any(f.kind == "passkey" for f in ways.factors):
            raise LastWayIn
        if not await self._database.write(lambda work: rows.delete_link(work, account_id, link_id)):
            raise LinkNotFound
        if len(mine) == 1:
            await self._proofs.drop_factor(account_id, "oidc")
        else:
            name = self._name(next(link.provider for link in mine if link.id == link_id))
            await self._tell(account_id, "oidc-gone", name)

    async def _told(self, provider: OutsideProvider, returned: Returned, errand: str) -> tuple[Errand, Identity]:
        """What this browser had set out for, and who the provider says it is. Each state counts once."""
        try:
            wanted = verify(errand, Errand, self._ring.keys, now=self._clock.now())
        except TicketRefused as error:
            raise NotTrusted(f"its errand: {error.reason}") from error
        if wanted.provider != provider.settings.id:
            raise NotTrusted("it set out for another provider")
        if not hmac.compare_digest(_hash(returned.state), wanted.state_hash):
            raise NotTrusted("another state than it set out with")
        try:
            place = await provider.place()
        except NotTrusted as error:
            raise ProviderSilent(provider.name) from error
        if (returned.iss or place.says_iss) and returned.iss != provider.settings.issuer:
            raise NotTrusted("another issuer's answer")
        now, ends = self._clock.now(), self._clock.now() + AWAY
        mark = _hash(f"state {returned.state}")
        if not await self._database.write(lambda work: spend(work, mark, at=now, expires_at=ends)):
            raise NotTrusted("this state came back before")
        if returned.error == "access_denied":
            raise SignOnCancelled
        if returned.error or not returned.code:
            raise NotTrusted(f"no code: {returned.error[:60]}")
        identity = await provider.identity(
            returned.code,
            redirect_uri=self._redirect_uri(provider.settings.id),
            state=returned.state,
            key=self._ring.keys[wanted.kid],
        )
        return wanted, identity

    async def _link_on_errand(
        self, provider: OutsideProvider, wanted: Errand, identity: Identity, linked: LinkRow | None
    ) -> Arrival:
        """Its owner set out for it, and had proved the account; that the proof is still fresh is looked at again."""
        account_id = AccountId(wanted.account)
        if linked is None:
            await self._proofs.require_recent(account_id, wanted.bound)
            await self._link(provider, account_id, identity)
        elif linked.account_id != account_id:
            raise LinkTaken
        return Arrival("linked", wanted.next)

    async def _newcomer(
        self, provider: OutsideProvider, wanted: Errand, identity: Identity, device: str, known: str
    ) -> Arrival:
        """Nobody whom we know by this provider. An address alone takes over no account, whoever vouches for it."""
        try:
            account = await self._members.find(identity.email) if identity.email else None
        except InvalidInput:
            raise NoAccountHere(provider.name) from None
        if account is not None:
            there = KnownThere(
                self._ring.current,
                self._ends(),
                provider.settings.id,
                identity.subject,
                account.id,
            )
            return Arrival("unlinked", wanted.next, identity=sign(there, self._ring))
        if not (provider.settings.sign_up and identity.email):
            raise NoAccountHere(provider.name)
        made = await self._members.create(identity.email, "", country=self._country)
        await self._link(provider, made.id, identity)
        return Arrival("signed-in", wanted.next, await self._open(made.id, device, known))

    async def _link(self, provider: OutsideProvider, account_id: AccountId, identity: Identity) -> Link:
        row = LinkRow(
            self._ids.new(),
            account_id,
            provider.settings.id,
            rows.who_hash(identity.issuer, identity.subject),
            identity.issuer,
            identity.subject,
            identity.email,
            self._clock.now(),
        )

        def work(work: Work) -> LinkRow:
            if not rows.insert_link(work, row):
                kept = rows.link_of(work, identity.issuer, identity.subject)
                if kept is None or kept.account_id != account_id:
                    raise LinkTaken
                return kept
            return row

        kept = await self._database.write(work)
        if any(f.kind == "oidc" for f in (await self._proofs.factors(account_id)).factors):
            await self._tell(account_id, "oidc-another", provider.name)
        else:
            await self._proofs.add_factor(account_id, "oidc", asked=False)
        return _shown(kept)

    async def _open(self, account_id: AccountId, device: str, known: str) -> SignedIn:
        return await self._members.open_session(account_id, device=device, methods=("oidc",), known=known)

    async def _tell(self, account_id: AccountId, what: str, name: str) -> None:
        await self._letters.tell((await self._members.account(account_id)).email, what, name=name)

    def _provider(self, provider_id: str) -> OutsideProvider:
        if (found := self._providers.get(provider_id)) is None:
            raise UnknownProvider
        return found

    def _name(self, provider_id: str) -> str:
        found = self._providers.get(provider_id)
        return found.name if found else provider_id

    def _redirect_uri(self, provider_id: str) -> str:
        return f"{self._url}/api/v1/auth/oidc/{provider_id}/callback"

    def _ends(self) -> int:
        return int((self._clock.now() + AWAY).timestamp())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(row: LinkRow) -> Link:
    return Link(row.id, row.provider, row.email, row.linked_at, row.used_at)
