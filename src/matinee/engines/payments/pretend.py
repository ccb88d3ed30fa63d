"""A provider that moves no money and misbehaves like one that does: it declines, takes its time, answers too late.

What it decides follows from the token, so a page and a test can ask for each ending; with `Moods`, from chance as well: it
declines, times out before and after a charge, and takes its time. What it did is in its book, by key: a charge asked twice
is one charge. Its webhooks wait in `due_notices`, some twice, some late and out of order, some never; whoever plays the
network delivers them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from matinee.engines.payments.port import (
    Charge,
    KeyReused,
    Method,
    MethodRefused,
    Notice,
    Outcome,
    Refund,
    State,
)
from matinee.engines.payments.signatures import check, sign
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.quantities import Instant, minutes
from matinee.wire.encoding import from_json, to_json

GOOD, DECLINED, NO_FUNDS, SLOW, REFUSED = (
    "pretend_good",
    "pretend_declined",
    "pretend_no_funds",
    "pretend_slow",
    "pretend_refused",
)
SIGNATURE = "pretend-signature"
_LABELS = {
    GOOD: "Pretend ····4242",
    DECLINED: "Pretend ····0002",
    NO_FUNDS: "Pretend ····9995",
    SLOW: "Pretend ····3220",
}
_REASONS = {DECLINED: "declined", NO_FUNDS: "insufficient_funds"}
_SLOWLY: timedelta = minutes(3)


@dataclass(frozen=True, slots=True)
class Entry:
    """A charge or a refund in the provider's book. `settles_at`: pending until then."""

    key: str
    id: str
    method: str
    currency: str
    minor_units: int
    state: State
    reason: str = ""
    settles_at: Instant | None = None
    what: str = ""

    def at(self, now: Instant) -> Outcome:
        state: State = "pending" if self.settles_at is not None and now < self.settles_at else self.state
        return Outcome(self.key, self.id, state, self.minor_units, self.reason)


class Book(Protocol):
    """Where the provider remembers. What `put` was given first under a key stays."""

    async def get(self, key: str) -> Entry | None: ...

    async def put(self, entry: Entry) -> Entry: ...


class MemoryBook:
    """Also the truth, for whoever compares it with ours."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    async def get(self, key: str) -> Entry | None:
        return self.entries.get(key)

    async def put(self, entry: Entry) -> Entry:
        return self.entries.setdefault(entry.key, entry)


@dataclass(frozen=True, slots=True)
class Moods:
    """How often each happens, from 0 to 1."""

    declines: float = 0.0
    silent_before: float = 0.0
    """Nothing was done, and nobody answers."""
    silent_after: float = 0.0
    """It was done, and nobody answers."""
    slow: float = 0.0
    notices_lost: float = 0.0
    notices_twice: float = 0.0
    notice_seconds_max: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sent:
    id: str
    key: str
    kind: str


class PretendPayments:
    name = "pretend"

    def __init__(
        self, book: Book, clock: Clock, secret: bytes, *, moods: Moods | None = None, chance: Chance | None = None
    ) -> None:
        """`moods` need `chance`."""
        self.book = book
        self._clock = clock
        self._secret = secret
        self._moods = moods or Moods()
        self._chance = chance
        self._waiting: list[tuple[Instant, int, str]] = []
        self._sent = 0

    async def attach(self, token: str, *, account_id: str) -> Method:
        label = _LABELS.get(token.partition("/")[0])
        if label is None:
            raise MethodRefused("This card cannot be used. Check its number, or take another.")
        return Method(token, label)

    async def detach(self, method: str) -> None:
        return None

    async def charge(self, charge: Charge) -> Outcome:
        self._fall_silent(self._moods.silent_before)
        token = charge.method.partition("/")[0]
        reason = _REASONS.get(token) or ("declined" if self._happens(self._moods.declines) else "")
        is_slow = token == SLOW or self._happens(self._moods.slow)
        fresh = Entry(
            charge.key,
            f"pretend-{charge.key}",
            charge.method,
            charge.currency,
            charge.minor_units,
            "failed" if reason else "succeeded",
            reason,
            self._clock.now() + _SLOWLY if is_slow else None,
            charge.what,
        )
        outcome = await self._once(fresh)
        self._tell(charge.key)
        self._fall_silent(self._moods.silent_after)
        return outcome

    async def find(self, charge: Charge) -> Outcome | None:
        return await self._look(charge.key)

    async def refund(self, refund: Refund) -> Outcome:
        return await self._once(
            Entry(
                refund.key, f"pretend-{refund.key}", refund.charge_id, refund.currency, refund.minor_units, "succeeded"
            )
        )

    async def find_refund(self, refund: Refund) -> Outcome | None:
        return await self._look(refund.key)

    def hear(self, headers: Mapping[str, str], body: bytes, now: Instant) -> Notice:
        check(headers.get(SIGNATURE, ""), body, self._secret, now)
        sent = from_json(body, _Sent, what="The provider's message")
        kind = sent.kind
        return Notice(sent.id, sent.key, kind if kind in ("charge", "refund") else "other")  # type: ignore[arg-type]  # looked at in the same line

    def notice(self, id: str, key: str, kind: str = "charge") -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook as this provider would send it now."""
        body = to_json(_Sent(id, key, kind))
        return {SIGNATURE: sign(body, self._secret, self._clock.now())}, body

    def due_notices(self) -> list[tuple[dict[str, str], bytes]]:
        """The webhooks that arrive now, signed now, the last first."""
        now = self._clock.now()
        arrived = [each for each in self._waiting if each[0] <= now]
        self._waiting = [each for each in self._waiting if each[0] > now]
        return [self.notice(f"notice-{number}", key) for _, number, key in reversed(arrived)]

    def calm(self) -> None:
        """No more moods: what follows from tokens alone is left."""
        self._moods = Moods()

    def _tell(self, key: str) -> None:
        if self._chance is None or self._happens(self._moods.notices_lost):
            return
        for _ in range(2 if self._happens(self._moods.notices_twice) else 1):
            self._sent += 1
            later = timedelta(seconds=self._chance.uniform() * self._moods.notice_seconds_max)
            self._waiting.append((self._clock.now() + later, self._sent, key))

    def _happens(self, how_often: float) -> bool:
        return how_often > 0 and self._chance is not None and self._chance.uniform() < how_often

    def _fall_silent(self, how_often: float) -> None:
        if self._happens(how_often):
            raise Unavailable("The payment provider did not answer.")

    async def _once(self, fresh: Entry) -> Outcome:
        kept = await self.book.put(fresh)
        if (kept.minor_units, kept.currency) != (fresh.minor_units, fresh.currency):
            raise KeyReused
        return kept.at(self._clock.now())

    async def _look(self, key: str) -> Outcome | None:
        found = await self.book.get(key)
        return None if found is None else found.at(self._clock.now())
