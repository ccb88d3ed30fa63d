"""Problem documents (RFC 9457): the one form of every error answer."""

from collections.abc import Mapping
from http import HTTPStatus

from matinee.kernel.errors import MatineeError
from matinee.wire.encoding import to_json

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://matinee.invalid/problems/"
"""Types are names, not places: `.invalid` never resolves. Clients match on the last part."""

_RETRY_AFTER_S = 5
_UNEXPECTED = "Something went wrong on our side. Try again; if it stays, tell the operator the request id."


def problem(error: Exception, *, request_id: str) -> tuple[int, Mapping[str, object]]:
    """Status and document for any error. Unexpected ones say nothing about their insides."""
    if isinstance(error, MatineeError) and (error.status < 500 or error.status in (503, 507)):
        status, name, detail, members = error.status, error.type, error.sentence, error.members
    else:
        status, name, detail, members = 500, "unexpected", _UNEXPECTED, {}
    return status, document(status, name, detail, request_id=request_id, members=members)


def document(
    status: int, name: str, detail: str, *, request_id: str, members: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    return {
        **(members or {}),
        "type": TYPE_BASE + name,
        "title": _phrase(status),
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }


def _phrase(status: int) -> str:
    """Some statuses are a protocol's own (tus has 460) and have no phrase in HTTP."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"


def retry_after(status: int, body: Mapping[str, object]) -> dict[str, str]:
    """The header that says when to come again: what is not there right now is tried soon, but not at once."""
    if status != HTTPStatus.SERVICE_UNAVAILABLE:
        return {}
    return {"retry-after": str(body.get("retry_after_s", _RETRY_AFTER_S))}


def render(body: Mapping[str, object]) -> bytes:
    return to_json(body)
