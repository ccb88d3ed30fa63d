"""Members forgets what is old, and listens: a letter is written when whoever asked for it has long been answered, a title
that leaves or has left is told to those who listed it, and a new sign-in to its account.
"""

from collections.abc import Awaitable, Callable

from matinee.control.members.api.accounts import Accounts
from matinee.control.members.api.notices import Notices
from matinee.control.members.service.audit import AuditService
from matinee.control.members.service.notices import NoticesService
from matinee.kernel.quantities import hours
from matinee.wire.events import Envelope, LetterDue, RightsEnded, SignedInAnew, TitleLeaving

FORGET_EVERY = hours(6)
TOPIC, GROUP = LetterDue.topic, "members"
NOTICED = {
    TitleLeaving.topic: "members-notices",
    RightsEnded.topic: "members-rights",
    SignedInAnew.topic: "members-notices",
}


def forget_old_entries(audit: AuditService) -> Callable[[], Awaitable[None]]:
    return audit.forget_old


def forget_old_notices(notices: NoticesService) -> Callable[[], Awaitable[None]]:
    return notices.sweep


def consumer(accounts: Accounts) -> Callable[[Envelope], Awaitable[None]]:
    return accounts.note


def noticed(notices: Notices) -> Callable[[Envelope], Awaitable[None]]:
    return notices.note
