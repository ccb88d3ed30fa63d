"""Press play, and everything that happens to a session until it ends."""

from collections.abc import Sequence
from dataclasses import replace

from matinee.control.billing.api import PLANS, Billing, Plan, Subscription
from matinee.control.catalog.api import Catalog, NotShownHere, NotYetPlayable, Playable, TitleNotFound, Viewer
from matinee.control.playback import store
from matinee.control.playback.api import (
    SESSION_AGE_MAX,
    STOPPED,
    ActiveStream,
    NoPreview,
    PlanInactive,
    PlaybackPlan,
    PlaybackSession,
    Preview,
    SessionEnded,
    SessionNotFound,
    StartPlayback,
    TooManyStreams,
    TrackNotFound,
)
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base, playlist_path, segment_path
from matinee.control.playback.model.entitlement import license_systems, playable_tracks, tiers_of
from matinee.control.playback.model.mistakes import (
    expect_playable,
    expect_release,
    expect_subscription,
    resume_within,
)
from matinee.control.playback.model.streams import admit, live
from matinee.control.playback.service.least_rates import LeastRates
from matinee.control.playback.service.revoking import Revoking
from matinee.control.playback.service.signing import Bearer, Signing, thumbnail_sheets
from matinee.control.playback.service.witnesses import Witnesses
from matinee.control.playback.store import Liveness
from matinee.control.steering.api import Asker
from matinee.control.viewing.api import Viewing, Watched
from matinee.engines.database.port import Database, Work
from matinee.engines.rows.port import Rows
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, Ids, ReleaseId, SessionId, TitleId
from matinee.kernel.quantities import Instant, from_epoch_ms, to_epoch_ms
from matinee.resilience.fallback import or_else
from matinee.wire.beacons import Beacon, Heartbeat, Position
from matinee.wire.encoding import to_json
from matinee.wire.events import Envelope
from matinee.wire.releases import Release, Track

_HLS_PATHWAYS_MAX = 3
"""Each has every playlist once more in the master's list."""


class PlaybackService:
    def __init__(
        self,
        *,
        database: Database,
        rows: Rows,
        catalog: Catalog,
        billing: Billing,
        viewing: Viewing,
        signing: Signing,
        revoking: Revoking,
        witnesses: Witnesses,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._database = database
        self._liveness = Liveness(rows)
        self._catalog = catalog
        self._billing = billing
        self._viewing = viewing
        self._signing = signing
        self._revoking = revoking
        self._witnesses = witnesses
        self._clock = clock
        self._ids = ids
        self._least = LeastRates()

    async def start(self, command: StartPlayback) -> PlaybackPlan:
        now = self._clock.now()
        subscription = await self._subscription(command.account_id)
        asked = command.episode_id or command.title_id
        found = expect_playable(await self._catalog.playable(command.viewer, asked, at=now), asked, command.viewer)
        _expect_episode(found, command)
        title, release, plan = found.title, found.release, subscription.plan
        if title.type == "preview":  # it has no manifest
            raise TitleNotFound
        is_trailer = title.type == "trailer"
        if not (is_trailer or subscription.may_play):
            raise PlanInactive
        tracks = playable_tracks(release, command.device, height_max=plan.height_max)
        session = self._new_session(command, found, plan, at=now, is_trailer=is_trailer)
        resume_ms = resume_within(await self._resume_ms(session), release.duration_ms)
        # Before a slot is taken: a film that nobody can serve must not keep another from playing.
        bases = await self._signing.bases(_bearer(session, command.client, resume_ms), release, tracks)
        full = await self._admit(session, plan, end_oldest=command.on_limit == "end_oldest")
        if full is not None:
            raise _too_many(plan, await self._as_seen_by(command.viewer, full))
        return PlaybackPlan(
            session_id=session.id,
            title_id=title.id,
            name=title.in_language(command.viewer.language).name,
            release_id=session.release_id,
            license_token=self._signing.license(session, tiers_of(tracks)),
            drm_systems=license_systems(release, command.device),
            resume_ms=resume_ms,
            duration_ms=release.duration_ms,
            markers=release.markers,
            thumbnails=thumbnail_sheets(release, bases[0]),
        )

    async def preview(self, viewer: Viewer, title_id: TitleId) -> Preview:
        release = await self._catalog.preview(viewer, title_id, at=self._clock.now())
        if release is None:
            raise NoPreview
        (track,) = release.tracks
        path = segment_path(track, track.segments[0].file)
        bases = await self._signing.bases(Bearer(self._ids.new()), release, release.tracks)
        return Preview(tuple(base.url + path for base in bases), release.duration_ms)

    async def session(self, account_id: AccountId, session_id: SessionId) -> PlaybackSession:
        found = await self._database.read(lambda work: store.find(work, session_id))
        if found is None or found.account_id != account_id:
            raise SessionNotFound
        return found

    async def dash(self, account_id: AccountId, session_id: SessionId, *, client: str | None = None) -> str:
        session, release, tracks = await self._playing(account_id, session_id)
        bases = await self._bases(session, release, tracks, client)
        return dash.manifest(release, tracks, bases, systems=session.device.drm, steering=_steering_url(session))

    async def hls_master(self, account_id: AccountId, session_id: SessionId, *, client: str | None = None) -> str:
        session, release, tracks = await self._playing(account_id, session_id)
        edges = await self._signing.edges(release, Asker(session.id, client))
        pathways = [edge.pathway for edge in edges[:_HLS_PATHWAYS_MAX]]
        return hls.master(release, tracks, playlist_path, pathways=pathways, steering=_steering_url(session))

    async def steering(
        self,
        account_id: AccountId,
        session_id: SessionId,
        *,
        pathway: str | None = None,
        throughput_kbps: float | None = None,
        client: str | None = None,
    ) -> Sequence[str]:
        session = await self._open(account_id, session_id)
        release = await self._release(session)
        asker = Asker(session.id, client, pathway, throughput_kbps, self._least.kbps(release, session))
        return [edge.pathway for edge in await self._signing.edges(release, asker)]

    async def hls_media(
        self, account_id: AccountId, session_id: SessionId, track: str, *, pathway: str = "", client: str | None = None
    ) -> str:
        session, release, tracks = await self._playing(account_id, session_id)
        chosen = next((t for t in tracks if t.id == track), None)
        if chosen is None:
            raise TrackNotFound
        bases = await self._bases(session, release, tracks, client)
        base = next((base for base in bases if base.pathway == pathway), bases[0])
        key_url = f"/api/v1/licenses/clearkey/keys/{chosen.key_id}" if chosen.key_id else None
        return hls.media(release, chosen, base, key_url=key_url, systems=session.device.drm)

    async def heartbeat(self, account_id: AccountId, session_id: SessionId, beat: Heartbeat) -> None:
        session = await self._open(account_id, session_id)
        now = self._clock.now()
        await self._liveness.beat(account_id, session_id, at=now)
        await self._record(session, beat.position_ms, _believable(beat.at, now))

    async def events(self, account_id: AccountId, session_id: SessionId, beacons: Sequence[Beacon]) -> None:
        """Taken also after the end: an offline player sends what it kept."""
        session = await self.session(account_id, session_id)
        now = self._clock.now()
        timed = [(_believable(b.at, now), b) for b in beacons]
        if timed:
            at, last = max(timed, key=lambda pair: pair[0])
            await self._record(session, last.position_ms, at)
        if any(b.type == "stop" for b in beacons):
            await self.end(account_id, session_id, reason=STOPPED)
        await self._witnesses.hear(session, timed)

    async def position(self, account_id: AccountId, session_id: SessionId, position: Position) -> None:
        session = await self.session(account_id, session_id)
        await self._record(session, position.position_ms, _believable(position.at, self._clock.now()))

    async def renew(self, account_id: AccountId, session_id: SessionId, viewer: Viewer) -> str:
        session, _, tracks = await self._playing(account_id, session_id)
        await self._expect_visible(viewer, session)
        if not (session.is_trailer or (await self._subscription(account_id)).may_play):
            raise PlanInactive
        return self._signing.license(session, tiers_of(tracks))

    async def _expect_visible(self, viewer: Viewer, session: PlaybackSession) -> None:
        try:
            await self._catalog.title(viewer, session.title_id, at=self._clock.now())
        except NotShownHere:
            await self._put_off(session)  # says so where it is over for everybody there
            raise

    async def end(self, account_id: AccountId, session_id: SessionId, *, reason: str) -> None:
        await self.session(account_id, session_id)
        now = self._clock.now()
        await self._database.write(lambda work: store.end(work, session_id, reason=reason, at=now))

    async def account_data(self, account_id: AccountId) -> str:
        return to_json(await self._database.read(lambda work: store.every(work, account_id))).decode()

    async def note(self, envelope: Envelope) -> None:
        await self._revoking.note(envelope)

    async def _bases(
        self, session: PlaybackSession, release: Release, tracks: tuple[Track, ...], client: str | None
    ) -> list[Base]:
        at_ms = resume_within(await self._resume_ms(session), release.duration_ms)
        return await self._signing.bases(_bearer(session, client, at_ms), release, tracks)

    async def _admit(self, session: PlaybackSession, plan: Plan, *, end_oldest: bool) -> Sequence[ActiveStream] | None:
        """Count and take a slot in one transaction. Signs of life are read before it: they can only be too many. What is
        answered holds all slots there are, and none was taken; nothing, where one was."""
        if session.is_trailer:
            await self._database.write(lambda work: store.insert(work, session))
            return None
        heard = await self._liveness.heard(session.account_id)

        def work(work: Work) -> Sequence[ActiveStream] | None:
            since = session.started_at - SESSION_AGE_MAX
            streams = store.open_streams(work, session.account_id, since=since)
            held = live(streams, heard, at=session.started_at)
            admission = admit(streams, held, allowed=plan.streams, end_oldest=end_oldest)
            if not admission.admitted:
                return held
            for ending in admission.end:
                store.end(work, ending, reason="other_device", at=session.started_at)
            for silent in admission.forget:
                store.end(work, silent, reason="silent", at=session.started_at)
            store.insert(work, session)
            return None

        return await self._database.write(work)

    async def _as_seen_by(self, viewer: Viewer, streams: Sequence[ActiveStream]) -> Sequence[ActiveStream]:
        """A child is told that a screen is in use, and not for what."""
        seen = await self._catalog.visible(viewer, [s.title_id for s in streams if s.title_id], at=self._clock.now())
        return [s if s.title_id and seen[s.title_id].visible else replace(s, title_id=None) for s in streams]

    async def _subscription(self, account_id: AccountId) -> Subscription:
        return expect_subscription(await self._billing.subscription(account_id), account_id)

    async def _resume_ms(self, session: PlaybackSession) -> int:
        if session.is_trailer:
            return 0
        found = self._viewing.resume_ms(session.profile_id, session.title_id)
        return await or_else(found, 0, name="play.resume")

    async def _open(self, account_id: AccountId, session_id: SessionId) -> PlaybackSession:
        session = await self.session(account_id, session_id)
        if session.ended_at is not None:
            raise SessionEnded(session.end_reason or STOPPED)
        if self._clock.now() - session.started_at > SESSION_AGE_MAX:
            raise SessionEnded("expired")  # it is not counted any more either
        now = self._clock.now()
        # Costs nothing until the end that was known when it began.
        is_over = session.rights_end_at is not None and session.rights_end_at <= now
        return await self._put_off(session) if is_over else session

    async def _put_off(self, session: PlaybackSession) -> PlaybackSession:
        """Unless its rights were prolonged since it began, it ends."""
        now = self._clock.now()
        try:
            until = await self._revoking.rights_end(session, at=now)
        except (TitleNotFound, NotYetPlayable):
            await self._database.write(lambda work: store.end(work, session.id, reason="rights", at=now))
            raise SessionEnded("rights") from None
        await self._database.write(lambda work: store.note_rights_end(work, session.id, until))
        return replace(session, rights_end_at=until)

    async def _playing(
        self, account_id: AccountId, session_id: SessionId
    ) -> tuple[PlaybackSession, Release, tuple[Track, ...]]:
        session = await self._open(account_id, session_id)
        release = await self._release(session)
        return session, release, playable_tracks(release, session.device, height_max=session.height_max)

    async def _record(self, session: PlaybackSession, position_ms: int, at: Instant) -> None:
        if session.is_trailer:
            return
        release = await self._release(session)
        watched = Watched(session.title_id, max(0, min(position_ms, release.duration_ms)), release.duration_ms, at)
        await self._viewing.record(session.profile_id, watched)

    async def _release(self, session: PlaybackSession) -> Release:
        return expect_release(await self._catalog.release(session.release_id), session.release_id)

    def _new_session(
        self, command: StartPlayback, found: Playable, plan: Plan, *, at: Instant, is_trailer: bool
    ) -> PlaybackSession:
        return PlaybackSession(
            SessionId(self._ids.new()),
            command.account_id,
            command.profile_id,
            found.title.id,
            ReleaseId(found.release.release_id),
            command.device,
            command.device_id,
            min(plan.height_max, command.device.max_height),
            at,
            None,
            None,
            is_trailer,
            command.viewer.country,
            found.until,
            command.viewer.plan_rank,
        )


def _expect_episode(found: Playable, command: StartPlayback) -> None:
    """Whoever names a series and an episode means one of that series."""
    above = found.title.belongs_to
    if command.episode_id is not None and (above is None or above.title_id != command.title_id):
        raise TitleNotFound


def _bearer(session: PlaybackSession, client: str | None, position_ms: int) -> Bearer:
    return Bearer(session.id, client, session.country, position_ms, session.rights_end_at)


def _steering_url(session: PlaybackSession) -> str:
    """A whole path: dash.js takes a relative one from its page and not from the manifest."""
    return f"/api/v1/playback/sessions/{session.id}/steering"


def _too_many(plan: Plan, held: Sequence[ActiveStream]) -> TooManyStreams:
    larger = next((p.id for p in PLANS if p.streams > plan.streams), None)
    return TooManyStreams(plan.streams, held, upgrade_to=larger)


def _believable(claimed: Instant | None, now: Instant) -> Instant:
    """A device's clock may run ahead, and an event from the future would win over everything until then; or it was
    never set, and says a time that no store can hold."""
    if claimed is None:
        return now
    if claimed.tzinfo is None:
        raise InvalidInput("A time needs its offset: end it in Z or in +hh:mm.", field="at")
    return from_epoch_ms(max(0, to_epoch_ms(min(claimed, now))))
