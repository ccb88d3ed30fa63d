"""Steering over HTTP: one report out, one set of instructions back; news of routes; accounts; and the question that is held open."""

from matinee.delivery.edge.api import AllAsked, ControlRefused, Instructions
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeNews, TombstonesAsked
from matinee.wire.routes import RouteNews, RoutesKnown

_AGENT = "/api/v1/edge/agent/"
_HELD_OPEN_MAX = seconds(35)
"""Longer than steering holds a question open, and than any request may take at the gateway."""


class HttpControl:
    """Implements `Control`. `token` is the appliance's own; it is sent to no one else."""

    def __init__(self, network: Network, control_url: str, token: str, *, timeout: Span = seconds(5)) -> None:
        self._network = network
        self._url = control_url.rstrip("/") + _AGENT
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._timeout = timeout

    async def report(self, report: HealthReport) -> Instructions:
        return from_json(await self._say("health", to_json(report)), Instructions, what="Steering's answer")

    async def routes(self, news: RouteNews) -> RoutesKnown:
        return from_json(await self._say("routes", to_json(news)), RoutesKnown, what="Steering's answer")

    async def account(self, accounts: Accounts) -> AccountsKnown:
        return from_json(await self._say("accounts", to_json(accounts)), AccountsKnown, what="Steering's answer")

    async def tombstones(self, asked: TombstonesAsked) -> PurgeNews:
        answer = await self._say("tombstones", to_json(asked), timeout=_HELD_OPEN_MAX)
        return from_json(answer, PurgeNews, what="Steering's answer")

    async def _say(self, what: str, body: bytes, *, timeout: Span | None = None) -> bytes:
        answer = await self._network.fetch(
            Outgoing("POST", self._url + what, headers=self._headers, body=body, timeout=timeout or self._timeout)
        )
        if answer.status >= 500:
            raise Unavailable(f"Steering is not well at the moment, and answered {answer.status}.")
        if what == "health" and answer.status == AllAsked.answered:
            raise AllAsked("Steering asks for all that this edge holds.")
        if answer.status != 200:
            raise ControlRefused(f"Steering answered {answer.status}. Check the appliance's token and the control URL.")
        return answer.body
