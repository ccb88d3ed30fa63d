"""Viewing's outside door: what was watched is forgotten when its viewer says so. Discovery shows it."""

from litestar import delete
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from matinee.control.members.api import ProfileNotFound
from matinee.control.viewing.api import Viewing
from matinee.kernel.ids import ProfileId, TitleId, parse_id
from matinee.wire.callers import Caller


def routes(viewing: Viewing) -> list[HTTPRouteHandler]:
    @delete("/profiles/{profile_id:str}/history/{title_id:str}", status_code=204, summary="Forget that it was watched")
    async def hide(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await viewing.hide(_own(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    @delete("/profiles/{profile_id:str}/history", status_code=204, summary="Forget all that was watched")
    async def forget(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await viewing.forget(_own(profile_id, caller))

    return [hide, forget]


def _own(profile_id: str, caller: Caller) -> ProfileId:
    if caller.profile != profile_id:
        raise ProfileNotFound
    return ProfileId(profile_id)
