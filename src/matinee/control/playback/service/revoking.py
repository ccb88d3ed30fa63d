"""Sessions that others ended: their tickets are good for hours yet, so the edges are told not to take them."""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.control.catalog.api import Catalog, ReleaseUnknown, Viewer
from matinee.control.playback import store
from matinee.control.playback.api import SESSION_AGE_MAX, STOPPED, PlaybackSession
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.api import Steering
from matinee.engines.database.port import Database, Work
from matinee.kernel.ids import AccountId, SessionId, TitleId
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.events import AccountDeleted, Envelope, PlaybackEnded, RightsEnded, SignedOut, unseal

_ROUNDED = seconds(1)
ADULT, PLAN_RANK_ANY = 18, 1000
"""The rank: of sessions from before theirs was kept."""


@dataclass(frozen=True, slots=True)
class _Under:
    """By which rights a session plays."""

    country: str
    plan_rank: int

    @classmethod
    def of(cls, session: PlaybackSession | store.Playing) -> "_Under":
        return cls(session.country or "", PLAN_RANK_ANY if session.plan_rank is None else session.plan_rank)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.country, ADULT, self.plan_rank)


class Revoking:
    def __init__(self, database: Database, catalog: Catalog, steering: Steering) -> None:
        self._database = database
        self._catalog = catalog
        self._steering = steering

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == PlaybackEnded.type:
            ended = unseal(envelope, PlaybackEnded)
            # Who stopped by itself asks for nothing more; there are as many of them as there are films played.
            if ended.reason != STOPPED:
                await self._revoke(SessionId(ended.session_id))
        elif envelope.type == SignedOut.type:
            left = unseal(envelope, SignedOut)
            account, at = AccountId(left.account_id), envelope.at
            await self._database.write(
                lambda work: store.end_all_on(work, account, left.device_id, reason="signed_out", at=at)
            )
        elif envelope.type == AccountDeleted.type:
            gone, at = AccountId(unseal(envelope, AccountDeleted).account_id), envelope.at
            await self._database.write(lambda work: store.forget(work, gone, at=at))
        elif envelope.type == RightsEnded.type:
            over = unseal(envelope, RightsEnded)
            await self._end_without_rights(TitleId(over.title_id), over.countries, at=envelope.at)

    async def _end_without_rights(self, title_id: TitleId, countries: Sequence[str], *, at: Instant) -> None:
        """The event may be old, and the rights are there again since: catalog says what holds now."""
        ending: list[SessionId] = []
        for part in (title_id, *await self._catalog.parts(title_id)):
            playing = await self._playing(part, since=at - SESSION_AGE_MAX)
            affected = {_Under.of(p) for p in playing if "*" in countries or p.country in countries}
            over = {under for under in affected if not await self.may_go_on(part, under, at=at)}
            ending += [SessionId(p.session_id) for p in playing if _Under.of(p) in over]

        def work(work: Work) -> None:
            for session_id in ending:
                store.end(work, session_id, reason="rights", at=at)

        if ending:
            await self._database.write(work)

    async def _playing(self, title_id: TitleId, *, since: Instant) -> Sequence[store.Playing]:
        return await self._database.read(lambda work: store.playing(work, title_id, since=since))

    async def rights_end(self, session: PlaybackSession, *, at: Instant) -> Instant | None:
        """Of what may still be watched where it began: until when. Raises `TitleNotFound`."""
        return (await self._catalog.playable(_Under.of(session).viewer, session.title_id, at=at)).until

    async def may_go_on(self, title_id: TitleId, under: "_Under", *, at: Instant) -> bool:
        """Whether a grown-up there may still watch it with that plan."""
        return (await self._catalog.visible(under.viewer, [title_id], at=at))[title_id].visible

    async def _revoke(self, session_id: SessionId) -> None:
        """No ticket is given out after the end; the last before it cannot last longer than one for the whole film."""
        session = await self._database.read(lambda work: store.find(work, session_id))
        if session is None or session.ended_at is None:
            return
        try:
            release = await self._catalog.release(session.release_id)
        except ReleaseUnknown:  # purged, so nobody serves it
            return
        ends = ticket_ends(session.ended_at, duration_ms=release.duration_ms, rights_end=session.rights_end_at)
        await self._steering.revoke(session_id, until=ends + _ROUNDED)
