"""The stories of the help desk."""

from collections.abc import Sequence

from matinee.control.members import store
from matinee.control.members.api import Account
from matinee.control.members.api.desk import Dossier, Found
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import AccountId, parse_id

_PAGE_MAX = 100
_TEXT_MAX = 200


class MemberDeskService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def search(self, text: str, *, limit: int = 25, cursor: str | None = None) -> Found:
        if not 1 <= limit <= _PAGE_MAX:
            raise InvalidInput(f"Ask for 1 to {_PAGE_MAX} members at a time.", field="limit")
        if len(text) > _TEXT_MAX:
            raise InvalidInput(f"Search for at most {_TEXT_MAX} characters.", field="q")
        before = None if cursor is None else parse_id(cursor, what="cursor")
        found = await self._database.read(
            lambda work: store.accounts_like(work, text.strip().casefold(), limit=limit + 1, before=before)
        )
        page = found[:limit]
        return Found(tuple(page), page[-1].id if len(found) > limit else None)

    async def member(self, account_id: AccountId) -> Dossier:
        now = self._clock.now()

        def read(work: Work) -> Dossier:
            account = _known(store.account(work, account_id))
            sign_ins = store.sign_ins(work, account_id, at=now)
            return Dossier(account, tuple(store.profiles(work, account_id)), tuple(sign_ins))

        return await self._database.read(read)

    async def sign_out_everywhere(self, account_id: AccountId) -> Sequence[str]:
        now = self._clock.now()

        def write(work: Work) -> list[str]:
            _known(store.account(work, account_id))
            ended = [sign_in.id for sign_in in store.sign_ins(work, account_id, at=now)]
            for sign_in_id in ended:
                store.delete_sign_in(work, account_id, sign_in_id)
            store.end_pending(work, account_id)
            return ended

        return await self._database.write(write)


def _known(account: Account | None) -> Account:
    if account is None:
        raise NotFound("There is no such member.")
    return account
