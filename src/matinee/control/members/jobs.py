"""What members hears, and what it looks at now and then. It listens to itself as well: a letter is written when whoever asked
for it has long been answered.
"""

from collections.abc import Awaitable, Callable

from matinee.control.members.api.accounts import Accounts
from matinee.control.members.api.notices import Notices
from matinee.control.members.service.audit import AuditService
from matinee.control.members.service.notices import NoticesService
from matinee.kernel.quantities import hours
from matinee.wire.events import Envelope, LetterDue, RightsEnded, TitleLeaving

LETTERS_TOPIC, LETTERS_GROUP = LetterDue.topic, "members"
TOPIC, GROUP = TitleLeaving.topic, "members-notices"
RIGHTS_TOPIC, RIGHTS_GROUP = RightsEnded.topic, "members-rights"
FORGET_EVERY = hours(6)


def forget_old_entries(audit: AuditService) -> Callable[[], Awaitable[None]]:
    return audit.forget_old


def forget_old_notices(notices: NoticesService) -> Callable[[], Awaitable[None]]:
    return notices.sweep


def write_letters(accounts: Accounts) -> Callable[[Envelope], Awaitable[None]]:
    return accounts.note


def consumer(notices: Notices) -> Callable[[Envelope], Awaitable[None]]:
    return notices.note
