"""The other end of `bench split`: a process that answers calls of a service on one port, and bare requests on another, with
the same bytes.

    python -m matinee.bench.answering CALLS_PORT BARE_PORT
"""

import asyncio
import sys
from dataclasses import dataclass

from matinee.app.rpc.door import ServiceDoor
from matinee.app.rpc.serve import serve
from matinee.app.rpc.shapes import shapes
from matinee.app.server import HttpServer, bind
from matinee.control.billing.api import PLANS, Billing, Plan, Subscription
from matinee.delivery.gateway.api import Receive, Scope, Send
from matinee.kernel import log
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import AccountId, Ids
from matinee.resilience.guard import Faults, guarded
from matinee.resilience.spans import Spans
from matinee.wire.events import Envelope

SECRET = "of this measurement alone"  # noqa: S105 - two processes of one benchmark know each other by it


class Answers:
    """Billing that knows one answer, so that only the way to it is measured."""

    async def plans(self) -> list[Plan]:
        return list(PLANS)

    async def subscription(self, account_id: AccountId) -> Subscription:
        return Subscription(account_id, PLANS[1], "active")

    async def subscribe(self, account_id: AccountId, plan_id: str) -> Subscription:
        return await self.subscription(account_id)

    async def account_data(self, account_id: AccountId) -> str:
        return "{}"

    async def note(self, envelope: Envelope) -> None:
        """Nothing happens here."""


@dataclass(frozen=True, slots=True)
class OnePlace:
    """All services are at one address."""

    url: str

    async def find(self, service: str) -> str:
        return self.url

    def note_failure(self, service: str, url: str) -> None:
        """There is no other."""


async def _bare(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})


ACCOUNT = AccountId("0190a2b4-0000-7000-8000-000000000001")
_BODY = shapes(Billing)["subscription"].pack_result(Subscription(ACCOUNT, PLANS[1], "active"))


async def answer(calls_port: int, bare_port: int) -> None:
    """Until standard input ends: with whoever started this."""
    log.configure(level="warning")
    clock = SystemClock()
    billing = guarded(Billing, Answers(), name="billing", clock=clock, faults=Faults())
    spans = Spans("billing", clock, Ids(clock, SystemChance()))
    door = ServiceDoor({"billing": serve(Billing, billing, clock)}, _bare, clock, spans, secret=SECRET)
    servers = [(HttpServer(door), calls_port), (HttpServer(_bare), bare_port)]
    answering = [asyncio.create_task(server.run_on(bind("127.0.0.1", port))) for server, port in servers]
    await asyncio.to_thread(sys.stdin.buffer.read)
    for server, _ in servers:
        server.should_exit = True
    await asyncio.gather(*answering)


if __name__ == "__main__":
    import uvloop

    uvloop.run(answer(int(sys.argv[1]), int(sys.argv[2])))
