"""Rights × territory × plan × maturity: the one policy that says who may see a title, and when."""

from matinee.control.catalog.api import Rights, Title, Verdict, Viewer, Window
from matinee.control.catalog.model.windows import holding_in, is_open
from matinee.kernel.quantities import Instant


def judge(viewer: Viewer, rights: Rights, *, at: Instant) -> Verdict:
    """A trailer is for whoever may see its title, or could with another plan or later: it is what makes them want to."""
    if rights.belongs_to is None:
        return _judge_entry(viewer, rights, at=at)
    if rights.is_episode:
        return _judge_episode(viewer, rights, rights.belongs_to, at=at)
    verdict = _judge_entry(viewer, rights.belongs_to, at=at)
    if not (verdict.visible or verdict.reason == "plan" or verdict.available_from is not None):
        return verdict
    return Verdict(True) if rights.state == "available" else Verdict(False, rights.state)


def visible_until(viewer: Viewer, rights: Rights, *, at: Instant) -> Instant | None:
    """When what is visible at `at` will not be any more: the end of its windows. None: as far as they say, never."""
    if rights.belongs_to is not None and not rights.is_episode:
        return _last_end(_here(viewer, rights.belongs_to))
    ends = [_open_until(viewer, each, at=at) for each in (rights, rights.belongs_to) if each is not None]
    return min((end for end in ends if end is not None), default=None)


def _open_until(viewer: Viewer, rights: Rights, *, at: Instant) -> Instant | None:
    mine = [w for w in _here(viewer, rights) if w.plan_rank <= viewer.plan_rank]
    until: Instant | None = at
    # Windows that follow one another without a gap are as good as one.
    while until is not None and (ends := [w.end for w in mine if is_open(w, until)]):
        until = max((end for end in ends if end is not None), default=None) if None not in ends else None
    return until if rights.windows else None


def rights_of(title: Title) -> Rights:
    is_episode = title.type == "episode"
    return Rights(title.id, title.state, title.maturity, title.windows, title.belongs_to, is_episode, title.ages)


def _last_end(windows: list[Window]) -> Instant | None:
    """Of a trailer: it is shown as long as there is anything to wait for."""
    ends = [None if w.end is None else max(w.end, w.start or w.end) for w in windows]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def _here(viewer: Viewer, rights: Rights) -> list[Window]:
    return holding_in(rights.windows, viewer.country)


def _judge_episode(viewer: Viewer, rights: Rights, series: Rights, *, at: Instant) -> Verdict:
    """For whoever may see its series, and it: it may be rated more strictly, or open later."""
    if max(rights.age_in(viewer.country), series.age_in(viewer.country)) > viewer.maturity:
        return Verdict(False, "maturity")
    verdict = _judge_entry(viewer, series, at=at)
    return _judge_entry(viewer, rights, at=at) if verdict.visible else verdict


def _judge_entry(viewer: Viewer, rights: Rights, *, at: Instant) -> Verdict:
    """Maturity comes first, so that no other reason ever tells a child that a title exists."""
    if rights.age_in(viewer.country) > viewer.maturity:
        return Verdict(False, "maturity")
    if rights.state != "available":
        return Verdict(False, rights.state)
    if not rights.windows:
        return Verdict(True)
    here = _here(viewer, rights)
    if not here:
        return Verdict(False, "territory")
    open_now = [w for w in here if is_open(w, at)]
    if not open_now:
        return Verdict(False, "window", min((w.start for w in here if w.start and w.start > at), default=None))
    if all(w.plan_rank > viewer.plan_rank for w in open_now):
        return Verdict(False, "plan")
    return Verdict(True)
