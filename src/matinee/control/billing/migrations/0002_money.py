"""Money: what a subscription costs and when, invoices, charges, refunds, coupons, and the ledger.

Who was on a plan before got it from an operator, so it stays free.
"""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _subscription()
    _invoices()
    _payments()
    _coupons()


def _subscription() -> None:
    with op.batch_alter_table("subscription") as table:
        table.add_column(sa.Column("id", sa.String(36), nullable=False, server_default=""))
        table.add_column(sa.Column("is_free", sa.Boolean, nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("interval", sa.String(5), nullable=False, server_default="month"))
        table.add_column(sa.Column("country", sa.String(2), nullable=False, server_default=""))
        table.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default="EUR"))
        for name in ("price", "paid", "anchor_period", "period", "coupon_left", "credit", "retries"):
            table.add_column(sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
        for name in ("anchor", "period_start", "period_end", "failed_at", "due_at"):
            table.add_column(sa.Column(name, At, nullable=True))
        for name in ("ends_at_period_end", "had_trial"):
            table.add_column(sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("next_plan", sa.String(40), nullable=True))
        table.add_column(sa.Column("next_interval", sa.String(5), nullable=True))
        for name in ("provider", "method", "method_label", "bill_to"):
            table.add_column(sa.Column(name, sa.String(400), nullable=False, server_default=""))
        table.add_column(sa.Column("coupon", sa.String(40), nullable=True))
        table.add_column(sa.Column("open_invoice", sa.String(36), nullable=True))
        table.create_index("subscription_due", ["due_at"])


def _invoices() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(40), nullable=False, unique=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("subscription_id", sa.String(36), nullable=False),
        sa.Column("period", sa.BigInteger, nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("net", sa.BigInteger, nullable=False),
        sa.Column("tax", sa.BigInteger, nullable=False),
        sa.Column("credit_used", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("issued_at", At, nullable=False),
        sa.Column("paid_at", At, nullable=True),
        sa.Column("of_invoice", sa.String(36), nullable=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("subscription_id", "period", name="invoice_once_a_period"),
    )
    op.create_index("invoice_of_account", "invoice", ["account_id", "issued_at"])
    op.create_table(
        "invoice_number",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("posting", sa.String(60), primary_key=True),
        sa.Column("book", sa.String(40), primary_key=True),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("at", At, nullable=False),
    )


def _payments() -> None:
    op.create_table(
        "charge",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("invoice_id", sa.String(36), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("method", sa.String(400), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("provider_id", sa.String(200), nullable=False),
        sa.Column("asked_at", At, nullable=False),
        sa.Column("look_at", At, nullable=True),
        sa.UniqueConstraint("invoice_id", "attempt", name="charge_once_an_attempt"),
    )
    op.create_index("charge_to_look_at", "charge", ["look_at"])
    op.create_table(
        "refund",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("invoice_id", sa.String(36), nullable=False),
        sa.Column("charge_id", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("minor_units", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("operator_id", sa.String(36), nullable=False),
        sa.Column("asked_at", At, nullable=False),
        sa.Column("look_at", At, nullable=True),
    )
    op.create_index("refund_of_invoice", "refund", ["invoice_id"])
    op.create_index("refund_to_look_at", "refund", ["look_at"])
    op.create_table(
        "billing_pace",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seen_at", At, nullable=False),
        sa.Column("hold_until", At, nullable=True),
    )


def _coupons() -> None:
    op.create_table(
        "coupon",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("duration", sa.String(10), nullable=False),
        sa.Column("percent_ppm", sa.Integer, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("periods", sa.Integer, nullable=False),
        sa.Column("redemptions_max", sa.Integer, nullable=True),
        sa.Column("redeemed", sa.Integer, nullable=False),
        sa.Column("expires_at", At, nullable=True),
    )
    op.create_table(
        "coupon_redeemed",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("account_id", sa.String(36), primary_key=True),
        sa.Column("at", At, nullable=False),
    )
