"""Whether the books are right, judged by what the provider did and by the calendar, not by what billing thinks."""

import calendar
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from matinee.bench.billing_world import Lived, Subscriber
from matinee.kernel.quantities import Instant


def faults(lived: Lived) -> dict[str, list[str]]:
    """By kind; a kind with nothing in it was looked for and not found."""
    return {
        "ledger": list(_ledger(lived)),
        "double charge": list(_doubles(lived)),
        "lost charge": list(_lost(lived)),
        "invoice numbers": list(_numbers(lived.facts.numbers)),
        "periods": list(_periods(lived)),
    }


def _ledger(lived: Lived) -> Iterator[str]:
    facts = lived.facts
    yield from (f"the posting {key} does not balance" for key in facts.unbalanced)
    sums: Counter[str] = Counter()
    books: Counter[str] = Counter()
    for book, currency, units in facts.balances:
        sums[currency] += units
        books[book] += units
    yield from (f"{currency} adds up to {units}" for currency, units in sums.items() if units)
    if books["receivable"] != facts.open_due:
        yield f"receivable is {books['receivable']}, and {facts.open_due} are due"
    if -books["credit"] != facts.credit:
        yield f"members' credit is {-books['credit']} in the books and {facts.credit} beside them"
    taken = sum(e.minor_units for e in lived.truth.entries.values() if e.state == "succeeded")
    if books["cash:pretend"] != taken:
        yield f"the provider took {taken}, and the books say {books['cash:pretend']}"


def _doubles(lived: Lived) -> Iterator[str]:
    """The provider writes down what each charge is for: the name of an invoice."""
    taken = Counter(entry.what for entry in lived.truth.entries.values() if entry.state == "succeeded")
    yield from (f"{what} was charged {times} times" for what, times in taken.items() if times > 1)


def _lost(lived: Lived) -> Iterator[str]:
    facts, taken = lived.facts, {k: e.minor_units for k, e in lived.truth.entries.items() if e.state == "succeeded"}
    for key, units in taken.items():
        if facts.received.get(key) != units:
            yield f"the provider took {units} for {key}, and the books have {facts.received.get(key)}"
    yield from (f"{key} is in the books and was never taken" for key in facts.received.keys() - taken.keys())
    yield from (
        f"nobody wrote down that {key} is asked for" for key in lived.truth.entries.keys() - facts.charges.keys()
    )


def _numbers(numbers: Sequence[str]) -> Iterator[str]:
    by_year: dict[str, list[int]] = {}
    for number in numbers:
        _, year, count = number.rsplit("-", 2)
        by_year.setdefault(year, []).append(int(count))
    for year, found in by_year.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"{year} has {len(found)} invoices numbered up to {max(found)}"


def _periods(lived: Lived) -> Iterator[str]:
    """Every period is there once, and as many as the calendar has."""
    facts = lived.facts
    last: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for subscription, period in facts.periods:
        last[subscription] = max(last[subscription], period)
        count[subscription] += 1
    for who in lived.subscribers:
        subscription = facts.accounts[who.account_id]
        if last[subscription] != count[subscription]:
            yield f"{subscription} has {count[subscription]} periods up to number {last[subscription]}"
        is_plain = not who.declines and facts.statuses[who.account_id] == "active"
        if is_plain and count[subscription] != (expected := _elapsed(who, lived.until)):
            yield f"{subscription} had {count[subscription]} periods, and the calendar has {expected}"


def _elapsed(who: Subscriber, until: Instant) -> int:
    """Counted day by day's own arithmetic: how many anniversaries of the first period have come."""
    found, months = 0, 0
    while _anniversary(who.since, months) <= until:
        found, months = found + 1, months + (12 if who.interval == "year" else 1)
    return found


def _anniversary(since: Instant, months: int) -> Instant:
    year, month = since.year + (since.month - 1 + months) // 12, (since.month - 1 + months) % 12 + 1
    days = calendar.monthrange(year, month)[1]
    first = since.replace(year=year, month=month, day=1)
    return first + timedelta(days=min(since.day, days) - 1)
