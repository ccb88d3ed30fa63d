"""What requests carry from one service to another, beside their body. Headers of these names from outside are dropped."""

TOKEN = "x-matinee-service"  # noqa: S105 - a header's name; the token itself lies in the secrets folder
"""Shows that the sender is a service of this house."""
DEADLINE_MS = "x-matinee-deadline-ms"
"""How long the sender will wait for the answer, counted from when it sent the request: clocks need not agree."""
REQUEST_ID = "x-request-id"
TRACEPARENT = "traceparent"
"""W3C Trace Context: the one name here that outsiders know too."""
CLIENT = "x-matinee-client"
"""The address of who asked the gateway."""
SCHEME = "x-matinee-scheme"
"""How they reached it: cookies depend on it."""

PREFIX = "x-matinee-"
RPC = "/rpc/"
"""Calls between services lie below this path: `/rpc/{service}/{method}`."""
