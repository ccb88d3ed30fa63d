"""What can be seen to be wrong in a neighbor's answer: it is about something else, or contradicts itself.

A neighbor that answers wrongly must not make us play what nobody asked for, or to whom nobody may show it. What is wrong
in itself and fits the question cannot be seen here: who says a plan has four streams is believed.
"""

from matinee.control.billing.api import Subscription
from matinee.control.catalog.api import Playable, Viewer
from matinee.control.playback.api import NeighborMistaken
from matinee.kernel.ids import AccountId, ReleaseId, TitleId
from matinee.wire.releases import Release


def expect_subscription(found: Subscription, account_id: AccountId) -> Subscription:
    if found.account_id != account_id:
        raise NeighborMistaken("billing", "another account's plan")
    return found


def expect_playable(found: Playable, title_id: TitleId, viewer: Viewer) -> Playable:
    """Of a series, one of its episodes is what is asked for as well."""
    title, release = found.title, found.release
    above = title.belongs_to.title_id if title.type == "episode" and title.belongs_to is not None else None
    if title_id not in (title.id, above) or release.title_id != title.id:
        raise NeighborMistaken("catalog", "another title")
    if title.current_release != release.release_id:
        raise NeighborMistaken("catalog", "a release that is not the current one")
    if title.state != "available" or title.age_in(viewer.country) > viewer.maturity:
        raise NeighborMistaken("catalog", "a title that cannot be shown")
    return found


def expect_release(found: Release, release_id: ReleaseId) -> Release:
    if found.release_id != release_id:
        raise NeighborMistaken("catalog", "another release")
    return found


def resume_within(resume_ms: int, duration_ms: int) -> int:
    """Where no film has a place to go on from, it begins."""
    return resume_ms if 0 <= resume_ms < duration_ms else 0
