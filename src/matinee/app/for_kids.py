"""What a kids' profile may ask for: watching, and its own things. All the rest is the account's, the desk's or a stranger's.

It is a list of what is open and not of what is closed: a route that nobody thought of here is closed to children, until
someone has.
"""

import re

from matinee.control.members.api import NotForKids
from matinee.wire.callers import Caller

_FAMILIES = (
    "artwork",
    "browse",
    "downloads",
    "homepage",
    "licenses",
    "play",
    "playback",
    "recommendations",
    "search",
    "titles",
)
"""First words of paths, below the API's own. Whatever names a title there asks `catalog.visible`."""
_OWN = ("continue-watching", "history", "notices", "ratings", "watchlist")
"""Of a profile: each looks that it is the one in use."""
_OPEN = re.compile(
    rf"\w+ /({'|'.join(_FAMILIES)})(/.*)?|"
    rf"\w+ /profiles/[^/]+/({'|'.join(_OWN)})(/.*)?|"
    # To leave: who is there, the grown-up's PIN, and the way out of the house.
    r"GET /profiles|POST /profiles/[^/]+/unlock|DELETE /sessions/current|"
    # The client asks whom it serves; what a child sees of it is a name.
    r"GET /accounts/current"
)


def is_open_to_kids(method: str, path: str) -> bool:
    """`path`: below `/api/v1`, with words in place or as the description writes it."""
    return _OPEN.fullmatch(f"{method} {path}") is not None


def check(caller: Caller, method: str, path: str) -> None:
    if caller.kids and not is_open_to_kids(method, path):
        raise NotForKids
