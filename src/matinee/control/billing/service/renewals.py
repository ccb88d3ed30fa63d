"""Renewing what is due: in batches, each begun in one transaction, by any number of processes.

To begin a period moves its subscription on, so no other process finds it due; the number of the period is under a unique
key, so nobody could begin it twice. What a crash leaves behind is a charge that nobody asked about, and those are looked at.

**Clocks.** A period is begun when the clock says that the one before is over, each in its turn: after an outage all that
were had are billed, in order, the next when the last is paid. A clock that jumps ahead by more than `_JUMP` begins nothing
for `_HOLD`: by then a wrong one is put right, and after an outage an hour is no loss. One that jumps back finds nothing
due; what waits for a time that is now far off is brought nearer. Nothing is charged twice, and no period left out.
"""

from dataclasses import replace

from matinee.control.billing import store
from matinee.control.billing.model import turns
from matinee.control.billing.model.agreement import Agreement, ended, not_paid
from matinee.control.billing.model.coupons import Coupon
from matinee.control.billing.model.ledger import Posting
from matinee.control.billing.service.collecting import Collecting, Ground, charge_for
from matinee.control.billing.store.payments import ChargeRow, Pace
from matinee.engines.database.port import Work
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, hours, minutes
from matinee.wire.events import BillingNotice

_BATCH = 200
_JUMP, _HOLD, _NOTED_EVERY, _BACK = hours(48), hours(1), minutes(10), minutes(5)
_log = logger("billing")


class Renewals:
    def __init__(self, ground: Ground, collecting: Collecting) -> None:
        self._g = ground
        self._collecting = collecting

    async def look(self) -> int:
        """A batch of each kind. Zero: there was nothing to do."""
        now, found = self._g.clock.now(), 0
        pace, is_open, is_due = await self._g.database.read(lambda work: _waiting_for(work, now))
        is_sound = await self._is_time_sound(pace, now)
        if is_open:
            found += await self._collecting.look_at_open(_BATCH)
        if is_due and is_sound:
            found += await self._begin(now)
        return found

    async def _is_time_sound(self, pace: Pace | None, now: Instant) -> bool:
        if pace is not None and pace.seen_at - _BACK <= now < pace.seen_at + _NOTED_EVERY and pace.hold_until is None:
            return True
        found = _kept_pace(pace, now)
        if pace is not None and now < pace.seen_at - _BACK:
            _log.warning("the clock was set back", from_=pace.seen_at.isoformat(), to=now.isoformat())
            await self._collecting.bring_nearer(now)
        if found.hold_until is not None and (pace is None or pace.hold_until is None):
            _log.warning(
                "the clock jumped ahead, or nobody looked for long: renewals wait", until=found.hold_until.isoformat()
            )
        await self._g.database.write(lambda work: store.payments.put_pace(work, found))
        return found.hold_until is None

    async def _begin(self, now: Instant) -> int:
        batch = _Batch(self._g, now)
        charges, count = await self._g.database.write(batch.begin)
        await self._collecting.collect(charges)
        return count


def _waiting_for(work: Work, now: Instant) -> tuple[Pace | None, bool, bool]:
    """The pace, and whether charges, or subscriptions, wait to be looked at."""
    is_open, _ = store.payments.is_any_to_look_at(work, now)
    return store.payments.pace(work), is_open, store.subscriptions.is_any_due(work, now)


def _kept_pace(pace: Pace | None, now: Instant) -> Pace:
    if pace is None:
        return Pace(now, None)
    if now < pace.seen_at - _BACK:
        return Pace(now, None)
    if now > pace.seen_at + _JUMP:
        return Pace(now, now + _HOLD)
    holds = pace.hold_until is not None and now < pace.hold_until
    return Pace(now, pace.hold_until if holds else None)


class _Batch:
    """One transaction's work. It may run again, so it keeps nothing."""

    def __init__(self, ground: Ground, now: Instant) -> None:
        self._g = ground
        self._now = now

    def begin(self, work: Work) -> tuple[list[ChargeRow], int]:
        found = store.subscriptions.due(work, self._now, _BATCH)
        coupons = store.coupons.several(work, sorted({a.coupon for a in found if a.coupon}))
        steps = [(a, turns.step(a, self._g.terms, coupons.get(a.coupon or ""), self._now)) for a in found]
        charges = self._renew(work, [a for a, step in steps if step == "begin"], coupons)
        charges += self._try_again(work, [a for a, step in steps if step == "try_again"])
        self._end(work, [a for a, step in steps if step == "end"])
        self._give_up(work, [a for a, step in steps if step == "give_up"])
        store.subscriptions.put(work, [_waiting(a) for a, step in steps if step == "wait"])
        return charges, len(found)

    def _renew(self, work: Work, due: list[Agreement], coupons: dict[str, Coupon]) -> list[ChargeRow]:
        if not due:
            return []
        ids, now = self._g.ids, self._now
        made = [
            turns.renewal(a, self._g.terms, coupons.get(a.coupon or ""), invoice_id=ids.new(), now=now) for a in due
        ]
        invoices = store.invoices.numbered(work, [each.invoice for each in made], self._g.terms.seller.prefix)
        store.invoices.add(work, invoices)
        postings: list[Posting] = [posting for each in made for posting in each.postings]
        store.invoices.post(work, postings, now)
        store.subscriptions.put(work, [each.agreement for each in made])
        charges = [
            charge_for(invoice, each.agreement, 0, charge_id=ids.new(), now=now)
            for invoice, each in zip(invoices, made, strict=True)
            if invoice.state == "open" and each.agreement.method
        ]
        for each in made:
            if each.agreement.status == "past_due":
                work.emit(BillingNotice(each.agreement.account_id, "payment_failed", each.agreement.plan))
        store.payments.add(work, charges)
        return charges

    def _try_again(self, work: Work, late: list[Agreement]) -> list[ChargeRow]:
        charges = []
        for old in late:
            charge = try_again(work, old, self._g, self._now)
            if charge is None:
                store.subscriptions.put(work, [not_paid(old, self._g.terms.dunning, self._now)])
            else:
                charges.append(charge)
        return charges

    def _end(self, work: Work, over: list[Agreement]) -> None:
        for old in over:
            if old.status == "trialing" and not old.ends_at_period_end:
                work.emit(BillingNotice(old.account_id, "trial_ended", old.plan))
        store.subscriptions.put(work, [ended(old, self._now) for old in over])

    def _give_up(self, work: Work, late: list[Agreement]) -> None:
        for old in late:
            give_up(work, old, self._now)


def _waiting(old: Agreement) -> Agreement:
    """Its open charge drives it, or nothing does; else it is looked at when its period is over."""
    is_idle = old.open_invoice is not None or old.is_over or old.is_free
    return replace(old, due_at=None if is_idle else old.period_end)


def try_again(work: Work, old: Agreement, ground: Ground, now: Instant) -> ChargeRow | None:
    """The next charge of a late invoice, written down. None: there is nothing to ask, or it is being asked for already."""
    if old.open_invoice is None or not old.method:
        return None
    invoice = store.invoices.find(work, old.open_invoice)
    last = store.payments.last_of(work, old.open_invoice)
    if invoice is None or invoice.state != "open" or (last is not None and last.state != "failed"):
        return None
    attempt = 0 if last is None else last.attempt + 1
    charge = charge_for(invoice, old, attempt, charge_id=ground.ids.new(), now=now)
    store.payments.add(work, [charge])
    store.subscriptions.put(work, [replace(old, due_at=None, changed_at=now)])
    return charge


def give_up(work: Work, old: Agreement, now: Instant) -> None:
    """End a plan whose payment is late, and take its invoice back."""
    invoice = None if old.open_invoice is None else store.invoices.find(work, old.open_invoice)
    if invoice is None:
        store.subscriptions.put(work, [ended(old, now)])
        return
    settled = turns.give_up(old, invoice, now)
    store.invoices.mark(work, [settled.invoice])
    store.invoices.post(work, settled.postings, now)
    assert settled.agreement is not None
    store.subscriptions.put(work, [settled.agreement])
    work.emit(BillingNotice(old.account_id, settled.notice, old.plan))


def take_back_open(work: Work, account_id: str, now: Instant) -> None:
    """The account's open invoice, if there is one: what comes in for it after all is the member's."""
    old = store.subscriptions.whole(work, account_id)
    invoice = store.invoices.find(work, old.open_invoice) if old and old.open_invoice else None
    if old is None or invoice is None or invoice.state != "open":
        return
    settled = turns.take_back(old, invoice, now)
    store.invoices.mark(work, [settled.invoice])
    store.invoices.post(work, settled.postings, now)
    assert settled.agreement is not None
    store.subscriptions.put(work, [settled.agreement])
