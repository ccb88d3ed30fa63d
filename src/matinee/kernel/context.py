"""What travels with a request without being an argument: its id, how much time is left for it, its place in a trace."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
deadline_monotonic: ContextVar[float | None] = ContextVar("deadline_monotonic", default=None)
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""As W3C Trace Context writes it: version, trace, the span that is under way, flags."""
