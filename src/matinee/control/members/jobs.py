"""What members looks at now and then."""

from collections.abc import Awaitable, Callable

from matinee.control.members.service.audit import AuditService
from matinee.kernel.quantities import hours

FORGET_EVERY = hours(6)


def forget_old_entries(audit: AuditService) -> Callable[[], Awaitable[None]]:
    return audit.forget_old
