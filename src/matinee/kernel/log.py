"""One line of JSON an event, on stderr. Secrets are cut out here, whatever the caller passed."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from matinee.kernel.context import request_id

_SECRET_NAMES = re.compile(
    r"pass(word|phrase)|token|secret|cookie|authorization|(^|_)key$|ticket|license_request", re.I
)
# An edge ticket stands in the path (`/v1/{ticket}/…`), so it is cut wherever it appears in a value, whole or broken off.
_TICKET_IN_PATH = re.compile(r"/v1/[\w.\-=~+]{40,}")
# A ticket on its own, as a header or a cookie carries it: base64url of `{"…`, then the rest.
_TICKET = re.compile(r"eyJ[\w\-]{16,}(?:\.[\w\-]*)*")
_BEARER = re.compile(r"(Bearer\s+)[^\s\"',;]+", re.I)


_written = {"from": logging.INFO}


def redact(text: str) -> str:
    """Cut tickets and bearer tokens out of free text."""
    return _TICKET.sub("[ticket]", _BEARER.sub(r"\1[redacted]", _TICKET_IN_PATH.sub("/v1/[ticket]", text)))


def _scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = _clean(name, value)
    return event


def _clean(name: str, value: object) -> object:
    """The value without its secrets, however deep they lie; what is not plain data is judged by its `repr`."""
    if isinstance(value, bool | int | float | None):
        return value
    if _SECRET_NAMES.search(name):
        return "[redacted]"
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), found) for inner, found in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", found) for found in value]
    return redact(value if isinstance(value, str) else repr(value))


def _name_request(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (current := request_id.get()) != "-":
        event["request_id"] = current
    return event


def configure(*, level: str = "info", stream: TextIO | None = None, process: str = "") -> None:
    """Set up the process's log once. `level` is one of debug, info, warning, error. `process` is said in every line,
    where several of a house write to one stream. Without a stream, to what `sys.stderr` is when a line is written."""

    def name_process(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"process": process, **event} if process else event

    number = logging.getLevelNamesMapping()[level.upper()]
    told = cast(TextIO, _Forgiving(stream))
    _written["from"] = number
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _name_request,
            name_process,
            _scrub,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(told),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(told)
    handler.setFormatter(RedactingFormatter("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def writes_debug() -> bool:
    """Whether lines of the lowest level are written: for whom it costs something to know what to say."""
    return _written["from"] <= logging.DEBUG


class _Forgiving:
    """Where the log goes. On a full disk, or where nobody listens any more, a line is lost; the work that wanted to tell
    something goes on."""

    def __init__(self, stream: TextIO | None) -> None:
        self._given = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            (self._given or sys.stderr).write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            (self._given or sys.stderr).flush()


class RedactingFormatter(logging.Formatter):
    """Libraries log through the standard library; a request line of theirs may hold a ticket too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that names the room it speaks from."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(room=room))
