"""What billing has written down, in plain numbers, for whoever checks it without trusting it."""

from dataclasses import dataclass

from matinee.control.billing import store
from matinee.engines.database.port import Database, Work


@dataclass(frozen=True, slots=True)
class Facts:
    """`unbalanced`: postings whose lines do not add up to nothing. `received`: by charge. `charges`: their invoices."""

    balances: tuple[tuple[str, str, int], ...]
    unbalanced: tuple[str, ...]
    received: dict[str, int]
    charges: dict[str, str]
    numbers: tuple[str, ...]
    periods: dict[tuple[str, int], str]
    """The invoice of each period of each subscription."""
    open_due: int
    credit: int
    accounts: dict[str, str]
    """The subscription of each account."""
    statuses: dict[str, str]
    """By account."""


async def read_facts(database: Database) -> Facts:
    def look(work: Work) -> Facts:
        return Facts(
            balances=tuple(store.invoices.balances(work)),
            unbalanced=tuple(store.invoices.unbalanced(work)),
            received=store.invoices.received(work),
            charges=store.payments.invoices_of_charges(work),
            numbers=tuple(store.invoices.numbers(work)),
            periods=store.invoices.periods(work),
            open_due=store.invoices.open_due(work),
            credit=store.subscriptions.credit(work),
            accounts=store.subscriptions.ids(work),
            statuses=store.subscriptions.statuses(work),
        )

    return await database.read(look)
