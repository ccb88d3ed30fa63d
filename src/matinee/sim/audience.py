"""Viewers: they arrive, choose, wait so long and no longer, watch, seek, leave; and check every byte they are given.

A viewer knows what any player knows, the HTTP surface, and nothing else; what a film's bytes should be is asked of the
world (`hashes`), because a player cannot ask anyone.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from matinee.control.viewing.model.resume import resume_at
from matinee.kernel.chance import Chance
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.sim.http import Client
from matinee.sim.ledger import Ledger, Sent

_BASE = re.compile(r"<BaseURL serviceLocation=\"([^\"]+)\">([^<]+)</BaseURL>")
_TRACK = re.compile(
    r"<Representation id=\"([^\"]+)\" bandwidth=\"(\d+)\".*?<SegmentTemplate timescale=\"(\d+)\" media=\"([^\"]+)\" "
    r"startNumber=\"(\d+)\" initialization=\"([^\"]+)\".*?<S t=\"0\" d=\"(\d+)\"",
    re.S,
)
_SOUND = re.compile(r"media=\"(audio/[^\"]+)\" startNumber=\"\d+\" initialization=\"([^\"]+)\"")
_HEARTBEAT_S = 10.0
_DECODES = {"codecs": ["avc1", "mp4a"], "drm": ["org.w3.clearkey"]}
PLAYERS: Sequence[Mapping[str, object]] = (
    {"type": "web", "max_height": 1080, **_DECODES},
    {"type": "tv", "max_height": 2160, **_DECODES},
    {"type": "mobile", "max_height": 480, **_DECODES},
)
"""What people watch on."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What kind of viewer this is."""

    pause_s: float = 30.0
    """Between two films, on average."""
    patience_s: float = 12.0
    """How long to wait for a picture before giving up."""
    seeks: float = 0.05
    """The chance of a seek at each segment."""
    leaves: float = 0.01
    """The chance of leaving at each segment."""
    insists: bool = False
    """Ends the oldest stream when there are too many."""
    remembers: float = 0.0
    """The chance to press play on a film seen at some time, whether or not it is shown now."""
    lists: float = 0.0
    """The chance to put a film on My List, and to look whose are on it."""
    pries: float = 0.0
    """The chance to look for what is another's."""

    def settled(self) -> "Habits":
        """Someone who has sat down to see the whole film."""
        return replace(self, seeks=0.0, leaves=0.0)


@dataclass(frozen=True, slots=True)
class Member:
    account: str
    email: str
    token: str
    profile: str
    name: str
    streams: int
    """What the plan allows at a time."""


@dataclass(slots=True)
class _Playing:
    session: str
    title: str
    bases: list[str]
    video: str
    beside: tuple[str, ...]
    """What a player takes besides, once a film: how the tracks begin, and sound."""
    segment_s: float
    duration_s: float
    position_s: float
    alive: bool = True
    since_beat_s: float = 0.0


@dataclass(slots=True)
class Viewer:
    member: Member
    device: str
    client: Client
    network: Network
    clock: Clock
    chance: Chance
    ledger: Ledger
    hashes: Callable[[str], Mapping[str, str]]
    """SHA-256 by path of a release."""
    habits: Habits = field(default_factory=Habits)
    player: Mapping[str, object] = field(default_factory=lambda: PLAYERS[0])
    only: str | None = None
    """The one title this viewer wants."""
    may_have_forgotten: Callable[[float], bool] = lambda _asked_s: False
    """Whether the house could not know where somebody stopped when it was asked at this second. It plays films from their
    start then, rather than not at all."""
    known: set[str] = field(default_factory=set)
    """Titles that were ever shown to this viewer."""
    stalled_s: float = 0.0
    is_watching: bool = False

    async def live(self) -> None:
        """Until the world ends."""
        while True:
            await self._wait(self.habits.pause_s * (0.2 + 1.6 * self.chance.uniform()))
            try:
                await self._evening()
            except Unavailable:
                self.ledger.count("nobody answered")

    async def drop_by(self, title: str) -> bool:
        """Find it at home, and try it. Whether all of it came."""
        return title in await self._look_around() and await self.try_out(title)

    async def try_out(self, title: str) -> bool:
        """Press play, take the first segment, and leave."""
        playing = await self._press_play(title)
        if playing is None:
            return False
        hashes = self.hashes(playing.bases[0].rstrip("/").rpartition("/")[2])
        waited = await self._fetch(playing, playing.video.replace("$Number$", "1"), hashes)
        await self._stop(playing)
        return waited is not None

    async def _evening(self) -> None:
        titles = await self._look_around()
        if not titles:
            self.ledger.count("nothing to watch")
            return
        if self.chance.uniform() < self.habits.lists:
            await self._list(self._one_of(titles))
        if self.chance.uniform() < self.habits.pries:
            await self._pry()
        remembers = self.chance.uniform() < self.habits.remembers
        title = self.only or self._one_of(sorted(self.known) if remembers else titles)
        playing = await self._press_play(title)
        if playing is not None:
            self.is_watching = True
            await self._watch(playing)
            self.is_watching = False

    def _one_of(self, titles: Sequence[str]) -> str:
        return titles[int(self.chance.uniform() * len(titles))]

    async def _list(self, title: str) -> None:
        """Put it on My List, and look whose profiles share the account."""
        self.ledger.lists.setdefault(self.member.profile, set()).add(title)
        status, _ = await self.client.call("PUT", f"/profiles/{self.member.profile}/watchlist/{title}")
        self.ledger.count(f"list {status}")
        status, profiles = await self.client.call("GET", "/profiles")
        others = {p["id"] for p in profiles} - self.ledger.households[self.member.account] if status == 200 else set()
        if others:
            self.ledger.break_(f"{self.member.name} is shown profiles of another account: {', '.join(sorted(others))}.")

    async def _pry(self) -> None:
        """Ask about a session of another account, as somebody would who has found its id."""
        sessions = [s for a, slots in self.ledger.slots.items() if a != self.member.account for s in slots]
        if not sessions:
            return
        session = self._one_of(sessions)
        for path in ("", "/manifest.mpd"):
            status, _ = await self.client.text(f"/api/v1/playback/sessions/{session}{path}")
            self.ledger.count(f"pry {status}")
            if status < 400:
                self.ledger.break_(f"{self.member.name} asked about {session}{path}, which is another's, and was told.")

    async def _look_around(self) -> list[str]:
        status, page = await self.client.call("GET", "/browse/home")
        if status != 200:
            self.ledger.count(f"home {status}")
            return []
        rows = page["rows"]
        for row in rows:
            if row["id"] == "continue":
                self._check_own([card["id"] for card in row["items"]])
            if row["id"] == "my-list" and self.habits.lists:
                self._check_listed([card["id"] for card in row["items"]])
        titles = {card["id"] for row in rows for card in row["items"]}
        self.known |= titles
        return sorted(titles)

    def _check_own(self, begun: list[str]) -> None:
        """Nobody ever sees another's data: what this page says was begun, this profile has begun."""
        for title in begun:
            if (self.member.profile, title) not in self.ledger.positions:
                self.ledger.break_(f"{self.member.name} is shown {title} as begun, which another has watched.")

    def _check_listed(self, listed: list[str]) -> None:
        """As above: what is on this list, this profile has put there."""
        for title in listed:
            if title not in self.ledger.lists.get(self.member.profile, ()):
                self.ledger.break_(f"{self.member.name} is shown {title} on a list that it was never put on.")

    async def _press_play(self, title: str) -> _Playing | None:
        asked_s = self.clock.monotonic()
        status, plan = await self.client.call(
            "POST",
            "/play",
            {
                "title_id": title,
                "profile_id": self.member.profile,
                "on_limit": "end_oldest" if self.habits.insists else "refuse",
                "device": self.player,
            },
        )
        self.ledger.count(f"play {status}")
        if status != 200:
            return None
        session = plan["session_id"]
        if self.habits.insists:
            self.ledger.made_room(self.member.account, now_s=self.clock.monotonic())
        self.ledger.started(
            self.member.account,
            session,
            asked_s=asked_s,
            now_s=self.clock.monotonic(),
            allowed=self.member.streams,
            title=title,
        )
        self._check_resume(title, plan["resume_ms"], plan["duration_ms"], asked_s)
        status, mpd = await self.client.text(plan["manifests"]["dash"])
        track = _TRACK.search(mpd) if status == 200 else None
        if track is None:
            self.ledger.count(f"manifest {status}")
            return None
        return _Playing(
            session,
            title,
            [url for _, url in _BASE.findall(mpd)],
            track[4],
            (track[6], *(part.replace("$Number$", "1") for sound in _SOUND.findall(mpd)[:1] for part in sound)),
            int(track[7]) / int(track[3]),
            plan["duration_ms"] / 1000,
            plan["resume_ms"] / 1000,
        )

    def _check_resume(self, title: str, resume_ms: int, duration_ms: int, asked_s: float) -> None:
        """An acknowledged position is never lost."""
        known = self.ledger.positions.get((self.member.profile, title), [])
        possible = {resume_at(sent.position_ms, duration_ms) for sent in known}
        if not any(sent.acknowledged for sent in known) or self.may_have_forgotten(asked_s):
            possible.add(0)
        if resume_ms not in possible:
            self.ledger.break_(
                f"{self.member.name} is offered to go on with {title} at {resume_ms} ms; "
                f"what was sent leads to {', '.join(map(str, sorted(possible)))}."
            )

    async def _watch(self, playing: _Playing) -> None:
        hashes = self.hashes(playing.bases[0].rstrip("/").rpartition("/")[2])
        self.ledger.count("watched")
        for path in playing.beside:
            await self._fetch(playing, path, hashes)
        while playing.alive and playing.position_s < playing.duration_s:
            number = int(playing.position_s / playing.segment_s) + 1
            waited = await self._fetch(playing, playing.video.replace("$Number$", str(number)), hashes)
            if waited is None or waited > self.habits.patience_s:
                self.ledger.count("gave up")
                break
            self.stalled_s += max(0.0, waited - playing.segment_s)
            await self._wait(max(0.0, playing.segment_s - waited))
            playing.position_s += playing.segment_s
            playing.since_beat_s += playing.segment_s
            if playing.since_beat_s >= _HEARTBEAT_S:
                await self._beat(playing)
            if self.chance.uniform() < self.habits.seeks:
                playing.position_s = self.chance.uniform() * playing.duration_s
            if self.chance.uniform() < self.habits.leaves:
                break
        await self._stop(playing)

    async def _fetch(self, playing: _Playing, path: str, hashes: Mapping[str, str]) -> float | None:
        """From the first edge that has it; how long that took. None: from nobody."""
        began = self.clock.monotonic()
        for base in list(playing.bases):
            try:
                answer = await self.network.fetch(Outgoing("GET", base + path, timeout=seconds(4)))
            except Unavailable:
                answer = None
            if answer is not None and answer.status == 200:
                if path not in hashes:
                    self.ledger.break_(f"{base.split('/v1/')[0]} served {path}, which the studio never made.")
                if hashlib.sha256(answer.body).hexdigest() != hashes[path]:
                    self.ledger.break_(f"{base.split('/v1/')[0]} served other bytes than those of {path}.")
                self.ledger.count("segments")
                return self.clock.monotonic() - began
            playing.bases.remove(base)  # the others first, this one last
            playing.bases.append(base)
        return None

    async def _beat(self, playing: _Playing) -> None:
        playing.since_beat_s = 0.0
        heartbeat = {"position_ms": round(playing.position_s * 1000), "device_id": self.device}
        sent_s = self.clock.monotonic()
        status = await self._say(playing, "heartbeat", heartbeat)
        if status == 204:
            self.ledger.heard(self.member.account, playing.session, sent_s=sent_s)
        elif status in (404, 409):
            self.ledger.ended(self.member.account, playing.session)
            playing.alive = False

    async def _stop(self, playing: _Playing) -> None:
        if not playing.alive:
            return
        # Whether or not this arrives, the viewer is gone: no later sign of life will hold the slot.
        await self._say(playing, "events", {"type": "stop", "position_ms": round(playing.position_s * 1000)})
        self.ledger.ended(self.member.account, playing.session)

    async def _say(self, playing: _Playing, what: str, said: dict[str, object]) -> int | None:
        """One beacon with the time of its event. None when nobody answered: the next one says it again."""
        now = self.clock.now()
        sent = Sent(now.timestamp(), cast(int, said["position_ms"]))
        self.ledger.position_sent(self.member.profile, playing.title, sent)
        body = {**said, "at": now.isoformat()}
        try:
            status, _ = await self.client.call(
                "POST", f"/playback/sessions/{playing.session}/{what}", [body] if what == "events" else body
            )
        except Unavailable:
            self.ledger.count(f"{what} lost")
            return None
        if status == 204:
            self.ledger.position_acknowledged(self.member.profile, playing.title, sent)
        return status

    async def _wait(self, seconds_: float) -> None:
        await self.clock.sleep(Span(seconds=seconds_))
