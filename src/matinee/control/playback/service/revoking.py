"""Sessions that others ended: their tickets are good for hours yet, so the edges are told not to take them."""

from matinee.control.catalog.api import Catalog, ReleaseUnknown
from matinee.control.playback import store
from matinee.control.playback.api import STOPPED
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.api import Steering
from matinee.engines.database.port import Database
from matinee.kernel.ids import AccountId, SessionId
from matinee.kernel.quantities import seconds
from matinee.wire.events import AccountDeleted, Envelope, PlaybackEnded, SignedOut, unseal

_ROUNDED = seconds(1)


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
