"""Billing's outside doors, one file a matter."""

from matinee.control.billing.http.billing import routes
from matinee.control.billing.http.sign_up import sign_up_routes

__all__ = ["routes", "sign_up_routes"]
