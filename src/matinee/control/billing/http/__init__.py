"""Billing's outside doors, one file a matter."""

from matinee.control.billing.http.billing import routes

__all__ = ["routes"]
