"""Invoices, their numbers, and the ledger. What is written here is never changed but for an invoice's state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from matinee.control.billing.model.invoices import Invoice
from matinee.control.billing.model.ledger import Posting
from matinee.control.billing.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

INVOICE = sa.Table(
    "invoice",
    TABLES,
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
    sa.Index("invoice_of_account", "account_id", "issued_at"),
)
NUMBER = sa.Table(
    "invoice_number",
    TABLES,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)
LEDGER = sa.Table(
    "ledger",
    TABLES,
    sa.Column("posting", sa.String(60), primary_key=True),
    sa.Column("book", sa.String(40), primary_key=True),
    sa.Column("account_id", sa.String(36), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("minor_units", sa.BigInteger, nullable=False),
    sa.Column("at", At, nullable=False),
)
_I = INVOICE.c
_INSERT, _POST = sa.insert(INVOICE), sa.insert(LEDGER)
_ONE = sa.select(_I.document, _I.state, _I.paid_at).where(_I.id == sa.bindparam("id"))
_SEVERAL = sa.select(_I.document, _I.state, _I.paid_at).where(_I.id.in_(sa.bindparam("ids", expanding=True)))
_LAST = sa.select(NUMBER.c.last).where(NUMBER.c.year == sa.bindparam("year"))
_MARK = (
    sa.update(INVOICE)
    .where(_I.id == sa.bindparam("its_id"))
    .values(state=sa.bindparam("new_state"), paid_at=sa.bindparam("new_paid_at"))
)
_SHOWN = ("id", "number", "kind", "account_id", "subscription_id", "period", "currency", "net", "tax", "credit_used",
          "due", "state", "issued_at", "paid_at", "of_invoice")  # fmt: skip


def numbered(work: Work, drafts: Sequence[Invoice], prefix: str) -> list[Invoice]:
    """The next numbers of their years. They are taken in the transaction that writes the invoices, so none is left out."""
    last: dict[int, int] = {}
    found = []
    for draft in drafts:
        year = draft.issued_at.year
        if year not in last:
            row = work.execute(_LAST, {"year": year}).first()
            last[year] = row.last if row else 0
            if row is None:
                work.execute(sa.insert(NUMBER), {"year": year, "last": 0})
        last[year] += 1
        found.append(replace(draft, number=f"{prefix}-{year}-{last[year]:06d}"))
    for year, number in last.items():
        work.execute(sa.update(NUMBER).where(NUMBER.c.year == year).values(last=number))
    return found


def add(work: Work, invoices: Sequence[Invoice]) -> None:
    if invoices:
        work.execute(_INSERT, [{**{n: getattr(i, n) for n in _SHOWN}, "document": to_json(i)} for i in invoices])


def post(work: Work, postings: Sequence[Posting], at: Instant) -> None:
    """A posting that is there already is a broken promise: the key refuses it, and the whole transaction with it."""
    rows = [
        {
            "posting": p.key,
            "book": book,
            "account_id": p.account_id,
            "currency": p.currency,
            "minor_units": units,
            "at": at,
        }
        for p in postings
        for book, units in p.lines.items()
    ]
    if rows:
        work.execute(_POST, rows)


def find(work: Work, invoice_id: str) -> Invoice | None:
    row = work.execute(_ONE, {"id": invoice_id}).first()
    return None if row is None else _invoice(row)


def several(work: Work, ids: Sequence[str]) -> dict[str, Invoice]:
    found = work.execute(_SEVERAL, {"ids": list(ids)})
    return {invoice.id: invoice for invoice in map(_invoice, found)}


def mark(work: Work, invoices: Sequence[Invoice]) -> None:
    """Their states as they are now."""
    if invoices:
        work.execute(_MARK, [{"its_id": i.id, "new_state": i.state, "new_paid_at": i.paid_at} for i in invoices])


def of_account(work: Work, account_id: str, most: int) -> list[Invoice]:
    """Newest first."""
    chosen = sa.select(_I.document, _I.state, _I.paid_at).where(_I.account_id == account_id)
    rows = work.execute(chosen.order_by(_I.issued_at.desc(), _I.id.desc()).limit(most))
    return [_invoice(row) for row in rows]


def balances(work: Work) -> list[tuple[str, str, int]]:
    """Book, currency and balance of every book: the sums of each currency are zero."""
    chosen = sa.select(LEDGER.c.book, LEDGER.c.currency, sa.func.sum(LEDGER.c.minor_units).label("sum"))
    rows = work.execute(chosen.group_by(LEDGER.c.book, LEDGER.c.currency).order_by(LEDGER.c.book, LEDGER.c.currency))
    return [(row.book, row.currency, int(row.sum)) for row in rows]


def _invoice(row: Any) -> Invoice:
    kept = from_json(bytes(row.document), Invoice, what="An invoice")
    return replace(kept, state=row.state, paid_at=row.paid_at)


def unbalanced(work: Work) -> list[str]:
    whole = sa.func.sum(LEDGER.c.minor_units)
    return [
        row.posting for row in work.execute(sa.select(LEDGER.c.posting).group_by(LEDGER.c.posting).having(whole != 0))
    ]


def received(work: Work) -> dict[str, int]:
    """What came in, by charge."""
    chosen = sa.select(LEDGER.c.posting, LEDGER.c.minor_units)
    rows = work.execute(chosen.where(LEDGER.c.book.like("cash:%"), LEDGER.c.posting.like("received:%")))
    return {row.posting.removeprefix("received:"): row.minor_units for row in rows}


def numbers(work: Work) -> list[str]:
    return [row.number for row in work.execute(sa.select(_I.number).order_by(_I.number))]


def periods(work: Work) -> dict[tuple[str, int], str]:
    rows = work.execute(sa.select(_I.subscription_id, _I.period, _I.id).where(_I.period.is_not(None)))
    return {(row.subscription_id, row.period): row.id for row in rows}


def open_due(work: Work) -> int:
    chosen = sa.select(sa.func.coalesce(sa.func.sum(_I.due), 0)).where(_I.state == "open")
    return int(work.execute(chosen).scalar_one())
