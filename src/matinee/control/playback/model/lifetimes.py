"""How long an edge ticket opens anything: as long as the film may last, and never longer than the rights do."""

from matinee.kernel.quantities import Instant, Span, hours

SLACK: Span = hours(2)
"""Pauses, and an outage of the control plane: a film that began must be able to end."""


def ticket_ends(now: Instant, *, duration_ms: int, position_ms: int = 0, rights_end: Instant | None = None) -> Instant:
    ends = now + Span(milliseconds=duration_ms - position_ms) + SLACK
    return ends if rights_end is None else min(ends, rights_end)
