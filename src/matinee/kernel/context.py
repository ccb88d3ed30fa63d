"""What travels with a request without being an argument: its id, and how much time is left for it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
deadline_monotonic: ContextVar[float | None] = ContextVar("deadline_monotonic", default=None)
