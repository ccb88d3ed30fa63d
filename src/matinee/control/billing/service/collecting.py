"""Asking for money: what was written down is asked for, and what was answered is written down.

A charge is in the database before anybody is asked for it, and its id is the provider's key. So whatever dies in between,
the next look asks again under the same key and learns what happened. An outcome is written once: whoever comes second, a
look, a webhook, another process, finds it there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matinee.control.billing import store
from matinee.control.billing.model import turns
from matinee.control.billing.model.agreement import Agreement
from matinee.control.billing.model.invoices import Invoice
from matinee.control.billing.model.ledger import Posting
from matinee.control.billing.model.turns import Settled
from matinee.control.billing.settings import Terms
from matinee.control.billing.store.payments import ChargeRow
from matinee.engines.database.port import Database, Work
from matinee.engines.payments.port import Charge, Outcome, PaymentProvider
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import Ids
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, days, hours, minutes
from matinee.wire.events import BillingNotice

LOOK_AGAIN = minutes(15)
"""Longer than an answer may take: meanwhile the charge belongs to whoever is asking."""
PUT_OFF = hours(6)
"""What goes wrong in a way nobody expects is for a person to look at; others come first."""
_FAR = days(1)
_AT_ONCE_MAX, _SETTLED_AT_ONCE = 16, 64
_log = logger("billing")


@dataclass(frozen=True, slots=True)
class Ground:
    """What billing's stories share."""

    database: Database
    providers: Mapping[str, PaymentProvider]
    """By name; charges remember whose they are."""
    provider: str
    """With whom new methods are kept."""
    clock: Clock
    ids: Ids
    terms: Terms


def charge_for(invoice: Invoice, agreement: Agreement, attempt: int, *, charge_id: str, now: Instant) -> ChargeRow:
    return ChargeRow(
        charge_id, invoice.id, attempt, invoice.account_id, agreement.provider, agreement.method, invoice.currency,
        invoice.due, "asked", "", "", now, now + LOOK_AGAIN,
    )  # fmt: skip


class Collecting:
    def __init__(self, ground: Ground) -> None:
        self._g = ground

    async def collect(self, charges: Sequence[ChargeRow], *, is_again: bool = False) -> None:
        """Ask for all of them; whatever stays unknown is looked at again."""
        for first in range(0, len(charges), _SETTLED_AT_ONCE):
            turn = asyncio.Semaphore(_AT_ONCE_MAX)
            some = charges[first : first + _SETTLED_AT_ONCE]
            async with asyncio.TaskGroup() as asking:
                asked = [asking.create_task(self._ask(charge, turn, is_again)) for charge in some]
            await self.settle([outcome for task in asked if (outcome := task.result()) is not None])

    async def look_at_open(self, most: int) -> int:
        """Ask after charges whose outcome should be known by now."""
        now = self._g.clock.now()

        def take(work: Work) -> list[ChargeRow]:
            found = store.payments.to_look_at(work, now, most)
            taken = [replace(charge, look_at=now + LOOK_AGAIN) for charge in found]
            store.payments.put(work, taken)
            return taken

        taken = await self._g.database.write(take)
        await self.collect(taken, is_again=True)
        return len(taken)

    async def bring_nearer(self, now: Instant) -> None:
        """The clock was set back: nothing waits for a time that is far off now."""

        def nearer(work: Work) -> None:
            store.payments.bring_nearer(work, far=now + _FAR, soon=now + LOOK_AGAIN)
            grace = days(1) * (1 + self._g.terms.dunning.grace_hours // 24)
            store.subscriptions.bring_nearer(work, far=now + grace, soon=now + _FAR)

        await self._g.database.write(nearer)

    async def _ask(self, charge: ChargeRow, turn: asyncio.Semaphore, is_again: bool) -> Outcome | None:
        """None: not known yet. Asked again under the same key a provider may only repeat itself, a fault or a `pending` for
        a whole day: so what became of it is looked up first."""
        provider = self._g.providers.get(charge.provider)
        if provider is None:
            _log.error("a charge waits for a provider that is not set up", provider=charge.provider)
            return None
        asked = _asked(charge)
        try:
            async with turn:
                if is_again and (known := await provider.find(asked)):
                    return known
                return await provider.charge(asked)
        except Unavailable as error:
            _log.warning("the outcome of a charge is not known yet", provider=charge.provider, reason=error.sentence)
        except Exception as error:  # one charge's surprise must not keep all others waiting
            reason = f"{type(error).__name__}: {error}"
            _log.error("a charge went wrong and is put off", charge=charge.id, provider=charge.provider, reason=reason)
            await self._put_off(charge)
        return None

    async def _put_off(self, charge: ChargeRow) -> None:
        until = self._g.clock.now() + PUT_OFF

        def wait(work: Work) -> None:
            found = store.payments.several(work, [charge.id]).get(charge.id)
            if found is not None and found.state == "asked":
                store.payments.put(work, [replace(found, look_at=until)])

        await self._g.database.write(wait)

    async def hear(self, charge_id: str) -> None:
        """Something happened to this charge, somebody says: what it is, its provider is asked."""
        found = (await self._g.database.read(lambda work: store.payments.several(work, [charge_id]))).get(charge_id)
        if found is None or found.state == "succeeded" or found.provider not in self._g.providers:
            return
        outcome = await self._g.providers[found.provider].find(_asked(found))
        if outcome is not None and outcome.state != found.state:
            await self.settle([outcome])

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        known = {outcome.key: outcome for outcome in outcomes if outcome.state != "pending"}
        if known:
            now = self._g.clock.now()
            await self._g.database.write(lambda work: _settle(work, known, self._g.terms, now))


def _asked(charge: ChargeRow) -> Charge:
    return Charge(
        charge.id, charge.method, charge.currency, charge.minor_units, f"invoice {charge.invoice_id}", charge.asked_at
    )


def _settle(work: Work, known: Mapping[str, Outcome], terms: Terms, now: Instant) -> None:
    charges = store.payments.several(work, list(known))
    invoices = store.invoices.several(work, [charge.invoice_id for charge in charges.values()])
    agreements = store.subscriptions.several(work, [charge.account_id for charge in charges.values()])
    done: list[ChargeRow] = []
    marked: list[Invoice] = []
    postings: list[Posting] = []
    for charge in charges.values():
        outcome = known[charge.id]
        # A provider that takes a no back has the money, so that is heard; a yes it cannot take back.
        if charge.state == "succeeded" or charge.state == outcome.state:
            continue
        invoice, old = invoices[charge.invoice_id], agreements.get(charge.account_id)
        settled = _settled(old, invoice, charge, outcome, terms, now)
        if settled.agreement is not None:
            agreements[charge.account_id] = settled.agreement
        invoices[invoice.id] = settled.invoice
        marked.append(settled.invoice)
        postings += settled.postings
        done.append(
            replace(charge, state=outcome.state, reason=outcome.reason[:80], provider_id=outcome.id, look_at=None)
        )
        if settled.notice:
            work.emit(BillingNotice(charge.account_id, settled.notice, old.plan if old else ""))
    store.payments.put(work, done)
    store.invoices.mark(work, marked)
    store.invoices.post(work, postings, now)
    store.subscriptions.put(work, [agreements[c.account_id] for c in done if c.account_id in agreements])


def _settled(
    old: Agreement | None, invoice: Invoice, charge: ChargeRow, outcome: Outcome, terms: Terms, now: Instant
) -> Settled:
    if outcome.state == "succeeded":
        return turns.charge_succeeded(old, invoice, charge.id, charge.provider, outcome.minor_units, now)
    return turns.charge_failed(old, invoice, terms.dunning, now)
