"""The stories of billing, one file a matter."""

from matinee.control.billing.service.auditing import Facts, read_facts
from matinee.control.billing.service.billing import BillingService
from matinee.control.billing.service.collecting import Ground
from matinee.control.billing.service.letters import Letters
from matinee.control.billing.service.payments import PaymentsService
from matinee.control.billing.service.subscriptions import SubscriptionsService

__all__ = ["BillingService", "Facts", "Ground", "Letters", "PaymentsService", "SubscriptionsService", "read_facts"]
