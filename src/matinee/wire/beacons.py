"""What players report: heartbeats, events, positions. Parsed at playback, recorded by viewing."""

from dataclasses import dataclass
from typing import Literal

from matinee.kernel.quantities import Instant

BeaconType = Literal["play", "pause", "seek", "stop", "rebuffer", "bitrate", "error", "startup"]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    position_ms: int
    buffer_ms: int = 0
    bitrate_kbps: int = 0
    device_id: str = ""
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Beacon:
    type: BeaconType
    position_ms: int
    at: Instant
    value: float | None = None
    """Milliseconds for startup and rebuffer, kbit/s for bitrate."""
    detail: str | None = None
    pathway: str | None = None
    """Of an error: the pathway of content steering that failed at what another then did. `detail` says how: `timeout`,
    `network`, or the status it answered with."""


@dataclass(frozen=True, slots=True)
class Position:
    position_ms: int
    at: Instant
