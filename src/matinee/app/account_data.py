"""A member's data, gathered from every domain that keeps any: each answers for its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from matinee.app.neighbors import Neighbors
from matinee.control.members.api import ADULT
from matinee.kernel.errors import NotAllowed
from matinee.kernel.ids import AccountId
from matinee.wire.callers import Caller


class AccountData(Protocol):
    """What a domain with something of an account offers: all of it, as JSON."""

    async def account_data(self, account_id: AccountId) -> str: ...


@dataclass(frozen=True, slots=True)
class AccountDataBody:
    """By domain, everything that is kept of the account."""

    account_id: str
    data: dict[str, Any]


def account_data_routes(n: Neighbors) -> list[HTTPRouteHandler]:
    @get("/accounts/current/export", summary="All that this service keeps of the account")
    async def export(caller: NamedDependency[Caller]) -> Response[AccountDataBody]:
        if caller.profile and caller.maturity < ADULT:
            # It names what the grown-ups of the house watch.
            raise NotAllowed(
                "This profile has a limit on what it is shown. Ask with no profile, or with one that has none."
            )
        account = AccountId(caller.account)
        await n.proofs.require_recent(account, caller.device)
        sources: Sequence[tuple[str, AccountData]] = (
            ("members", n.accounts),
            ("billing", n.billing),
            ("playback", n.playback),
        )
        data = {name: json.loads(await source.account_data(account)) for name, source in sources}
        profiles = [profile.id for profile in await n.members.profiles(account)]
        data["viewing"] = json.loads(await n.viewing.account_data(profiles))
        headers = {"content-disposition": 'attachment; filename="matinee-account.json"', "cache-control": "no-store"}
        return Response(AccountDataBody(account, data), headers=headers)

    return [export]
