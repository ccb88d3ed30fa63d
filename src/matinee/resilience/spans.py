"""Spans: what one request asked of whom, how long each part of it took, and how it ended.

W3C Trace Context carries the trace: every process takes `traceparent` from who asks it and gives it to whom it asks. An
ended span is one line of the log at level debug, in OpenTelemetry's words, so that a collector which reads logs can
draw it. At other levels nothing is recorded, and what came is handed on as it is.
"""

import re
from types import TracebackType
from typing import Any, Literal

from matinee.kernel import log
from matinee.kernel.clock import Clock
from matinee.kernel.context import traceparent
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Instant
from matinee.resilience.guard import Call, calls_of
from matinee.wire.inside import TRACEPARENT

Kind = Literal["server", "client", "internal"]

_log = log.logger("trace")
_KNOWN = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}\Z")
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}\Z")


class Spans:
    """Begins the spans of one process; `place` says in their lines which."""

    def __init__(self, place: str, clock: Clock, ids: Ids) -> None:
        self.place = place
        self.clock = clock
        self.ids = ids

    def answering(self, name: str, given: str | None, *, request: str = "") -> "TraceSpan":
        """What this process does for who asked, and what they gave as `traceparent`. Without, a trace begins here, named
        after the request where that is an id of ours: who has the one finds the other."""
        return TraceSpan(self, name, "server", given if given and _KNOWN.match(given) else self._root(request))

    def asking(self, name: str) -> "TraceSpan":
        """A call to another process. `traceparent` in the context is then what goes along with it."""
        return TraceSpan(self, name, "client", traceparent.get())

    def working(self, name: str) -> "TraceSpan":
        """A call to a service in this process."""
        return TraceSpan(self, name, "internal", traceparent.get())

    def _root(self, request: str) -> str:
        trace = request.replace("-", "")
        if not _TRACE_ID.match(trace):
            trace = self.ids.new().replace("-", "")
        return f"00-{trace}-{_NOBODY}-01"


def traced(protocol: Any, service: Any, *, name: str, spans: Spans) -> Any:
    """A service of this process with a span around each call; the service itself where none is recorded."""
    if not log.writes_debug():
        return service
    methods = {
        call: staticmethod(_traced(getattr(service, call), f"{name}.{call}", spans)) for call in calls_of(protocol)
    }
    return type(f"Traced{protocol.__name__}", (), {"__slots__": (), **methods})()


def _traced(inner: Call, name: str, spans: Spans) -> Call:
    async def traced_call(*args: Any, **kwargs: Any) -> Any:
        with spans.working(name):
            return await inner(*args, **kwargs)

    return traced_call


def passed_on() -> dict[str, str]:
    """The header that tells whom we ask where in which trace they stand; nothing where there is none."""
    current = traceparent.get()
    return {} if current is None else {TRACEPARENT: current}


_NOBODY = "0" * 16
"""In place of a parent's id: the span is the first of its trace."""


class TraceSpan:
    """Lasts while it is entered. `outcome` is what its line says of how it ended; an error says so itself."""

    __slots__ = ("_began", "_given", "_id", "_kind", "_name", "_spans", "_start", "_token", "outcome")

    def __init__(self, spans: Spans, name: str, kind: Kind, given: str | None) -> None:
        self._spans = spans
        self._name = name
        self._kind: Kind = kind
        self._given = given
        self._id: str | None = None
        self._start: Instant | None = None
        self._began = 0.0
        self.outcome = "ok"

    def __enter__(self) -> "TraceSpan":
        spans = self._spans
        if not log.writes_debug():
            passed = self._given
            if passed is not None and passed[36:52] == _NOBODY:
                passed = _with_id(passed, passed[19:35])  # valid, and without a draw of chance
            self._token = traceparent.set(passed)
            return self
        given = self._given or spans._root("")
        self._given, self._id = given, spans.ids.span()
        self._token = traceparent.set(_with_id(given, self._id))
        self._start, self._began = spans.clock.now(), spans.clock.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        traceparent.reset(self._token)
        if self._id is None or self._given is None or self._start is None:
            return
        parent = self._given[36:52]
        _log.debug(
            "span",
            trace_id=self._given[3:35],
            span_id=self._id,
            parent_span_id=None if parent == _NOBODY else parent,
            service=self._spans.place,
            name=self._name,
            kind=self._kind,
            start=self._start.isoformat(),
            seconds=round(self._spans.clock.monotonic() - self._began, 6),
            outcome=self.outcome if kind is None else kind.__name__,
        )


def _with_id(given: str, span_id: str) -> str:
    return f"{given[:36]}{span_id}{given[52:]}"
