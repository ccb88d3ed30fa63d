"""Who a caller ticket speaks for, checked once and remembered until it ends.

A page makes many calls with one ticket, and a ticket lives for five seconds. What is remembered is that a key of ours
signed these very characters: whether the ticket has ended, and whether its key is still in the ring, is looked at each time.
"""

from collections.abc import Mapping

from cachebox import LRUCache
from prometheus_client import Counter

from matinee.control.members.api import OPERATOR, NotForKids
from matinee.kernel.clock import Clock
from matinee.kernel.errors import NotAllowed, NotSignedIn, Unavailable
from matinee.wire.callers import Caller
from matinee.wire.tickets import EXPIRED, TicketRefused, verify

_REMEMBERED_MAX = 10_000

refused = Counter("matinee_tickets_refused_total", "Tickets refused, by what was wrong with them", ["kind", "reason"])


class KnownCallers:
    """`keys` verify caller tickets."""

    def __init__(self, keys: Mapping[str, bytes], clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._known: LRUCache[str, tuple[Caller, bytes]] = LRUCache(_REMEMBERED_MAX)

    def caller(self, ticket: str | None) -> Caller:
        if not ticket:
            raise NotSignedIn
        now = self._clock.now()
        if (known := self._known.get(ticket)) is not None:
            caller, key = known
            if caller.exp > now.timestamp() and self._keys.get(caller.kid) == key:
                return caller
        try:
            caller = verify(ticket, Caller, self._keys, now=now)
        except TicketRefused as error:
            refused.labels("caller", error.reason).inc()
            if error.reason == EXPIRED:  # it was good when the gateway sent it: nobody is to sign in again for that
                raise Unavailable("The service is too busy right now. Try again in a moment.") from None
            raise NotSignedIn from None
        self._known[ticket] = (caller, self._keys[caller.kid])
        return caller

    def operator(self, ticket: str | None) -> Caller:
        found = self.caller(ticket)
        if found.kids:  # whoever holds the device now
            raise NotForKids
        if OPERATOR not in found.roles:
            raise NotAllowed("Only operators may do this.")
        return found
