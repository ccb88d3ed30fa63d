"""How much patience and room a client gets."""

from dataclasses import dataclass

from matinee.kernel.quantities import Span, minutes, seconds


@dataclass(frozen=True, slots=True)
class ServerLimits:
    head_bytes_max: int = 16 << 10
    head_timeout: Span = seconds(10)
    """From the first byte of a request (or the connection) to its empty line, however many bytes drip in between."""
    idle_timeout: Span = minutes(1)
    """Between requests of one connection."""
    stall_timeout: Span = seconds(30)
    """Without a single byte taken by the client while it is being sent a file."""
    requests_max: int = 10_000
    """On one connection."""
    connections_max: int = 20_000
    tls_connections_max: int = 512
    """Each is a thread."""
