"""What a worker counts. Each worker has its own, so that counting needs no lock; readers add them up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from matinee.engines.media_server.port import Served


class Counting(Protocol):
    """Counts of one worker, wherever they are kept."""

    requests: int
    bytes: int
    refused: int
    errors: int
    connections: int
    """Open now."""

    @property
    def by_status(self) -> Mapping[int, int]: ...

    @property
    def by_reason(self) -> Mapping[str, int]: ...

    def answered(self, status: int) -> None: ...

    def not_admitted(self, reason: str) -> None:
        """A ticket was refused. The client is told one sentence whatever the reason was."""
        ...


@dataclass(slots=True)
class Counts:
    """In this process's own memory."""

    requests: int = 0
    bytes: int = 0
    refused: int = 0
    errors: int = 0
    connections: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)

    def answered(self, status: int) -> None:
        self.requests += 1
        self.by_status[status] += 1
        if status in (401, 403):
            self.refused += 1
        elif status >= 500:
            self.errors += 1

    def not_admitted(self, reason: str) -> None:
        self.by_reason[reason] += 1


def total(counts: Iterable[Counting]) -> Served:
    each = list(counts)
    return Served(
        requests=sum(one.requests for one in each),
        bytes=sum(one.bytes for one in each),
        refused=sum(one.refused for one in each),
        errors=sum(one.errors for one in each),
        connections=sum(one.connections for one in each),
    )


def exposition(counts: Iterable[Counting]) -> bytes:
    """The Prometheus text format."""
    each = list(counts)
    served = total(each)
    by_status: Counter[int] = Counter()
    by_reason: Counter[str] = Counter()
    for one in each:
        by_status.update(dict(one.by_status))
        by_reason.update(dict(one.by_reason))
    lines = ["# HELP edge_requests_total Requests answered.", "# TYPE edge_requests_total counter"]
    lines += [f'edge_requests_total{{status="{status}"}} {count}' for status, count in sorted(by_status.items())]
    name = "edge_tickets_refused_total"
    lines += [f"# HELP {name} Tickets refused, by what was wrong.", f"# TYPE {name} counter"]
    lines += [f'{name}{{reason="{reason}"}} {count}' for reason, count in sorted(by_reason.items())]
    for name, kind, value, meaning in (
        ("edge_bytes_total", "counter", served.bytes, "Bytes of files sent."),
        ("edge_refused_total", "counter", served.refused, "Requests refused for their ticket."),
        ("edge_errors_total", "counter", served.errors, "Answers that could not be given."),
        ("edge_connections", "gauge", served.connections, "Connections open now."),
    ):
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", f"{name} {value}"]
    return ("\n".join(lines) + "\n").encode()
