"""Stripe, by its REST API: forms in, JSON out, no SDK.

A charge is a PaymentIntent that is confirmed off the session, under our key as `Idempotency-Key`, with the key in its
metadata as well: so it is found again when Stripe no longer remembers the key. The API's version is pinned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

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
from matinee.engines.payments.signatures import check
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import Instant, seconds

API_VERSION = "2024-06-20"
_TIMEOUT = seconds(30)
_PAGE = 100
_PAGES_MAX = 20
_AGAIN = frozenset((409, 429))
_EVENTS: Mapping[str, Literal["charge", "refund"]] = {
    "payment_intent.succeeded": "charge",
    "payment_intent.payment_failed": "charge",
    "payment_intent.canceled": "charge",
    "payment_intent.processing": "charge",
    "refund.created": "refund",
    "refund.updated": "refund",
    "refund.failed": "refund",
}
_REFUND_STATES: Mapping[str, State] = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}

Json = dict[str, Any]  # a provider's objects, of which we read a few fields


@dataclass(frozen=True, slots=True)
class StripeKeys:
    secret: str
    webhook_secret: str

    def __repr__(self) -> str:
        return "StripeKeys([redacted])"


class Stripe:
    name = "stripe"

    def __init__(self, network: Network, clock: Clock, keys: StripeKeys, *, url: str) -> None:
        self._network = network
        self._clock = clock
        self._keys = keys
        self._url = url.rstrip("/")

    async def attach(self, token: str, *, account_id: str) -> Method:
        """A customer for each method: what we keep is `customer/method`, and neither is worth anything to others."""
        status, customer = await self._post(
            "/v1/customers", {"metadata[account]": account_id}, key=f"customer-{account_id}-{token}"
        )
        if status >= 400:
            raise MethodRefused(_sentence(customer))
        status, method = await self._post(
            f"/v1/payment_methods/{quote(token, safe='')}/attach",
            {"customer": customer["id"]},
            key=f"attach-{account_id}-{token}",
        )
        if status >= 400:
            raise MethodRefused(_sentence(method))
        card = method.get("card") or {}
        label = f"{str(card.get('brand', method.get('type', ''))).capitalize()} ····{card.get('last4', '')}"
        return Method(f"{customer['id']}/{method['id']}", label)

    async def detach(self, method: str) -> None:
        await self._post(f"/v1/payment_methods/{quote(method.partition('/')[2], safe='')}/detach", {}, key="")

    async def charge(self, charge: Charge) -> Outcome:
        customer, _, method = charge.method.partition("/")
        form = {
            "amount": str(charge.minor_units),
            "currency": charge.currency.lower(),
            "customer": customer,
            "payment_method": method,
            "confirm": "true",
            "off_session": "true",
            "description": charge.what,
            "metadata[key]": charge.key,
        }
        status, found = await self._post("/v1/payment_intents", form, key=charge.key)
        if status < 400:
            return _intent(charge.key, found)
        error = found.get("error") or {}
        if error.get("type") == "idempotency_error":
            raise KeyReused
        # A card that is declined has an intent all the same; what is refused before that has none.
        intent = error.get("payment_intent")
        reason = str(error.get("decline_code") or error.get("code") or error.get("type") or "refused")
        if status == 402 or error.get("type") in ("card_error", "invalid_request_error"):
            return Outcome(charge.key, intent["id"] if intent else "", "failed", charge.minor_units, reason)
        raise Unavailable(f"The payment provider answered {status}: {_sentence(found)}")

    async def find(self, charge: Charge) -> Outcome | None:
        query = {"customer": charge.method.partition("/")[0]}
        found = await self._search("/v1/payment_intents", query, charge.key, charge.asked_at)
        return None if found is None else _intent(charge.key, found)

    async def refund(self, refund: Refund) -> Outcome:
        form = {
            "payment_intent": refund.charge_id,
            "amount": str(refund.minor_units),
            "metadata[key]": refund.key,
        }
        status, found = await self._post("/v1/refunds", form, key=refund.key)
        if status < 400:
            return _refund(refund.key, found)
        error = found.get("error") or {}
        if error.get("type") == "idempotency_error":
            raise KeyReused
        if error.get("type") in ("card_error", "invalid_request_error"):
            return Outcome(refund.key, "", "failed", refund.minor_units, str(error.get("code") or "refused"))
        raise Unavailable(f"The payment provider answered {status}: {_sentence(found)}")

    async def find_refund(self, refund: Refund) -> Outcome | None:
        query = {"payment_intent": refund.charge_id}
        found = await self._search("/v1/refunds", query, refund.key, refund.asked_at)
        return None if found is None else _refund(refund.key, found)

    def hear(self, headers: Mapping[str, str], body: bytes, now: Instant) -> Notice:
        check(headers.get("stripe-signature", ""), body, self._keys.webhook_secret.encode(), now)
        event = _parsed(body)
        about = (event.get("data") or {}).get("object") or {}
        key = (about.get("metadata") or {}).get("key")
        kind = _EVENTS.get(str(event.get("type")))
        if kind is None or not isinstance(key, str):
            return Notice(str(event.get("id", "")), "", "other")
        return Notice(str(event.get("id", "")), key, kind)

    async def _search(self, path: str, query: Mapping[str, str], key: str, asked_at: Instant) -> Json | None:
        """Lists are consistent at once; Stripe's search is not. An hour before, for clocks that differ."""
        since, after = str(int(asked_at.timestamp()) - 3600), ""
        for _ in range(_PAGES_MAX):
            form = {**query, "created[gte]": since, "limit": str(_PAGE), **({"starting_after": after} if after else {})}
            status, found = await self._ask("GET", f"{path}?{urlencode(form)}", b"", {})
            if status >= 400:
                raise Unavailable(f"The payment provider answered {status}: {_sentence(found)}")
            rows = found.get("data") or []
            for row in rows:
                if (row.get("metadata") or {}).get("key") == key:
                    return dict(row)
            if not found.get("has_more") or not rows:
                return None
            after = rows[-1]["id"]
        raise Unavailable("The payment provider lists more than can be looked through.")

    async def _post(self, path: str, form: Mapping[str, str], *, key: str) -> tuple[int, Json]:
        headers = {"content-type": "application/x-www-form-urlencoded", **({"idempotency-key": key} if key else {})}
        return await self._ask("POST", path, urlencode(form).encode(), headers)

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Json]:
        """Raises `Unavailable` for whatever leaves the outcome open: nobody there, a fault of theirs, another call of ours
        with the same key that is still under way, too many."""
        said = {
            "authorization": f"Bearer {self._keys.secret}",
            "stripe-version": API_VERSION,
            "accept": "application/json",
            **headers,
        }
        answer = await self._network.fetch(Outgoing(method, self._url + path, said, body, timeout=_TIMEOUT))
        found = _parsed(answer.body)
        is_reuse = (found.get("error") or {}).get("type") == "idempotency_error"
        if answer.status >= 500 or (answer.status in _AGAIN and not is_reuse):
            raise Unavailable(f"The payment provider is busy ({answer.status}).")
        if answer.status in (401, 403):
            raise Unavailable(
                "The payment provider does not accept our key. Check the file that MATINEE_STRIPE_KEY names."
            )
        return answer.status, found


def _parsed(body: bytes) -> Json:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unavailable("The payment provider answered something that is no JSON.") from None
    if not isinstance(found, dict):
        raise Unavailable("The payment provider answered something that is no object.")
    return found


def _intent(key: str, found: Json) -> Outcome:
    """`requires_payment_method` is a decline; what only the member could go on with is one for us, too: nobody is there."""
    state: State = "pending"
    if found["status"] == "succeeded":
        state = "succeeded"
    elif found["status"] in ("requires_payment_method", "canceled", "requires_action", "requires_confirmation"):
        state = "failed"
    error = found.get("last_payment_error") or {}
    reason = str(error.get("decline_code") or error.get("code") or ("" if state != "failed" else found["status"]))
    amount = found.get("amount_received") if state == "succeeded" else found.get("amount")
    return Outcome(key, str(found["id"]), state, int(amount or 0), reason)


def _refund(key: str, found: Json) -> Outcome:
    state = _REFUND_STATES.get(str(found.get("status")), "pending")
    return Outcome(key, str(found["id"]), state, int(found.get("amount") or 0), str(found.get("failure_reason") or ""))


def _sentence(found: Json) -> str:
    """Theirs, for an operator; it names no card."""
    return str((found.get("error") or {}).get("message") or "no reason given")[:200]
