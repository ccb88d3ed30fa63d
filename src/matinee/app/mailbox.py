"""The mailbox page's data: what the embedded mail engine would have sent. With a real mail server there is no such page."""

from dataclasses import dataclass

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from matinee.engines.mail.port import Mailbox
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_LETTERS_MAX = 100


@dataclass(frozen=True, slots=True)
class LetterBody:
    id: str
    to: str
    subject: str
    text: str
    at: Instant


def mailbox_routes(mailbox: Mailbox) -> list[HTTPRouteHandler]:
    @get("/mail/letters", summary="Letters this service wrote, newest first", opt={"audit": True})
    async def letters(operator: NamedDependency[Caller]) -> list[LetterBody]:
        found = await mailbox.letters(limit=_LETTERS_MAX)
        return [LetterBody(letter.id, letter.to, letter.subject, letter.text, letter.at) for letter in found]

    return [letters]
