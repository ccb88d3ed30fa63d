"""Notices: what members tells an account or a profile without being asked.

Who has something to tell posts a kind and its values; the words are the client's, in its own language. Domains below members
tell by an event instead: `TitleLeaving` becomes a notice for everyone who has the title on My List.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.control.catalog.api import Title, Viewer
from matinee.kernel.ids import AccountId, ProfileId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.events import Envelope

KEPT_DAYS = 90
NOTICES_MAX = 50
"""On one page."""

NoticeKind = Literal["leaving_soon", "left", "payment_failed", "new_sign_in", "new_country"]
"""The client has words for each. The values it expects:

- `leaving_soon`: `leaves_at`, RFC 3339; names a title
- `left`: `name`, and `name_xx` where the title is called otherwise in the language xx; the title itself is not seen any more
- `new_country`: `country`; the first time that an account is used there
- `payment_failed`: `amount` in the smallest unit, `currency`, and `until`, RFC 3339, when playing ends unless it is paid
- `new_sign_in`: `device`, `country`
"""


@dataclass(frozen=True, slots=True)
class Notice:
    id: str
    kind: NoticeKind
    values: Mapping[str, str]
    at: Instant
    is_read: bool = False
    profile_id: ProfileId | None = None
    """None: it is the account's, and read once for all of its profiles."""
    title_id: TitleId | None = None
    title: Title | None = None
    """The title it names, where it is shown to a viewer."""


@dataclass(frozen=True, slots=True)
class NoticePage:
    notices: tuple[Notice, ...]
    unread: int
    """Of all that this viewer may see, not of this page alone."""
    next_cursor: str | None = None


class Notices(Protocol):
    @call(idempotent=True)
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
        """Told once for each `key` (of this profile, or of the account), however often it is posted. Without a profile it
        is the account's: every profile sees it but those of kids."""
        ...

    @call(idempotent=True, timeout=seconds(30))
    async def tell_listed(
        self, title_id: TitleId, kind: NoticeKind, values: Mapping[str, str], *, key: str, countries: Sequence[str]
    ) -> None:
        """Post to every profile that has the title on My List, in these countries (`*`: in all). What was told of this kind
        and title by another key is taken back: the date has moved."""
        ...

    @call(idempotent=True)
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
        """Newest first. What names a title that this viewer may not see is left out, and for kids what is the account's."""
        ...

    @call(idempotent=True)
    async def mark_read(
        self, account_id: AccountId, profile_id: ProfileId, notices: Sequence[str], *, kids: bool
    ) -> None:
        """Those among these that are this profile's to read; none: all of them."""
        ...

    @call(idempotent=True)
    async def of_account(self, account_id: AccountId) -> Sequence[Notice]:
        """All that is kept, its profiles' too: for an account's export."""
        ...

    @call(idempotent=True)
    async def forget(self, account_id: AccountId) -> None:
        """For an account that leaves. A profile's go with the profile."""
        ...

    @call(idempotent=True, timeout=seconds(30))
    async def sweep(self) -> None:
        """Forget what is older than it is kept."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `titles`. Repeating one changes nothing."""
        ...
