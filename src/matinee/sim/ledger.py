"""What a world has promised, written down as it is promised, and where it was broken.

Everything here is seen from outside: what was answered to a viewer, never what a table says. So it holds for any house.
"""

from dataclasses import dataclass, field

from matinee.kernel.errors import MatineeError


class PromiseBroken(MatineeError):
    """An invariant does not hold. The sentence says which, for whom and when."""


@dataclass(slots=True)
class _Slot:
    heard_s: float
    """When its last sign of life was sent, of those that the house took."""
    doubted_s: float | None = None
    """Since when somebody who made room may have ended it. A sign of life that is sent later and taken says that nobody has."""


@dataclass(slots=True)
class Sent:
    """A position as a device reported it, with the device's own time of the event."""

    at_s: float
    position_ms: int
    acknowledged: bool = False


@dataclass(slots=True)
class Ledger:
    silence_max_s: float = 45.0
    """A slot is free after this long without a sign of life."""
    slack_s: float = 5.0
    """A start that was answered this much later than the one it collides with had been decided before."""
    positions: dict[tuple[str, str], list[Sent]] = field(default_factory=dict)
    """By (profile, title): the latest position that was acknowledged, and those of later events of which nobody knows
    whether they arrived. One of these is the truth."""
    slots: dict[str, dict[str, _Slot]] = field(default_factory=dict)
    allowed: dict[str, int] = field(default_factory=dict)
    """Streams at a time, by account."""
    households: dict[str, set[str]] = field(default_factory=dict)
    """Profiles, by account."""
    lists: dict[str, set[str]] = field(default_factory=dict)
    """By profile: the titles that it ever put on its list."""
    hidden: dict[str, float] = field(default_factory=dict)
    """Titles withdrawn, and since when everybody was told."""
    broken: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def break_(self, sentence: str) -> None:
        self.broken.append(sentence)
        raise PromiseBroken(sentence)

    def position_sent(self, profile: str, title: str, sent: Sent) -> None:
        self.positions.setdefault((profile, title), []).append(sent)

    def position_acknowledged(self, profile: str, title: str, sent: Sent) -> None:
        """Earlier events can no longer be the truth."""
        sent.acknowledged = True
        known = self.positions[profile, title]
        latest = max((each.at_s for each in known if each.acknowledged), default=0.0)
        self.positions[profile, title] = [each for each in known if each.at_s >= latest]

    def started(self, account: str, session: str, *, asked_s: float, now_s: float, allowed: int, title: str) -> None:
        """A play was granted: the viewer may not have more live sessions than the plan allows."""
        hidden_since = self.hidden.get(title)
        if hidden_since is not None and hidden_since < asked_s:
            self.break_(f"{title} was withdrawn at {hidden_since:.3f} s and played at {asked_s:.3f} s.")
        self.allowed[account] = allowed
        self.slots.setdefault(account, {})[session] = _Slot(now_s)
        self._count_streams(account, now_s)

    def heard(self, account: str, session: str, *, sent_s: float) -> None:
        """The house took a sign of life: this session goes on."""
        slot = self.slots.get(account, {}).get(session)
        if slot is not None and (slot.doubted_s is None or sent_s > slot.doubted_s):
            slot.heard_s, slot.doubted_s = sent_s, None
            self._count_streams(account, sent_s)

    def _count_streams(self, account: str, now_s: float) -> None:
        lately_s = now_s - self.silence_max_s + self.slack_s
        sure = [s for s, slot in self.slots[account].items() if slot.doubted_s is None and slot.heard_s > lately_s]
        if len(sure) > (allowed := self.allowed[account]):
            self.break_(
                f"{account} has {len(sure)} streams at {now_s:.3f} s and may have {allowed}: {', '.join(sure)}."
            )

    def ended(self, account: str, session: str) -> None:
        self.slots.get(account, {}).pop(session, None)

    def made_room(self, account: str, *, now_s: float) -> None:
        """A play was granted that may have ended others, the house knows which: whoever is heard again, has not been."""
        for slot in self.slots.get(account, {}).values():
            slot.doubted_s = now_s
