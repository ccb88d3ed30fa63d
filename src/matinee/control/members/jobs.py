"""Members listen to themselves: a letter is written when whoever asked for it has long been answered."""

from collections.abc import Awaitable, Callable

from matinee.control.members.api.accounts import Accounts
from matinee.wire.events import Envelope, LetterDue

TOPIC, GROUP = LetterDue.topic, "members"


def consumer(accounts: Accounts) -> Callable[[Envelope], Awaitable[None]]:
    return accounts.note
