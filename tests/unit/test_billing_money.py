"""Money is shared out without making or losing a cent, and time by the calendar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.billing.model import ledger
from matinee.control.billing.model.agreement import Agreement, not_paid
from matinee.control.billing.model.amounts import PPM, nearest, split, unused, used
from matinee.control.billing.model.changes import change
from matinee.control.billing.model.coupons import Coupon, reduced
from matinee.control.billing.model.invoices import Line, issued, refunded, totals, voided
from matinee.control.billing.model.ledger import posting
from matinee.control.billing.model.periods import bounds
from matinee.control.billing.model.taxes import UNTAXED, tax_at, taxed
from matinee.control.billing.model.turns import billed, credit_note
from matinee.control.billing.settings import Dunning, TaxRate, Terms
from matinee.kernel.quantities import Instant

amounts = st.integers(0, 10**9)
rates = st.builds(
    lambda ppm, inclusive: TaxRate("DE", "USt", ppm, inclusive=inclusive), st.integers(0, PPM), st.booleans()
)
anchors = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants bounds without a zone, and gives it
intervals = st.sampled_from(["month", "year"])


def at(text: str) -> Instant:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1).filter(lambda w: sum(w) > 0))
def test_parts_by_weight_add_up_to_the_whole(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= amount for part in parts)


@given(amounts, st.lists(st.integers(0, 10**7), max_size=8), st.integers(1, 10**7))
def test_a_period_cut_into_pieces_costs_what_the_period_costs(amount: int, cuts: list[int], whole: int) -> None:
    moments = [0, *sorted(cut % (whole + 1) for cut in cuts), whole]
    pieces = [used(amount, b, whole) - used(amount, a, whole) for a, b in pairwise(moments)]
    assert sum(pieces) == amount
    assert all(piece >= 0 for piece in pieces)
    assert all(used(amount, m, whole) + unused(amount, m, whole) == amount for m in moments)


@given(st.integers(-(10**9), 10**9), rates)
def test_net_and_tax_add_up_and_a_refund_mirrors_its_charge(amount: int, rate: TaxRate) -> None:
    found, back = taxed(amount, rate), taxed(-amount, rate)
    assert found.total == (amount if rate.inclusive else amount + found.tax)
    assert (back.net, back.tax) == (-found.net, -found.tax)
    assert abs(found.tax * PPM - found.net * rate.rate_ppm) <= PPM, "within a minor unit of the rate"


def test_a_half_goes_away_from_zero() -> None:
    assert [nearest(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]


@given(anchors, intervals, st.integers(0, 400))
def test_periods_follow_each_other_without_a_gap_on_the_anchor_s_day(anchor: datetime, interval: str, n: int) -> None:
    if anchor.year + n + 2 > 9999:
        return
    start, end = bounds(anchor, interval, n)  # type: ignore[arg-type]  # sampled from the literals
    assert bounds(anchor, interval, n + 1)[0] == end > start  # type: ignore[arg-type]  # as above
    assert start.timetz() == anchor.timetz()
    assert start.day == anchor.day or (start + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("anchor", "interval", "n", "begins"),
    [
        ("2026-01-31", "month", 1, "2026-02-28"),
        ("2026-01-31", "month", 2, "2026-03-31"),
        ("2028-01-31", "month", 1, "2028-02-29"),
        ("2028-02-29", "year", 1, "2029-02-28"),
        ("2028-02-29", "year", 4, "2032-02-29"),
        ("2026-03-29", "month", 7, "2026-10-29"),
    ],
)
def test_a_short_month_does_not_move_the_day_for_good(anchor: str, interval: str, n: int, begins: str) -> None:
    assert bounds(at(anchor), interval, n)[0] == at(begins)  # type: ignore[arg-type]  # one of the literals


def test_a_rate_is_right_from_its_first_day_to_the_day_before_the_next() -> None:
    found = [
        tax_at(Terms(), "DE", at(day)).rate_ppm for day in ("2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01")
    ]
    assert found == [190_000, 160_000, 160_000, 190_000]
    assert tax_at(Terms(), "ZZ", at("2026-01-01")) == UNTAXED


@given(amounts, st.integers(0, PPM), amounts)
def test_a_coupon_never_takes_more_than_the_price(price: int, ppm: int, amount: int) -> None:
    for coupon in (Coupon("A", "once", percent_ppm=ppm), Coupon("B", "once", amount=amount, currency="EUR")):
        assert 0 <= reduced(price, coupon, "EUR") <= price
    assert reduced(price, Coupon("C", "once", amount=amount, currency="USD"), "EUR") == price


@given(st.integers(-(10**6), 10**6), rates, st.integers(0, 10**6))
def test_what_is_due_and_what_the_balance_gives_make_the_total(amount: int, rate: TaxRate, credit: int) -> None:
    found = totals([Line("period", "basic", amount, at("2026-01-01"), at("2026-02-01"))], rate, credit)
    assert found.due + found.credit_used == found.net + found.tax
    assert found.due >= 0
    assert found.credit_used <= credit


def test_a_posting_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="does not balance"):
        posting("p", "a", "EUR", (ledger.RECEIVABLE, 100), (ledger.REVENUE, -99))


def paying(price: int, elapsed_plan: str = "standard") -> Agreement:
    return Agreement(
        "a", "s", elapsed_plan, "active", at("2026-01-01"), country="DE", price=price, paid=price,
        anchor=at("2026-01-01"), period=1, anchor_period=1, period_start=at("2026-01-01"),
        period_end=at("2026-02-01"), method="m",
    )  # fmt: skip


@given(
    st.integers(0, 31 * 86_400_000),
    st.integers(0, 10**5),
    st.sampled_from(["premium", "standard"]),
    st.sampled_from(["month", "year"]),
)
def test_a_change_at_any_moment_bills_whole_numbers_that_balance(ms: int, paid: int, plan: str, interval: str) -> None:
    old, now = paying(paid), at("2026-01-01") + timedelta(milliseconds=ms)
    found = change(old, plan, interval, rises=plan == "premium", terms=Terms(), coupon=None, now=now)  # type: ignore[arg-type]  # as above
    if found.then is None:
        return
    made = billed(old, found.lines, Terms(), kind="change", period=None, invoice_id="i", now=now, then=found.then)
    back = -next(line.amount for line in found.lines if line.what == "rest_of_old")
    assert 0 <= back <= paid
    assert made.invoice.total == sum(line.amount for line in found.lines)
    assert made.agreement.credit == -made.invoice.credit_used
    issue, take_back = issued(made.invoice), voided(made.invoice)
    assert {n: -a for n, a in issue.lines.items()} == dict(take_back.lines)


def test_a_change_at_the_first_and_at_the_last_moment_costs_all_and_nothing() -> None:
    old = paying(999)
    terms = Terms()
    first = change(old, "premium", "month", rises=True, terms=terms, coupon=None, now=at("2026-01-01"))
    last = change(old, "premium", "month", rises=True, terms=terms, coupon=None, now=at("2026-02-01"))
    assert [line.amount for line in first.lines] == [1499, -999]
    assert [line.amount for line in last.lines] == [0, 0]


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=6), rates)
def test_refunds_in_parts_give_the_tax_back_to_the_cent(total: int, weights: list[int], rate: TaxRate) -> None:
    lines = (Line("period", "basic", total, at("2026-01-01"), at("2026-02-01")),)
    invoice = billed(
        paying(total), lines, Terms(taxes=(rate,)), kind="renewal", period=2, invoice_id="i", now=at("2026-01-01")
    ).invoice
    before, notes = 0, []
    for part in filter(None, split(invoice.total, weights)):
        notes.append(credit_note(invoice, note_id="n", minor_units=part, refunded_before=before, now=at("2026-01-02")))
        before += part
    assert sum(note.tax for note in notes) == -invoice.tax
    assert sum(note.net for note in notes) == -invoice.net
    for number, note in enumerate(notes):
        assert sum(refunded(note, str(number), "pretend").lines.values()) == 0


def test_a_late_payment_is_tried_on_the_days_agreed_and_never_twice_in_an_hour() -> None:
    dunning, old = Dunning(), paying(999)
    now = at("2026-01-01")
    looked = []
    for _ in range(5):
        old = not_paid(old, dunning, now)
        assert old.due_at is not None
        looked.append((old.due_at - at("2026-01-01")).total_seconds() / 3600)
        now = old.due_at
    assert looked == [24, 72, 120, 168, 240]
    late = not_paid(replace(old, retries=0), dunning, at("2026-01-08"))
    assert late.due_at == at("2026-01-08") + timedelta(hours=1)
