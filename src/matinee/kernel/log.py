"""One line of JSON an event, on stderr. Secrets are cut out here, whatever the caller passed."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from matinee.kernel.context import request_id

_SECRET_NAMES = re.compile(
    r"pass(word|phrase)|token|secret|cookie|authorization|(^|_)key$|ticket|license_request", re.I
)
# An edge ticket stands in the path (`/v1/{ticket}/…`), so paths are scrubbed wherever they appear in a value.
_TICKET_IN_PATH = re.compile(r"/v1/[A-Za-z0-9_.\-=]{40,}(?=/|$)")
_BEARER = re.compile(r"(Bearer\s+)[A-Za-z0-9_.\-=]+", re.I)


def redact(text: str) -> str:
    """Cut tickets and bearer tokens out of free text."""
    return _BEARER.sub(r"\1[redacted]", _TICKET_IN_PATH.sub("/v1/[ticket]", text))


def _scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if _SECRET_NAMES.search(name) and not isinstance(value, bool | int | float | None):
            event[name] = "[redacted]"
        elif isinstance(value, str):
            event[name] = redact(value)
    return event


def _name_request(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (current := request_id.get()) != "-":
        event["request_id"] = current
    return event


def configure(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Set up the process's log once. `level` is one of debug, info, warning, error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _name_request,
            _scrub,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=stream or sys.stderr, format="%(name)s: %(message)s")


def logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that names the room it speaks from."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(room=room))
