"""What is believed of an appliance's account: bounded, so that no figure of one appliance breaks a sum over all."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Instant, Span, days
from matinee.wire.accounts import Accounts, Streamed

KEPT: Span = days(90)
"""Counts of days that are longer past are folded away: what they say of demand is in the memory long since."""
STREAMED_MAX, SESSIONS_MAX = 20_000, 20_000
"""In one account. An edge with more to tell tells the rest in its next."""
SENT_A_DAY_MAX = 5 * 10**15
"""Of one release by one appliance: 400 Gb/s for a day and a night. Whoever says more is believed so much."""
_LIFE_MAX, _BUILD_MAX, _NAME_MAX = 64, 64, 64
_NUMBER_MAX = 1 << 53
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,35}\Z")
_TIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")


def check(accounts: Accounts, *, at: Instant) -> None:
    """Raises `InvalidInput` naming what cannot be."""
    if not 0 < len(accounts.boot_id) <= _LIFE_MAX or len(accounts.build) > _BUILD_MAX:
        raise InvalidInput(f"An appliance's life has a name of at most {_LIFE_MAX} characters.", field="boot_id")
    if not 1 <= accounts.number <= _NUMBER_MAX:
        raise InvalidInput("Accounts are numbered from 1 on.", field="number")
    if len(accounts.streamed) > STREAMED_MAX or len(accounts.sessions) > SESSIONS_MAX:
        raise InvalidInput(
            f"An account has at most {STREAMED_MAX} counts and {SESSIONS_MAX} sessions. Tell the rest in the next.",
            field="streamed",
        )
    last = (at + days(1)).date().isoformat()
    for each in accounts.streamed:
        _check_count(each, last=last)
    for session in accounts.sessions:
        figures = (session.requests, session.bytes, session.failed)
        if min(figures) < 0 or max(figures) > SENT_A_DAY_MAX:
            raise InvalidInput("Nobody asked, or was sent, less than nothing, nor more than can be.", field="sessions")
        if max(len(session.session), len(session.release_id)) > _NAME_MAX:
            raise InvalidInput(f"A session's name has at most {_NAME_MAX} characters.", field="sessions")


def _check_count(count: Streamed, *, last: str) -> None:
    if not is_day(count.day) or count.day > last:
        raise InvalidInput(f"{count.day[:16]!r} is no day until now, as 2026-11-22.", field="streamed.day")
    if count.bytes < 0:
        raise InvalidInput("Less than nothing cannot have been sent.", field="streamed.bytes")


def is_day(text: str) -> bool:
    try:
        return bool(_DAY.match(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def believed(counts: Iterable[Streamed], *, at: Instant) -> list[Streamed]:
    """One a day, release and tier, the largest; not more than can have been sent, and nothing of days folded away. What
    names no release of ours is passed over: to refuse it would keep an edge from telling anything, ever."""
    first = (at - KEPT).date().isoformat()
    largest: dict[tuple[str, str, str], int] = {}
    for each in counts:
        key = (each.day, each.release_id, each.tier)
        if each.day >= first and _RELEASE.match(each.release_id) and _TIER.match(each.tier):
            largest[key] = max(largest.get(key, 0), min(each.bytes, SENT_A_DAY_MAX))
    return [Streamed(*key, size) for key, size in largest.items() if size > 0]


def playings(sent: Mapping[str, float], sizes: Mapping[str, int]) -> dict[str, float]:
    """Bytes streamed over size, by release. A release of unknown size is taken for one of the usual size."""
    known = [size for size in sizes.values() if size > 0]
    usual = sum(known) / len(known) if known else 0.0
    found: dict[str, float] = {}
    for release_id, size in sent.items():
        whole = sizes.get(release_id, 0) or usual
        if release_id in sizes and whole > 0:
            found[release_id] = size / whole
    return found
