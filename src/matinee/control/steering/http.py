"""Steering's outside door: the agents' reports, the operator's fleet."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.steering.api import (
    HELD_BY_GATEWAY_MAX,
    HELD_MAX,
    AgentAnswer,
    Asker,
    Build,
    Explanation,
    Fill,
    Heat,
    Misses,
    Purge,
    PurgeOrder,
    Rollout,
    RoutesFound,
    SessionShown,
    StartRollout,
    Steering,
)
from matinee.control.steering.model.addresses import parse_address, parse_prefix
from matinee.kernel.errors import InvalidInput, NotSignedIn
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId, TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.callers import Caller
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.inside import TOKEN
from matinee.wire.purge import PurgeNews, TombstonesAsked
from matinee.wire.routes import RouteNews, RoutesKnown

_SEQUENCE_MAX = 1 << 53
_PAGE_MAX, _CURSOR_DIGITS_MAX = 200, 17
_DAYS_MAX = 90


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
    fenced: str
    """Why nobody is sent to it though it reports."""
    tombstones_refused: int
    reach: Reach
    site: str
    """Empty: it stands alone."""
    spot: tuple[float, float] | None
    """Latitude and longitude, degrees."""
    load: float
    """0 idle, 1 saturated."""
    share: float
    """Of the viewers it would have: less while it comes back from a failure."""
    capacity_bytes: int
    """What it may hold of releases; 0: it does not say."""
    build: str
    errors_per_minute: float


@dataclass(frozen=True, slots=True)
class PurgeBody:
    """A title, a release, or one file of a release by its path."""

    reason: str
    title_id: str | None = None
    release_id: str | None = None
    path: str | None = None
    refetch: bool = False
    appliance_id: str | None = None


@dataclass(frozen=True, slots=True)
class PurgesBody:
    purges: tuple[Purge, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BuildBody:
    """Its parts came in before."""

    name: str
    sha256: str
    parts: int


@dataclass(frozen=True, slots=True)
class RolloutBody:
    build: str
    reason: str
    soak_bytes: int = 2_000_000_000
    """What each that has it serves on average before more get it."""
    soak_blocks: int = 6
    """In how many periods of five minutes."""


@dataclass(frozen=True, slots=True)
class RolloutCommandBody:
    reason: str


@dataclass(frozen=True, slots=True)
class RolloutsBody:
    rollouts: tuple[Rollout, ...]
    next_cursor: str | None


Check = Callable[[Request[Any, Any, Any]], None]


def routes(steering: Steering, agent_token: str) -> list[HTTPRouteHandler]:
    def check(request: Request[Any, Any, Any]) -> None:
        shown = request.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {agent_token}".encode()):
            raise NotSignedIn("This appliance's token is not the one the service knows.")

    return [
        *_agent_routes(steering, check),
        *_fleet_routes(steering),
        *_why_routes(steering),
        *_audience_routes(steering),
        *_purge_routes(steering),
        *_build_routes(steering, check),
        *_rollout_routes(steering),
    ]


def _agent_routes(steering: Steering, check: Check) -> list[HTTPRouteHandler]:
    @post(
        "/edge/agent/health",
        status_code=200,
        opt={"bare": True, "lean": True},
        summary="An appliance reports and gets its orders",
    )
    async def health(data: JSONBody[HealthReport], request: Request[Any, Any, Any]) -> AgentAnswer:
        check(request)
        _check_number(data.tombstone_sequence)
        _check_number(data.revocation_sequence)
        return await steering.report(data)

    @post(
        "/edge/agent/routes",
        status_code=200,
        opt={"bare": True, "lean": True},
        summary="What was announced to an appliance",
    )
    async def announced(data: JSONBody[RouteNews], request: Request[Any, Any, Any]) -> RoutesKnown:
        check(request)
        return await steering.routes(data)

    @post(
        "/edge/agent/accounts",
        status_code=200,
        opt={"bare": True, "lean": True},
        summary="What an edge sent, and to which sessions",
    )
    async def account(data: JSONBody[Accounts], request: Request[Any, Any, Any]) -> AccountsKnown:
        check(request)
        return await steering.account(data)

    @post(
        "/edge/agent/tombstones",
        status_code=200,
        opt={"bare": True, "lean": True},
        summary="An edge waits for what must go",
    )
    async def tombstones(data: JSONBody[TombstonesAsked], request: Request[Any, Any, Any]) -> PurgeNews:
        check(request)
        _check_number(data.tombstone_sequence)
        # A gateway in another process holds a connection to us for each, and has few.
        places = HELD_BY_GATEWAY_MAX if TOKEN in request.headers else HELD_MAX
        return await steering.tombstones(data, places=places)

    return [health, announced, account, tombstones]


def _fleet_routes(steering: Steering) -> list[HTTPRouteHandler]:
    @get("/edge/appliances", summary="The fleet and what it holds")
    async def appliances(operator: NamedDependency[Caller]) -> list[ApplianceBody]:
        return [
            ApplianceBody(
                a.id,
                a.kind,
                a.url,
                a.healthy,
                a.last_seen_at,
                a.bytes_held,
                a.bytes_free,
                a.releases,
                a.filling,
                a.fenced,
                a.tombstones_refused,
                a.reach,
                a.site,
                a.spot,
                a.load,
                a.share,
                a.capacity_bytes,
                a.build,
                a.errors_per_minute,
            )
            for a in await steering.appliances()
        ]

    @get("/edge/fills", summary="Releases on their way to appliances: running, failed and waiting")
    async def fills(operator: NamedDependency[Caller]) -> list[Fill]:
        return list(await steering.fills())

    @get("/edge/heat", summary="What is watched where, what is held of it, and what is expected")
    async def heat(operator: NamedDependency[Caller], site: FromQuery[str] = "", days: FromQuery[int] = 7) -> Heat:
        return await steering.heat(site=site, days=days)

    return [appliances, fills, heat]


def _why_routes(steering: Steering) -> list[HTTPRouteHandler]:
    @get("/edge/routes", summary="Every announced prefix that holds an address or a prefix")
    async def found(
        operator: NamedDependency[Caller],
        address: FromQuery[str | None] = None,
        prefix: FromQuery[str | None] = None,
    ) -> RoutesFound:
        if prefix is not None and address is None:
            parse_prefix(prefix, field="prefix")
            return await steering.find_routes(prefix)
        if address is not None and prefix is None:
            parse_address(address, field="address")
            return await steering.find_routes(address)
        raise InvalidInput("Say which address, or which prefix: one of them.", field="address")

    @get("/edge/explain", summary="Why a client is sent where it is")
    async def explain(operator: NamedDependency[Caller], client: FromQuery[str], title: FromQuery[str]) -> Explanation:
        parse_address(client)
        return await steering.explain(TitleId(parse_id(title, what="title")), Asker(address=client))

    return [found, explain]


def _audience_routes(steering: Steering) -> list[HTTPRouteHandler]:
    @get(
        "/edge/sessions/{session_id:str}",
        summary="Which edges served a session what, and where it was sent and why",
        opt={"audit": True},
    )
    async def session(operator: NamedDependency[Caller], session_id: FromPath[str]) -> SessionShown:
        return await steering.session(SessionId(parse_id(session_id, what="session_id")))

    @get("/edge/misses", summary="Bytes that did not come from where they best would, by day, site and reason")
    async def misses(operator: NamedDependency[Caller], days: FromQuery[int] = 7) -> Misses:
        if not 1 <= days <= _DAYS_MAX:
            raise InvalidInput(f"days must be from 1 to {_DAYS_MAX}.", field="days")
        return await steering.misses(days=days)

    return [session, misses]


def _purge_routes(steering: Steering) -> list[HTTPRouteHandler]:
    @post("/edge/purge", status_code=201, summary="Take a title, a release or a file away from all edges")
    async def purge(operator: NamedDependency[Caller], data: JSONBody[PurgeBody]) -> Purge:
        order = PurgeOrder(
            data.reason,
            operator.account,
            None if data.title_id is None else TitleId(parse_id(data.title_id, what="title_id")),
            None if data.release_id is None else ReleaseId(parse_id(data.release_id, what="release_id")),
            data.path,
            data.refetch,
            None if data.appliance_id is None else ApplianceId(data.appliance_id),
        )
        return await steering.order_purge(order)

    @get("/edge/purges", summary="What was purged, by whom and why, and who has carried it out")
    async def purges(
        operator: NamedDependency[Caller], limit: FromQuery[int] = 50, cursor: FromQuery[str | None] = None
    ) -> PurgesBody:
        found = await steering.purges(before=_after_cursor(cursor, limit), limit=limit)
        more = str(found[-1].number) if len(found) == limit else None
        return PurgesBody(tuple(found), more)

    @get("/edge/purges/{number:int}", summary="One purge, with each appliance's acknowledgment")
    async def one(operator: NamedDependency[Caller], number: FromPath[int]) -> Purge:
        _check_number(number)
        return await steering.purge_status(number)

    return [purge, purges, one]


def _build_routes(steering: Steering, check: Check) -> list[HTTPRouteHandler]:
    @get("/edge/builds/{sha256:str}/file", opt={"bare": True}, summary="An appliance fetches software")
    async def fetched(sha256: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        check(request)
        return Response(await steering.build_file(sha256), media_type="application/zip")

    @put("/edge/builds/{sha256:str}/parts/{part:int}", status_code=204, summary="A part of a build's file")
    async def keep(
        operator: NamedDependency[Caller], sha256: FromPath[str], part: FromPath[int], request: Request[Any, Any, Any]
    ) -> None:
        await steering.keep_part(sha256, part, await request.body())

    @post("/edge/builds", status_code=201, summary="Software for appliances, once its parts came in")
    async def add(operator: NamedDependency[Caller], data: JSONBody[BuildBody]) -> Build:
        return await steering.add_build(data.name, data.sha256, parts=data.parts, by=operator.account)

    @get("/edge/builds", summary="Software that appliances can be given")
    async def builds(operator: NamedDependency[Caller]) -> list[Build]:
        return list(await steering.builds())

    return [fetched, keep, add, builds]


def _rollout_routes(steering: Steering) -> list[HTTPRouteHandler]:
    @post("/edge/rollouts", status_code=201, summary="Give appliances a build: one, one of each cluster, more")
    async def start(operator: NamedDependency[Caller], data: JSONBody[RolloutBody]) -> Rollout:
        return await steering.start_rollout(
            StartRollout(data.build, data.reason, operator.account, data.soak_bytes, data.soak_blocks)
        )

    @get("/edge/rollouts", summary="Builds that were rolled out, by whom and why, and how it went")
    async def rollouts(
        operator: NamedDependency[Caller], limit: FromQuery[int] = 50, cursor: FromQuery[str | None] = None
    ) -> RolloutsBody:
        found = await steering.rollouts(before=_after_cursor(cursor, limit), limit=limit)
        return RolloutsBody(tuple(found), str(found[-1].number) if len(found) == limit else None)

    @get("/edge/rollouts/{number:int}", summary="One roll-out, with each appliance, and what each build did")
    async def one(operator: NamedDependency[Caller], number: FromPath[int]) -> Rollout:
        _check_number(number)
        return await steering.rollout_status(number)

    async def command(
        operator: Caller, number: int, what: Literal["pause", "resume", "abort"], body: RolloutCommandBody
    ) -> Rollout:
        _check_number(number)
        return await steering.command_rollout(number, what, by=operator.account, reason=body.reason)

    @post("/edge/rollouts/{number:int}/pause", status_code=200, summary="Give the build to nobody more for now")
    async def pause(
        operator: NamedDependency[Caller], number: FromPath[int], data: JSONBody[RolloutCommandBody]
    ) -> Rollout:
        return await command(operator, number, "pause", data)

    @post("/edge/rollouts/{number:int}/resume", status_code=200, summary="Go on with a roll-out that was paused")
    async def resume(
        operator: NamedDependency[Caller], number: FromPath[int], data: JSONBody[RolloutCommandBody]
    ) -> Rollout:
        return await command(operator, number, "resume", data)

    @post("/edge/rollouts/{number:int}/abort", status_code=200, summary="All who have the build go back")
    async def abort(
        operator: NamedDependency[Caller], number: FromPath[int], data: JSONBody[RolloutCommandBody]
    ) -> Rollout:
        return await command(operator, number, "abort", data)

    return [start, rollouts, one, pause, resume, abort]


def _after_cursor(cursor: str | None, limit: int) -> int | None:
    if not 1 <= limit <= _PAGE_MAX:
        raise InvalidInput(f"limit must be from 1 to {_PAGE_MAX}.", field="limit")
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < _CURSOR_DIGITS_MAX):
        raise InvalidInput("This cursor is none that was given here.", field="cursor")
    return None if cursor is None else int(cursor)


def _check_number(number: int) -> None:
    if not 0 <= number <= _SEQUENCE_MAX:
        raise InvalidInput("No tombstone has that number.", field="tombstone_sequence")
