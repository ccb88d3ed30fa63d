"""Playback's outside door."""

from dataclasses import dataclass, field
from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.catalog.api import viewer_of
from matinee.control.playback.api import (
    CLEARKEY,
    HEARTBEAT,
    Device,
    Playback,
    PlaybackPlan,
    PlaybackSession,
    Preview,
    StartPlayback,
    ThumbnailSheets,
)
from matinee.control.playback.model.steered import fetching_from
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, ProfileId, SessionId, TitleId, parse_id
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.beacons import Beacon, Heartbeat, Position
from matinee.wire.callers import Caller
from matinee.wire.releases import Marker

Asked = Request[Any, Any, Any]
STEERING_EVERY = seconds(30)
"""How often players ask whether to fetch from elsewhere. Who finds an edge dead turns to the next at once."""
_EVENTS_MAX = 500
_LICENSE_URLS = {CLEARKEY: "/api/v1/licenses/clearkey"}
_ENTRIES_MAX, _ENTRY_MAX = 32, 64
"""A device's lists are kept with its session: so many words, of so many characters."""


@dataclass(frozen=True, slots=True)
class PlayBody:
    title_id: str
    profile_id: str | None = None
    episode_id: str | None = None
    device: Device = field(default_factory=Device)
    network: dict[str, str] | None = None
    on_limit: Literal["refuse", "end_oldest"] = "refuse"


@dataclass(frozen=True, slots=True)
class TitleRef:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ManifestsBody:
    dash: str
    hls: str


@dataclass(frozen=True, slots=True)
class DrmBody:
    systems: tuple[str, ...]
    license_urls: dict[str, str]
    token: str


@dataclass(frozen=True, slots=True)
class PlanBody:
    session_id: str
    title: TitleRef
    manifests: ManifestsBody
    drm: DrmBody
    resume_ms: int
    duration_ms: int
    markers: tuple[Marker, ...]
    heartbeat_s: float
    thumbnails: ThumbnailSheets | None


@dataclass(frozen=True, slots=True)
class SessionBody:
    id: str
    title_id: str
    release_id: str
    started_at: Instant
    ended_at: Instant | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class TokenBody:
    token: str


def routes(playback: Playback) -> list[HTTPRouteHandler]:
    return [
        _play(playback),
        _preview(playback),
        *_session_routes(playback),
        *_manifest_routes(playback),
        *_beacon_routes(playback),
    ]


def _play(playback: Playback) -> HTTPRouteHandler:
    @post("/play", status_code=200, summary="Press play")
    async def play(data: JSONBody[PlayBody], caller: NamedDependency[Caller], request: Asked) -> PlanBody:
        profile = data.profile_id or caller.profile
        if profile is None or profile != caller.profile:
            raise InvalidInput("Say which profile plays: send its id as X-Matinee-Profile.", field="profile_id")
        _check_device(data.device)
        command = StartPlayback(
            account_id=AccountId(caller.account),
            profile_id=ProfileId(profile),
            device_id=caller.device,
            title_id=TitleId(parse_id(data.title_id, what="title_id")),
            viewer=viewer_of(caller),
            device=data.device,
            on_limit=data.on_limit,
            client=_client(request),
            episode_id=None if data.episode_id is None else TitleId(parse_id(data.episode_id, what="episode_id")),
        )
        return _plan_body(await playback.start(command))

    return play


def _preview(playback: Playback) -> HTTPRouteHandler:
    @get("/titles/{title_id:str}/preview", summary="Where a title's preview lies: half a minute of it")
    async def preview(title_id: FromPath[str], caller: NamedDependency[Caller]) -> Preview:
        return await playback.preview(viewer_of(caller), TitleId(parse_id(title_id, what="title_id")))

    return preview


def _check_device(device: Device) -> None:
    for name in ("robustness", "hdcp"):
        if len(getattr(device, name) or "") > _ENTRY_MAX:
            raise InvalidInput(f"A device's {name} has at most {_ENTRY_MAX} characters.", field=f"device.{name}")
    for name in ("codecs", "drm", "audio"):
        entries = getattr(device, name)
        if len(entries) > _ENTRIES_MAX or any(len(entry) > _ENTRY_MAX for entry in entries):
            raise InvalidInput(
                f"A device names at most {_ENTRIES_MAX} {name}, of {_ENTRY_MAX} characters each.",
                field=f"device.{name}",
            )


def _session_routes(playback: Playback) -> list[HTTPRouteHandler]:
    @get("/playback/sessions/{session_id:str}", summary="A session, and why it ended if it did")
    async def session(session_id: FromPath[str], caller: NamedDependency[Caller]) -> SessionBody:
        return _session_body(await playback.session(AccountId(caller.account), _id(session_id)))

    @post("/playback/sessions/{session_id:str}/token", status_code=200, summary="A fresh license token")
    async def token(session_id: FromPath[str], caller: NamedDependency[Caller]) -> TokenBody:
        return TokenBody(await playback.renew(AccountId(caller.account), _id(session_id), viewer_of(caller)))

    return [session, token]


def _manifest_routes(playback: Playback) -> list[HTTPRouteHandler]:
    # Manifests carry tickets, so nobody between us and the player may keep them.
    private = {"cache-control": "private, no-store"}

    @get("/playback/sessions/{session_id:str}/manifest.mpd", summary="DASH", opt={"bare": True})
    async def dash(session_id: FromPath[str], caller: NamedDependency[Caller], request: Asked) -> Response[str]:
        text = await playback.dash(AccountId(caller.account), _id(session_id), client=_client(request))
        return Response(text, media_type="application/dash+xml", headers=private)

    @get("/playback/sessions/{session_id:str}/master.m3u8", summary="HLS", opt={"bare": True})
    async def master(session_id: FromPath[str], caller: NamedDependency[Caller], request: Asked) -> Response[str]:
        text = await playback.hls_master(AccountId(caller.account), _id(session_id), client=_client(request))
        return Response(text, media_type="application/vnd.apple.mpegurl", headers=private)

    @get("/playback/sessions/{session_id:str}/hls/{file:str}", summary="HLS, one track", opt={"bare": True})
    async def media(
        session_id: FromPath[str],
        file: FromPath[str],
        caller: NamedDependency[Caller],
        request: Asked,
        pathway: FromQuery[str] = "",
    ) -> Response[str]:
        text = await playback.hls_media(
            AccountId(caller.account),
            _id(session_id),
            file.removesuffix(".m3u8"),
            pathway=pathway,
            client=_client(request),
        )
        return Response(text, media_type="application/vnd.apple.mpegurl", headers=private)

    @get(
        "/playback/sessions/{session_id:str}/steering",
        summary="Content steering: where to fetch from by now",
        opt={"bare": True, "lean": True},
    )
    async def steering(
        session_id: FromPath[str], caller: NamedDependency[Caller], request: Asked
    ) -> Response[dict[str, Any]]:
        pathway, throughput_kbps = fetching_from(request.query_params)
        ranked = await playback.steering(
            AccountId(caller.account),
            _id(session_id),
            pathway=pathway,
            throughput_kbps=throughput_kbps,
            client=_client(request),
        )
        said = {"VERSION": 1, "TTL": int(STEERING_EVERY.total_seconds()), "PATHWAY-PRIORITY": list(ranked)}
        return Response(said, media_type="application/json", headers=private)

    return [dash, master, media, steering]


def _beacon_routes(playback: Playback) -> list[HTTPRouteHandler]:
    @post(
        "/playback/sessions/{session_id:str}/heartbeat", status_code=204, opt={"lean": True}, summary="Still watching"
    )
    async def heartbeat(session_id: FromPath[str], data: JSONBody[Heartbeat], caller: NamedDependency[Caller]) -> None:
        await playback.heartbeat(AccountId(caller.account), _id(session_id), data)

    @post(
        "/playback/sessions/{session_id:str}/events",
        status_code=204,
        opt={"lean": True},
        summary="What happened, in a batch",
    )
    async def events(session_id: FromPath[str], data: JSONBody[list[Beacon]], caller: NamedDependency[Caller]) -> None:
        if len(data) > _EVENTS_MAX:
            raise InvalidInput(f"At most {_EVENTS_MAX} events at once.", field="events")
        await playback.events(AccountId(caller.account), _id(session_id), data)

    @post(
        "/playback/sessions/{session_id:str}/position", status_code=204, opt={"lean": True}, summary="Where it stands"
    )
    async def position(session_id: FromPath[str], data: JSONBody[Position], caller: NamedDependency[Caller]) -> None:
        await playback.position(AccountId(caller.account), _id(session_id), data)

    return [heartbeat, events, position]


def _client(request: Asked) -> str | None:
    return None if request.client is None else request.client.host


def _id(text: str) -> SessionId:
    return SessionId(parse_id(text, what="session_id"))


def _plan_body(plan: PlaybackPlan) -> PlanBody:
    session = f"/api/v1/playback/sessions/{plan.session_id}"
    return PlanBody(
        plan.session_id,
        TitleRef(plan.title_id, plan.name),
        ManifestsBody(f"{session}/manifest.mpd", f"{session}/master.m3u8"),
        DrmBody(plan.drm_systems, {name: _LICENSE_URLS[name] for name in plan.drm_systems}, plan.license_token),
        plan.resume_ms,
        plan.duration_ms,
        plan.markers,
        HEARTBEAT.total_seconds(),
        plan.thumbnails,
    )


def _session_body(s: PlaybackSession) -> SessionBody:
    return SessionBody(s.id, s.title_id, s.release_id, s.started_at, s.ended_at, s.end_reason)
