"""The stories of notices: posted once, shown to whom they concern, forgotten in time."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from matinee.control.catalog.api import EVERYWHERE, Catalog, TitleNotFound, Viewer
from matinee.control.members import store
from matinee.control.members.api.notices import KEPT_DAYS, NOTICES_MAX, Notice, NoticeKind, NoticePage
from matinee.control.members.store import notices as shelf
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, Ids, ProfileId, TitleId
from matinee.kernel.quantities import days
from matinee.wire.events import Envelope, RightsEnded, SignedInAnew, TitleLeaving, unseal

_KEY_LENGTH_MAX, _VALUE_LENGTH_MAX, _VALUES_MAX = 200, 300, 12
_NAMED_IN = ("en", "es", "ar", "ja")
"""The client's languages."""
_LOOKED_AT_MAX = 500
"""More than an account is told in ninety days. Older ones than these are not looked at."""
_TOLD_AT_ONCE = 500
"""Profiles in one transaction, so that others get their turn while a title that thousands listed is told of."""


class NoticesService:
    def __init__(self, database: Database, catalog: Catalog, clock: Clock, ids: Ids, *, country: str) -> None:
        """`country`: of accounts that name none."""
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._ids = ids
        self._country = country

    async def post(
        self,
        account_id: AccountId,
        profile_id: ProfileId | None,
        kind: NoticeKind,
        values: Mapping[str, str],
        *,
        key: str,
        title_id: TitleId | None = None,
    ) -> None:
        _check(values, key)
        made = Notice(self._ids.new(), kind, values, self._clock.now(), False, profile_id, title_id)
        await self._database.write(lambda work: shelf.insert_notice(work, account_id, made, key))

    async def tell_listed(
        self, title_id: TitleId, kind: NoticeKind, values: Mapping[str, str], *, key: str, countries: Sequence[str]
    ) -> None:
        _check(values, key)
        after: ProfileId | None = None
        while True:
            after = await self._tell_some(title_id, kind, values, key=key, countries=countries, after=after)
            if after is None:
                return

    async def _tell_some(
        self,
        title_id: TitleId,
        kind: NoticeKind,
        values: Mapping[str, str],
        *,
        key: str,
        countries: Sequence[str],
        after: ProfileId | None,
    ) -> ProfileId | None:
        """The last that was looked at, or None where there are no more."""
        now = self._clock.now()
        fresh = [self._ids.new() for _ in range(_TOLD_AT_ONCE)]

        def work(work: Work) -> ProfileId | None:
            found = store.listing(work, title_id, after=after, limit=_TOLD_AT_ONCE)
            for notice_id, (account_id, profile_id, country) in zip(fresh, found, strict=False):
                if EVERYWHERE in countries or (country or self._country) in countries:
                    made = Notice(notice_id, kind, values, now, False, profile_id, title_id)
                    shelf.insert_notice(work, account_id, made, key)
            return found[-1][1] if len(found) == _TOLD_AT_ONCE else None

        return await self._database.write(work)

    async def shown(
        self,
        viewer: Viewer,
        account_id: AccountId,
        profile_id: ProfileId,
        *,
        kids: bool,
        limit: int = NOTICES_MAX,
        cursor: str | None = None,
    ) -> NoticePage:
        now = self._clock.now()
        since = now - days(KEPT_DAYS)
        found = await self._database.read(
            lambda work: shelf.notices(work, account_id, profile_id, kids=kids, since=since, limit=_LOOKED_AT_MAX)
        )
        named = [notice.title_id for notice in found if notice.title_id is not None]
        titles = await self._catalog.several(viewer, named, at=now) if named else {}
        gone = await self._may_be_named(viewer, [n.title_id for n in found if n.kind == "left" and n.title_id])
        seen = [
            replace(notice, title=titles.get(notice.title_id) if notice.title_id else None)
            for notice in found
            if notice.title_id is None or notice.title_id in (gone if notice.kind == "left" else titles)
        ]
        unread = sum(not notice.is_read for notice in seen)
        left = [notice for notice in seen if cursor is None or notice.id < cursor]
        page = left[: max(1, min(limit, NOTICES_MAX))]
        return NoticePage(tuple(page), unread, page[-1].id if len(page) < len(left) else None)

    async def mark_read(
        self, account_id: AccountId, profile_id: ProfileId, notices: Sequence[str], *, kids: bool
    ) -> None:
        now = self._clock.now()
        await self._database.write(
            lambda work: shelf.mark_read(work, account_id, profile_id, notices, kids=kids, at=now)
        )

    async def of_account(self, account_id: AccountId) -> Sequence[Notice]:
        return await self._database.read(lambda work: shelf.every_notice(work, account_id))

    async def forget(self, account_id: AccountId) -> None:
        await self._database.write(lambda work: shelf.delete_notices(work, account_id))

    async def sweep(self) -> None:
        before = self._clock.now() - days(KEPT_DAYS)
        await self._database.write(lambda work: shelf.delete_notices_before(work, before))

    async def note(self, envelope: Envelope) -> None:
        if envelope.type == TitleLeaving.type:
            await self._tell_leaving(unseal(envelope, TitleLeaving))
        elif envelope.type == RightsEnded.type:
            await self._tell_left(unseal(envelope, RightsEnded))
        elif envelope.type == SignedInAnew.type:
            new = unseal(envelope, SignedInAnew)
            values = {"device": new.device[:_VALUE_LENGTH_MAX]}
            await self.post(AccountId(new.account_id), None, "new_sign_in", values, key=f"sign-in:{envelope.id}")

    async def _tell_leaving(self, leaving: TitleLeaving) -> None:
        leaves_at = leaving.leaves_at.isoformat()
        await self.tell_listed(
            TitleId(leaving.title_id),
            "leaving_soon",
            {"leaves_at": leaves_at},
            key=f"leaving:{leaving.title_id}:{leaves_at}",
            countries=leaving.countries,
        )

    async def _tell_left(self, ended: RightsEnded) -> None:
        title_id = TitleId(ended.title_id)
        with suppress(TitleNotFound):  # deleted since: nobody can say what it was called
            title = (await self._catalog.desk_title(title_id)).title
            names = {
                f"name_{tag}": words.name[:_VALUE_LENGTH_MAX] for tag, words in title.words.items() if tag in _NAMED_IN
            }
            values = {"name": title.in_language("en").name[:_VALUE_LENGTH_MAX], **names}
            key = f"left:{title_id}:{ended.at.isoformat()}"
            await self.tell_listed(title_id, "left", values, key=key, countries=ended.countries)

    async def _may_be_named(self, viewer: Viewer, left: Sequence[TitleId]) -> set[TitleId]:
        """Of titles that are gone, those that this viewer was old enough for: the policy asks that first."""
        found = await self._catalog.visible(viewer, left, at=self._clock.now()) if left else {}
        return {title_id for title_id, verdict in found.items() if verdict.reason not in ("maturity", "unknown")}


def _check(values: Mapping[str, str], key: str) -> None:
    if not 1 <= len(key) <= _KEY_LENGTH_MAX:
        raise InvalidInput(f"A notice's key has 1 to {_KEY_LENGTH_MAX} characters.", field="key")
    if len(values) > _VALUES_MAX or any(len(text) > _VALUE_LENGTH_MAX for text in (*values, *values.values())):
        raise InvalidInput(
            f"A notice has at most {_VALUES_MAX} values of {_VALUE_LENGTH_MAX} characters each.", field="values"
        )
