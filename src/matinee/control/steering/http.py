"""Steering's outside door: the agents' reports, the operator's fleet."""

import hmac
from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody

from matinee.control.steering.api import AgentAnswer, Asker, Explanation, Steering
from matinee.control.steering.model.addresses import parse_address
from matinee.kernel.errors import InvalidInput, NotSignedIn
from matinee.kernel.ids import TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller
from matinee.wire.health import FillProgress, HealthReport
from matinee.wire.routes import RouteNews, RoutesKnown

_SEQUENCE_MAX = 1 << 53


@dataclass(frozen=True, slots=True)
class ApplianceBody:
    id: str
    kind: str
    url: str
    healthy: bool
    last_seen_at: Instant | None
    bytes_held: int
    bytes_free: int
    releases: tuple[str, ...]
    filling: tuple[FillProgress, ...]


def routes(steering: Steering, agent_token: str) -> list[HTTPRouteHandler]:
    def check(request: Request[Any, Any, Any]) -> None:
        shown = request.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {agent_token}".encode()):
            raise NotSignedIn("This appliance's token is not the one the service knows.")

    @post("/edge/agent/routes", status_code=200, opt={"bare": True}, summary="What was announced to an appliance")
    async def announced(data: JSONBody[RouteNews], request: Request[Any, Any, Any]) -> RoutesKnown:
        check(request)
        return await steering.routes(data)

    @get("/edge/explain", summary="Why a client is sent where it is")
    async def explain(operator: NamedDependency[Caller], client: FromQuery[str], title: FromQuery[str]) -> Explanation:
        parse_address(client)
        return await steering.explain(TitleId(parse_id(title, what="title")), Asker(address=client))

    @post("/edge/agent/health", status_code=200, opt={"bare": True}, summary="An appliance reports and gets its orders")
    async def health(data: JSONBody[HealthReport], request: Request[Any, Any, Any]) -> AgentAnswer:
        check(request)
        if not 0 <= data.tombstone_sequence <= _SEQUENCE_MAX:
            raise InvalidInput("No tombstone has that number.", field="tombstone_sequence")
        if not 0 <= data.revocation_sequence <= _SEQUENCE_MAX:
            raise InvalidInput("No revocation has that number.", field="revocation_sequence")
        return await steering.report(data)

    @get("/edge/appliances", summary="The fleet and what it holds")
    async def appliances(operator: NamedDependency[Caller]) -> list[ApplianceBody]:
        return [
            ApplianceBody(
                a.id, a.kind, a.url, a.healthy, a.last_seen_at, a.bytes_held, a.bytes_free, a.releases, a.filling
            )
            for a in await steering.appliances()
        ]

    return [health, announced, appliances, explain]
