"""The stories of billing, one file a matter."""

from matinee.control.billing.service.billing import BillingService

__all__ = ["BillingService"]
