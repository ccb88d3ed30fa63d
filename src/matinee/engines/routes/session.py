"""One conversation with a peer, without the connection: bytes and moments in, bytes and events out (RFC 4271, 8).

`Connect` and `Active` are the speaker's; here a connection is there already. Moments are monotonic seconds.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from matinee.engines.routes.attributes import Perspective
from matinee.engines.routes.messages import (
    CEASE,
    FAMILIES,
    HOLD_EXPIRED,
    KEEPALIVE,
    NOTIFICATION,
    OPEN,
    OPEN_ERROR,
    STATE_ERROR,
    UPDATE,
    Keepalive,
    Kind,
    Notification,
    Open,
    ProtocolBroken,
    decode_notification,
    decode_open,
    described,
    encode,
    messages,
    router_number,
)
from matinee.engines.routes.port import (
    Announced,
    BgpSettings,
    EndOfTable,
    Neighbor,
    PeerDown,
    PeerUp,
    RouteEvent,
    Withdrawn,
)
from matinee.engines.routes.updates import UpdateReader

ADMINISTRATIVE_SHUTDOWN = Notification(CEASE, 2)
CONNECTION_REJECTED = Notification(CEASE, 5)
COLLISION = Notification(CEASE, 7)

_KEEPALIVES_A_HOLD = 3
_UNEXPECTED = {"open-sent": 1, "open-confirm": 2, "established": 3}
"""By state, what a message that has no business in it is called (RFC 6608)."""


@dataclass(slots=True)
class Turn:
    """What comes of something that happened."""

    say: bytearray = field(default_factory=bytearray)
    events: list[RouteEvent] = field(default_factory=list)


class Session:
    def __init__(
        self, settings: BgpSettings, neighbor: Neighbor, *, now: float, gives_way: Callable[[Open], bool]
    ) -> None:
        """`gives_way`: whether another connection with this neighbor is the one to stay, now that it has said who it is."""
        self.state: Literal["open-sent", "open-confirm", "established", "over"] = "open-sent"
        self.reason = ""
        """Why it is over."""
        self.was_established = False
        self.has_excess = False
        """Whether it is over because the peer announced more than it may."""
        self.faults: set[str] = set()
        """Why routes that were announced counted as withdrawn."""
        self._settings = settings
        self._neighbor = neighbor
        self._gives_way = gives_way
        self._hold_seconds = int(settings.hold_time.total_seconds())
        self._heard_at = now
        self._said_at = now
        self._buffer = bytearray()
        self._asn = 0
        self._reader: UpdateReader | None = None
        self._prefixes: set[str] = set()

    @property
    def is_over(self) -> bool:
        return self.state == "over"

    @property
    def wakes_at(self) -> float:
        """When something is due although nothing happens."""
        silent_until = self._heard_at + self._hold_seconds
        return silent_until if self.state == "open-sent" else min(silent_until, self._keepalive_at())

    def begin(self) -> Turn:
        settings = self._settings
        families = frozenset(FAMILIES.values())
        ours = Open(settings.asn, self._hold_seconds, router_number(settings.router_id), families, as4=True)
        return Turn(bytearray(encode(ours)))

    def receive(self, data: bytes, now: float) -> Turn:
        turn = Turn()
        if self.is_over:
            return turn
        self._buffer += data
        try:
            for kind, body in messages(self._buffer):
                self._take(kind, body, now, turn)
                if self.is_over:
                    break
        except ProtocolBroken as error:
            self._end(turn, error.sentence, error.notification)
        return turn

    def wake(self, now: float) -> Turn:
        turn = Turn()
        if self.is_over:
            return turn
        if now >= self._heard_at + self._hold_seconds:
            sentence = f"Nothing was heard of it for {self._hold_seconds} s."
            self._end(turn, sentence, Notification(HOLD_EXPIRED, 0))
        elif self.state != "open-sent" and now >= self._keepalive_at():
            self._say_keepalive(now, turn)
        return turn

    def lost(self, sentence: str) -> Turn:
        """The connection is gone."""
        turn = Turn()
        self._end(turn, sentence, None)
        return turn

    def end(self, sentence: str, last_words: Notification) -> Turn:
        """We want no more of it."""
        turn = Turn()
        self._end(turn, sentence, last_words)
        return turn

    def _take(self, kind: Kind, body: bytes, now: float, turn: Turn) -> None:
        if kind == NOTIFICATION:
            self._end(turn, f"It ended the session: {described(decode_notification(body))}.", None)
        elif kind == UPDATE and self.state == "established":
            self._heard_at = now
            self._take_update(body, turn)
        elif kind == KEEPALIVE and self.state == "established":
            self._heard_at = now
        elif kind == KEEPALIVE and self.state == "open-confirm":
            self._heard_at = now
            self.state, self.was_established = "established", True
            turn.events.append(PeerUp(self._neighbor.address, self._asn))
        elif kind == OPEN and self.state == "open-sent":
            self._heard_at = now
            self._take_open(decode_open(body), now, turn)
        else:
            sentence = f"It sent a message of kind {kind} out of turn."
            raise ProtocolBroken(STATE_ERROR, _UNEXPECTED[self.state], sentence)

    def _take_open(self, opened: Open, now: float, turn: Turn) -> None:
        expected, settings = self._neighbor.asn, self._settings
        if expected is not None and opened.asn != expected:
            raise ProtocolBroken(OPEN_ERROR, 2, f"It is AS {opened.asn}, and AS {expected} is expected there.")
        if opened.hold_seconds == 0:
            # RFC 4271 lets us refuse it. Without keepalives a peer that hangs would be believed for ever.
            raise ProtocolBroken(OPEN_ERROR, 6, "It wants no hold time. Set one there, 3 s at least.")
        internal = opened.asn == settings.asn
        if internal and opened.router_id == router_number(settings.router_id):
            raise ProtocolBroken(OPEN_ERROR, 3, "It has our BGP identifier. Give one of us another router id.")
        families = opened.families & frozenset(FAMILIES.values())
        if not families:
            wanted = b"".join(struct.pack("!BBHBB", 1, 4, afi, 0, safi) for afi, safi in FAMILIES)
            raise ProtocolBroken(OPEN_ERROR, 7, "It speaks of neither IPv4 nor IPv6 unicast.", wanted)
        if self._gives_way(opened):
            self._end(turn, "Another connection with it stays.", COLLISION)
            return
        self._asn = opened.asn
        self._hold_seconds = min(self._hold_seconds, opened.hold_seconds)
        self._reader = UpdateReader(Perspective(settings.asn, opened.as4, internal), families)
        self.state = "open-confirm"
        self._say_keepalive(now, turn)

    def _take_update(self, body: bytes, turn: Turn) -> None:
        assert self._reader is not None
        update = self._reader.read(body)
        if update.fault:
            self.faults.add(update.fault)
        peer = self._neighbor.address
        for prefixes in update.withdrawn:
            if prefixes:
                self._prefixes.difference_update(prefixes)
                turn.events.append(Withdrawn(peer, prefixes))
        for prefixes, attributes in update.announced:
            if prefixes:
                self._prefixes.update(prefixes)
                turn.events.append(Announced(peer, prefixes, attributes))
        turn.events.extend(EndOfTable(peer, family) for family in update.ended)
        if len(self._prefixes) > self._settings.prefixes_max:
            self._refuse_excess(turn)

    def _refuse_excess(self, turn: Turn) -> None:
        self.has_excess = True
        allowed = self._settings.prefixes_max
        pause = int(self._settings.excess_pause.total_seconds())
        sentence = (
            f"It announced more than {allowed} prefixes. Let it announce less, or raise the limit; "
            f"it is not heard again for {pause} s."
        )
        self._end(turn, sentence, Notification(CEASE, 1))

    def _end(self, turn: Turn, sentence: str, last_words: Notification | None) -> None:
        if self.is_over:
            return
        self.state, self.reason = "over", sentence
        self._prefixes.clear()
        if self.was_established:
            turn.events.append(PeerDown(self._neighbor.address, sentence))
        if last_words is not None:
            turn.say += encode(last_words)

    def _keepalive_at(self) -> float:
        return self._said_at + self._hold_seconds / _KEEPALIVES_A_HOLD

    def _say_keepalive(self, now: float, turn: Turn) -> None:
        self._said_at = now
        turn.say += encode(Keepalive())
