"""Billing's outside doors, one file a matter."""

from matinee.control.billing.http.billing import routes
from matinee.control.billing.http.payments import payment_routes
from matinee.control.billing.http.sign_up import sign_up_routes
from matinee.control.billing.http.subscriptions import subscription_routes

__all__ = ["payment_routes", "routes", "sign_up_routes", "subscription_routes"]
