"""From a sign-in to a caller ticket: members say who, billing says which plan, and the answer lives five seconds."""

from cachebox import LRUCache

from matinee.app.settings import Settings
from matinee.control.billing.api import Billing
from matinee.control.members.api import Identity, Members
from matinee.control.members.api.places import Places, Whereabouts
from matinee.kernel.clock import Clock
from matinee.kernel.errors import NotSignedIn, Unavailable
from matinee.resilience.fallback import or_else
from matinee.wire.callers import LIFETIME_SECONDS_MAX, Caller
from matinee.wire.tickets import KeyRing, sign

_TICKETS_KEPT = 50_000
# A kept ticket must still be good when the control plane reads it.
_KEPT_SECONDS = LIFETIME_SECONDS_MAX - 1


class CallerDesk:
    """Keeps fresh tickets for a moment, since a page makes many requests at once."""

    def __init__(
        self,
        members: Members,
        billing: Billing,
        ring: KeyRing,
        settings: Settings,
        clock: Clock,
        places: Places | None = None,
    ) -> None:
        """Without `places` everybody is at home."""
        self._members = members
        self._billing = billing
        self._ring = ring
        self._settings = settings
        self._clock = clock
        self._places = places
        self._kept: LRUCache[tuple[str, str | None, str], tuple[float, str]] = LRUCache(_TICKETS_KEPT)

    async def ticket(self, token: str, profile_id: str | None, *, address: str = "") -> str | None:
        """`address`: of the viewer. It decides the country, so a ticket is kept for it alone."""
        key = (token, profile_id, address)
        now = self._clock.monotonic()
        if (kept := self._kept.get(key)) is not None and now < kept[0]:
            return kept[1]
        try:
            identity = await self._members.identify(token, profile_id)
        except NotSignedIn:
            return None
        if (identity.profile.id if identity.profile else None) != (profile_id or None):
            raise Unavailable("Members answered with another profile. That cannot be right; try again in a minute.")
        ticket = await self._sign(identity, await self._whereabouts(identity, address))
        self._kept[key] = (now + _KEPT_SECONDS, ticket)
        return ticket

    async def _whereabouts(self, identity: Identity, address: str) -> Whereabouts:
        """Nobody is kept out because an address cannot be looked up: then the account's country counts."""
        home = identity.account.country or self._settings.country
        at_home = Whereabouts(home, home, None)
        if self._places is None:
            return at_home
        return await or_else(self._places.place(identity.account.id, home, address), at_home, name="caller.place")

    async def _sign(self, identity: Identity, where: Whereabouts) -> str:
        account, profile = identity.account, identity.profile
        subscription = await self._billing.subscription(account.id)
        caller = Caller(
            kid=self._ring.current,
            exp=int(self._clock.now().timestamp()) + LIFETIME_SECONDS_MAX,
            account=account.id,
            profile=profile.id if profile else None,
            country=where.country,
            # Without a profile nothing above the lowest rating is shown: leaving the profile out must not be a way in.
            maturity=profile.maturity if profile else 0,
            plan=subscription.plan.id,
            plan_rank=subscription.plan.rank,
            roles=account.roles,
            device=identity.sign_in.id,
            language=profile.language if profile else "en",
            suspicion=where.reason if where.country != where.home else "",
        )
        return sign(caller, self._ring)
