"""Why a title is not shown, in words: for the viewer who asked for it, and for the operator who wonders."""

from matinee.control.catalog.api import NotShownHere, TitleNotFound, Verdict, Viewer
from matinee.control.catalog.model.zones import NOWHERE

_WHERE_UNKNOWN = "We cannot tell which country you are in, and this title may not be watched everywhere."


def refusal(verdict: Verdict, viewer: Viewer) -> TitleNotFound:
    """Only who is old enough for a title is told that there is one."""
    members: dict[str, object] = {"country": viewer.country}
    if verdict.available_from is not None:
        members["available_from"] = verdict.available_from
    if viewer.suspicion:
        members["suspicion"] = viewer.suspicion
    if verdict.reason == "territory":
        if viewer.country == NOWHERE:
            sentence = f"{_WHERE_UNKNOWN} {viewer.suspicion}".rstrip()
        else:
            sentence = "This title may not be watched in the country you are in."
        return NotShownHere(sentence, verdict.reason, **members)
    if verdict.reason == "window":
        later = verdict.available_from
        sentence = (
            "This title is not here any more in the country you are in."
            if later is None
            else f"This title can be watched here from {later:%Y-%m-%d %H:%M} UTC."
        )
        return NotShownHere(sentence, verdict.reason, **members)
    if verdict.reason == "plan":
        return NotShownHere("This title comes with a larger plan than yours.", verdict.reason, **members)
    return TitleNotFound()


def explanation(verdict: Verdict, viewer: Viewer, *, has_windows: bool) -> str:
    """For operators, who may know all of it."""
    where = "a country that is not known" if viewer.country == NOWHERE else viewer.country
    if verdict.reason == "ok":
        return (
            "Yes: a window is open."
            if has_windows
            else "Yes: the title has no rights windows, so it is open everywhere."
        )
    if verdict.reason == "maturity":
        return f"No: its rating is above what this profile may see ({viewer.maturity})."
    if verdict.reason == "territory":
        return f"No: no window names {where}, or everywhere."
    if verdict.reason == "window":
        then = verdict.available_from
        return f"No: no window is open in {where} now." + (
            " None begins later." if then is None else f" The next begins {then:%Y-%m-%d %H:%M} UTC."
        )
    if verdict.reason == "plan":
        return f"No: the windows that are open in {where} ask for a higher plan than rank {viewer.plan_rank}."
    return {
        "withdrawn": "No: the title is withdrawn.",
        "preparing": "No: no release of it is published yet.",
    }.get(verdict.reason, "No: there is no such title.")
