"""A small server that behaves as Stripe's API is documented to: forms in, objects out, idempotency keys, lists by page."""

import itertools
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

Json = dict[str, Any]
_DECLINED = "tok_declined"


class StripeServer:
    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.loses_next = False
        self.answers_next: int | None = None
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self._intents: list[Json] = []
        self._refunds: list[Json] = []
        self._methods: dict[str, str] = {}
        self._kept: dict[str, tuple[dict[str, str], int, Json]] = {}
        self._numbers = itertools.count(1)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.asked.append((request.method, request.path, form, {k.lower(): v for k, v in request.headers.items()}))
        if request.headers.get("authorization") != f"Bearer {self.secret}":
            return web.json_response({"error": {"type": "invalid_request_error", "message": "no such key"}}, status=401)
        if self.answers_next is not None:
            status, self.answers_next = self.answers_next, None
            return web.json_response({"error": {"type": "api_error", "message": "try again"}}, status=status)
        key = request.headers.get("idempotency-key")
        if key and key in self._kept:
            before, status, body = self._kept[key]
            if before != form:
                status, body = 400, {"error": {"type": "idempotency_error", "message": "other parameters"}}
        else:
            status, body = self._do(request, form)
            if key:
                self._kept[key] = (form, status, body)
        if self.loses_next:
            self.loses_next = False
            assert request.transport is not None
            request.transport.close()
        return web.json_response(body, status=status)

    def _do(self, request: web.Request, form: dict[str, str]) -> tuple[int, Json]:
        parts = request.path.strip("/").split("/")
        match (request.method, parts):
            case ("POST", ["v1", "customers"]):
                return 200, {"id": f"cus_{next(self._numbers)}", "object": "customer"}
            case ("POST", ["v1", "payment_methods", token, "attach"]):
                return self._attach(token)
            case ("POST", ["v1", "payment_methods", token, "detach"]):
                return 200, {"id": token, "object": "payment_method"}
            case ("POST", ["v1", "payment_intents"]):
                return self._intent(form)
            case ("GET", ["v1", "payment_intents"]):
                return 200, self._listed(self._intents, request, "customer")
            case ("POST", ["v1", "refunds"]):
                return self._refund(form)
            case ("GET", ["v1", "refunds"]):
                return 200, self._listed(self._refunds, request, "payment_intent")
        return 404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}}

    def _attach(self, token: str) -> tuple[int, Json]:
        if token not in ("tok_good", _DECLINED):
            return 404, {
                "error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such token"}
            }
        method = f"pm_{next(self._numbers)}"
        self._methods[method] = token
        last4 = "4242" if token == "tok_good" else "0002"
        return 200, {
            "id": method,
            "object": "payment_method",
            "type": "card",
            "card": {"brand": "visa", "last4": last4},
        }

    def _intent(self, form: dict[str, str]) -> tuple[int, Json]:
        assert (form["confirm"], form["off_session"]) == ("true", "true")
        amount, is_declined = int(form["amount"]), self._methods[form["payment_method"]] == _DECLINED
        found: Json = {
            "id": f"pi_{next(self._numbers)}",
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0 if is_declined else amount,
            "currency": form["currency"],
            "customer": form["customer"],
            "status": "requires_payment_method" if is_declined else "succeeded",
            "metadata": {"key": form["metadata[key]"]},
        }
        self._intents.insert(0, found)
        if not is_declined:
            return 200, found
        error = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}
        found["last_payment_error"] = error
        return 402, {"error": {**error, "message": "Your card was declined.", "payment_intent": found}}

    def _refund(self, form: dict[str, str]) -> tuple[int, Json]:
        intent = next((i for i in self._intents if i["id"] == form["payment_intent"]), None)
        given = sum(r["amount"] for r in self._refunds if r["payment_intent"] == form["payment_intent"])
        if intent is None or given + int(form["amount"]) > intent["amount_received"]:
            return 400, {
                "error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "too much"}
            }
        found: Json = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": int(form["amount"]),
            "payment_intent": form["payment_intent"],
            "status": "succeeded",
            "metadata": {"key": form["metadata[key]"]},
        }
        self._refunds.insert(0, found)
        return 200, found

    def _listed(self, rows: list[Json], request: web.Request, by: str) -> Json:
        chosen = [row for row in rows if row[by] == request.query[by]]
        if after := request.query.get("starting_after"):
            chosen = chosen[[row["id"] for row in chosen].index(after) + 1 :]
        # Pages of one, whatever is asked for: a list is always longer than a page.
        return {"object": "list", "data": chosen[:1], "has_more": len(chosen) > 1}
