"""Members forgets old entries of the audit trail, and listens to itself: a letter is written when whoever asked for it has
long been answered.
"""

from collections.abc import Awaitable, Callable

from matinee.control.members.api.accounts import Accounts
from matinee.control.members.service.audit import AuditService
from matinee.kernel.quantities import hours
from matinee.wire.events import Envelope, LetterDue

FORGET_EVERY = hours(6)
TOPIC, GROUP = LetterDue.topic, "members"


def forget_old_entries(audit: AuditService) -> Callable[[], Awaitable[None]]:
    return audit.forget_old


def consumer(accounts: Accounts) -> Callable[[Envelope], Awaitable[None]]:
    return accounts.note
