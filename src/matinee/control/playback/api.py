"""The inside door of playback."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from matinee.control.catalog.api import Viewer
from matinee.kernel.errors import Conflict, NotFound, Refusal, Unavailable
from matinee.kernel.ids import AccountId, ProfileId, ReleaseId, SessionId, TitleId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, days, seconds
from matinee.wire.beacons import Beacon, Heartbeat, Position
from matinee.wire.events import Envelope
from matinee.wire.releases import Marker

HEARTBEAT = seconds(10)
SLOT_SILENCE_MAX = seconds(45)
CLEARKEY = "org.w3.clearkey"
SESSION_AGE_MAX = days(2)
"""A film paused longer than this is pressed play on again."""
STOPPED = "stopped"
"""Why a session ended whose player said so itself."""


@dataclass(frozen=True, slots=True)
class Device:
    """What the player says it can do."""

    type: Literal["web", "mobile", "tv", "console"] = "web"
    codecs: tuple[str, ...] = ("avc1", "mp4a")
    drm: tuple[str, ...] = (CLEARKEY,)
    robustness: str | None = None
    hdcp: str | None = None
    max_height: int = 2160
    hdr: bool = False
    audio: tuple[str, ...] = ("stereo",)


@dataclass(frozen=True, slots=True)
class StartPlayback:
    account_id: AccountId
    profile_id: ProfileId
    device_id: str
    title_id: TitleId
    viewer: Viewer
    device: Device = field(default_factory=Device)
    on_limit: Literal["refuse", "end_oldest"] = "refuse"
    client: str | None = None
    """The address of who asks."""
    episode_id: TitleId | None = None
    """Of the series that `title_id` names. Without it the first that can be seen is played."""


@dataclass(frozen=True, slots=True)
class ThumbnailSheets:
    url_template: str
    """With `$Number$`, from 1."""
    tile_columns: int
    tile_rows: int
    tile_width: int
    tile_height: int
    interval_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class PlaybackPlan:
    """Everything a player needs to begin."""

    session_id: SessionId
    title_id: TitleId
    name: str
    release_id: ReleaseId
    license_token: str
    drm_systems: tuple[str, ...]
    resume_ms: int
    duration_ms: int
    markers: tuple[Marker, ...]
    thumbnails: ThumbnailSheets | None

    def __repr__(self) -> str:
        return f"PlaybackPlan(session_id={self.session_id!r}, title_id={self.title_id!r}, license_token=[redacted])"


@dataclass(frozen=True, slots=True)
class Preview:
    """A film of half a minute that every browser plays as it is: H.264 and AAC in MP4, in the clear."""

    urls: tuple[str, ...]
    """On the edges, best first, each with a ticket: good for two hours, and in ranges."""
    duration_ms: int

    def __repr__(self) -> str:
        return f"Preview(urls=[redacted], duration_ms={self.duration_ms!r})"


@dataclass(frozen=True, slots=True)
class PlaybackSession:
    id: SessionId
    account_id: AccountId
    profile_id: ProfileId
    title_id: TitleId
    release_id: ReleaseId
    device: Device
    device_id: str
    height_max: int
    started_at: Instant
    ended_at: Instant | None
    end_reason: str | None
    is_trailer: bool = False
    """It takes none of the plan's streams, and nobody is reminded of it."""
    country: str | None = None
    """Under whose rights it began; None in sessions from before that was kept."""
    rights_end_at: Instant | None = None
    """As they were known when it began."""
    plan_rank: int | None = None
    """Of the plan it began with; None in sessions from before that was kept."""


@dataclass(frozen=True, slots=True)
class ActiveStream:
    session_id: SessionId
    title_id: TitleId | None
    """None where whoever is told may not see the title."""
    device_id: str
    started_at: Instant


class TooManyStreams(Refusal):
    """The plan's simultaneous streams are in use."""

    status = 409

    def __init__(self, allowed: int, active: Sequence[ActiveStream], *, upgrade_to: str | None) -> None:
        screens = "one screen" if allowed == 1 else f"{allowed} screens"
        super().__init__(
            f"Your plan plays on {screens} at a time. End another one, or change your plan.",
            allowed=allowed,
            active_streams=list(active),
            **({"upgrade_to": upgrade_to} if upgrade_to else {}),
        )


class PlanInactive(Refusal):
    """The account has no plan in force."""

    status = 402

    def __init__(self) -> None:
        super().__init__("Your plan is not active. Choose a plan to watch.")


class NothingForThisDevice(Refusal):
    """The release has no picture this device can decode, may see, or has a key system for."""

    status = 422


class SessionEnded(Conflict):
    """The session is over: ended elsewhere, or silent for too long and its slot taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(_ENDED.get(reason, "This stream has ended. Press play again."), reason=reason)


_ENDED = {
    "rights": "The rights to this film have ended, and it can be played no more.",
    "signed_out": "This device was signed out. Sign in, and press play again.",
    "expired": "This stream began long ago. Press play again.",
    "silent": "This stream was quiet for a while, and another one took its place. Press play again.",
    "other_device": "This stream was ended because another one began on your account.",
    STOPPED: "This stream has ended. Press play again.",
}


class SessionNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such playback session on this account.")


class TrackNotFound(NotFound):
    """The release has no such track, or this session may not play it."""

    def __init__(self) -> None:
        super().__init__("This session plays no such track. Take the names of tracks from its master playlist.")


class NoPreview(NotFound):
    def __init__(self) -> None:
        super().__init__("This title has no preview.")


class NowhereToPlayFrom(Unavailable):
    """No edge and no origin holds the release right now."""


class NeighborMistaken(Unavailable):
    """A neighbor's answer cannot be right: it is about something else, or contradicts itself."""

    def __init__(self, neighbor: str, answer: str) -> None:
        super().__init__(
            f"{neighbor.capitalize()} answered with {answer}. That cannot be right; try again in a minute."
        )


class Playback(Protocol):
    @call(priority=Priority.PLAY, timeout=seconds(4))
    async def start(self, command: StartPlayback) -> PlaybackPlan:
        """Decide what this device may play, from where, and sign it."""
        ...

    @call(idempotent=True)
    async def preview(self, viewer: Viewer, title_id: TitleId) -> Preview:
        """Where the preview of a visible title lies. It is no session, takes no stream and asks for no plan."""
        ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def session(self, account_id: AccountId, session_id: SessionId) -> PlaybackSession: ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def dash(self, account_id: AccountId, session_id: SessionId, *, client: str | None = None) -> str:
        """`client` is the address of who asks, here and below."""
        ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def hls_master(self, account_id: AccountId, session_id: SessionId, *, client: str | None = None) -> str: ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def hls_media(
        self, account_id: AccountId, session_id: SessionId, track: str, *, pathway: str = "", client: str | None = None
    ) -> str: ...

    @call(idempotent=True, priority=Priority.PLAY)
    async def steering(
        self,
        account_id: AccountId,
        session_id: SessionId,
        *,
        pathway: str | None = None,
        throughput_kbps: float | None = None,
        client: str | None = None,
    ) -> Sequence[str]:
        """The pathways as they rank by now for a player that fetches from `pathway` at that rate."""
        ...

    @call(idempotent=True, priority=Priority.BEACON)
    async def heartbeat(self, account_id: AccountId, session_id: SessionId, beat: Heartbeat) -> None:
        """Raises `SessionEnded` when the session is over. Durable when it returns."""
        ...

    @call(idempotent=True, priority=Priority.BEACON)
    async def events(self, account_id: AccountId, session_id: SessionId, beacons: Sequence[Beacon]) -> None: ...

    @call(idempotent=True, priority=Priority.BEACON)
    async def position(self, account_id: AccountId, session_id: SessionId, position: Position) -> None: ...

    async def renew(self, account_id: AccountId, session_id: SessionId, viewer: Viewer) -> str:
        """A fresh license token, if the session and the title may still be played by this viewer."""
        ...

    async def end(self, account_id: AccountId, session_id: SessionId, *, reason: str) -> None:
        """Edges refuse its tickets a moment later, unless it was `STOPPED`."""
        ...

    @call(idempotent=True)
    async def account_data(self, account_id: AccountId) -> str:
        """All that playback keeps of an account, as JSON."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topics `viewing`, `members` and `rights`."""
        ...
