"""Rights × territory × plan × maturity: the one policy that says who may see a title, and when."""

from matinee.control.catalog.api import EVERYWHERE, Rights, Verdict, Viewer, Window
from matinee.kernel.quantities import Instant


def judge(viewer: Viewer, rights: Rights, *, at: Instant) -> Verdict:
    """A trailer is for whoever may see its title, or could with another plan or later: it is what makes them want to."""
    if rights.belongs_to is None:
        return _judge_entry(viewer, rights, at=at)
    verdict = _judge_entry(viewer, rights.belongs_to, at=at)
    if not (verdict.visible or verdict.reason == "plan" or verdict.available_from is not None):
        return verdict
    return Verdict(True) if rights.state == "available" else Verdict(False, rights.state)


def _judge_entry(viewer: Viewer, rights: Rights, *, at: Instant) -> Verdict:
    """Maturity comes first, so that no other reason ever tells a child that a title exists."""
    if rights.maturity > viewer.maturity:
        return Verdict(False, "maturity")
    if rights.state != "available":
        return Verdict(False, rights.state)
    if not rights.windows:
        return Verdict(True)
    here = [w for w in rights.windows if w.country in (EVERYWHERE, viewer.country)]
    if not here:
        return Verdict(False, "territory")
    open_now = [w for w in here if _is_open(w, at)]
    if not open_now:
        return Verdict(False, "window", min((w.start for w in here if w.start and w.start > at), default=None))
    if all(w.plan_rank > viewer.plan_rank for w in open_now):
        return Verdict(False, "plan")
    return Verdict(True)


def _is_open(window: Window, at: Instant) -> bool:
    return (window.start is None or window.start <= at) and (window.end is None or at < window.end)
