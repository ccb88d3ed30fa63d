"""Billing's tables, one file a matter: subscriptions, invoices with the ledger, payments, coupons."""

from pathlib import Path

from matinee.control.billing.store import coupons, invoices, payments, subscriptions
from matinee.control.billing.store.metadata import TABLES
from matinee.control.billing.store.subscriptions import put_subscription, subscription
from matinee.engines.database.port import Schema

SCHEMA = Schema("billing", TABLES, Path(__file__).parents[1] / "migrations")

__all__ = ["SCHEMA", "coupons", "invoices", "payments", "put_subscription", "subscription", "subscriptions"]
