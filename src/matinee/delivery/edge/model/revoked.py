"""Which sessions' tickets are refused: those that were told, until the last of their tickets has ended."""

from collections.abc import Mapping

from matinee.delivery.edge.model.contents import is_release_id
from matinee.wire.revocations import Revocations


def revoked_with(known: Mapping[str, int], news: Revocations, *, now: float) -> dict[str, int]:
    """By session, until when, in epoch seconds. Names become file names in NGINX's folder, as those of releases do."""
    told = {each.session: each.until for each in news.entries if is_release_id(each.session)}
    return {session: until for session, until in {**known, **told}.items() if until > now}
