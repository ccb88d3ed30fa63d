"""The audit trail's outside door. Nothing here writes: entries are made where operators are let in."""

from dataclasses import dataclass
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from matinee.control.members.api.audit import Audit, Sought
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class EntryBody:
    id: str
    at: Instant
    actor: str | None
    actor_email: str | None
    action: str
    subjects: tuple[str, ...]
    fields: tuple[str, ...]
    status: int | None
    request_id: str


@dataclass(frozen=True, slots=True)
class TrailBody:
    entries: tuple[EntryBody, ...]
    next_cursor: int | None


def routes(audit: Audit) -> list[HTTPRouteHandler]:
    @get("/audit", summary="Who did what, and who looked at whom", opt={"audit": True})
    async def trail(
        operator: NamedDependency[Caller],
        actor: FromQuery[str | None] = None,
        subject: Annotated[str | None, QueryParameter(max_length=200)] = None,
        action: Annotated[str | None, QueryParameter(max_length=200)] = None,
        since: FromQuery[Instant | None] = None,
        until: FromQuery[Instant | None] = None,
        limit: FromQuery[int] = 50,
        cursor: FromQuery[int | None] = None,
    ) -> TrailBody:
        by = None if actor is None else AccountId(parse_id(actor, what="actor"))
        found = await audit.trail(Sought(by, subject, action, since, until), limit=limit, cursor=cursor)
        emails = {named.account_id: named.email for named in found.actors}
        entries = tuple(
            EntryBody(
                id=entry.id,
                at=entry.at,
                actor=entry.act.actor,
                actor_email=None if entry.act.actor is None else emails.get(entry.act.actor),
                action=entry.act.action,
                subjects=entry.act.subjects,
                fields=entry.act.said,
                status=entry.status,
                request_id=entry.act.request_id,
            )
            for entry in found.trail.entries
        )
        return TrailBody(entries, found.trail.next_cursor)

    return [trail]
