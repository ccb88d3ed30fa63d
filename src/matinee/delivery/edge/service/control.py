"""Steering over HTTP: one report out, one set of instructions back; news of routes; accounts; and the question that is held open."""

from matinee.delivery.edge.api import AccountRefused, AllAsked, ControlRefused, Instructions
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeNews, TombstonesAsked
from matinee.wire.routes import RouteNews, RoutesKnown

_AGENT = "/api/v1/edge/agent/"
_BUILDS = "/api/v1/edge/builds/"
_HELD_OPEN_MAX = seconds(35)
"""Longer than steering holds a question open, and than any request may take at the gateway."""
_BUILD_SILENCE = seconds(20)


class HttpControl:
    """Implements `Control`. `token` is the appliance's own; it is sent to no one else."""

    def __init__(self, network: Network, control_url: str, token: str, *, timeout: Span = seconds(5)) -> None:
        self._network = network
        self._url = control_url.rstrip("/") + _AGENT
        self._builds = control_url.rstrip("/") + _BUILDS
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

    async def build(self, sha256: str, size: int) -> bytes:
        asked = Outgoing("GET", f"{self._builds}{sha256}/file", headers=self._headers, timeout=_BUILD_SILENCE)
        async with self._network.stream(asked) as answer:
            if answer.status != 200:
                raise Unavailable(f"Steering has no such build for this appliance, and answered {answer.status}.")
            data = bytearray()
            async for chunk in answer.chunks:
                data += chunk
                if len(data) > size:
                    raise Unavailable(f"More came than the {size} bytes that this build has.")
        return bytes(data)

    async def _say(self, what: str, body: bytes, *, timeout: Span | None = None) -> bytes:
        answer = await self._network.fetch(
            Outgoing("POST", self._url + what, headers=self._headers, body=body, timeout=timeout or self._timeout)
        )
        if answer.status >= 500:
            raise Unavailable(f"Steering is not well at the moment, and answered {answer.status}.")
        if what == "health" and answer.status == AllAsked.answered:
            raise AllAsked("Steering asks for all that this edge holds.")
        if what == "accounts" and answer.status in AccountRefused.answered:
            raise AccountRefused(f"Steering does not take this account, and answered {answer.status}.")
        if answer.status != 200:
            raise ControlRefused(f"Steering answered {answer.status}. Check the appliance's token and the control URL.")
        return answer.body
