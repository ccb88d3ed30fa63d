"""What a title's page says beside the title: who made it, and what its episodes belong to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from matinee.control.catalog.api import Title, Viewer
from matinee.control.catalog.api.desk import Credit
from matinee.kernel.ids import TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant


class TitlePage(Protocol):
    @call(idempotent=True)
    async def credits(self, viewer: Viewer, title_id: TitleId, *, at: Instant) -> Sequence[Credit]:
        """Cast and crew in their order; of a title whose people have no ids yet, without any. Nobody sees those of what
        they may not see."""
        ...

    @call(idempotent=True)
    async def series_of(self, viewer: Viewer, ids: Sequence[TitleId], *, at: Instant) -> Mapping[TitleId, Title]:
        """The series of those that are episodes, where this viewer may see both: rows and lists show it for them."""
        ...
