"""A viewer whom a test leads by the hand through the front door: what came back, how long it took, whether bytes flow."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from matinee.control.members.api import NewProfile
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import AccountId, ProfileId
from matinee.kernel.network import Outgoing
from matinee.kernel.quantities import seconds
from matinee.sim.machines import HOUSE_URL
from matinee.sim.world import World
from matinee.wire.encoding import from_json, to_json

_BASE = re.compile(r"<BaseURL serviceLocation=\"[^\"]+\">([^<]+)</BaseURL>")
_VIDEO = re.compile(r"<Representation id=\"v.*?<SegmentTemplate .*? media=\"([^\"]+)\"", re.S)
_DEVICE = {"type": "web", "codecs": ["avc1", "mp4a"], "drm": ["org.w3.clearkey"]}
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Seen:
    """An answer, as the viewer has it."""

    status: int
    body: Any
    headers: dict[str, str]
    took_s: float


@dataclass(frozen=True)
class Guest:
    world: World
    name: str
    token: str
    account: AccountId
    profile: ProfileId

    async def press_play(self, title: str, *, end_oldest: bool = False) -> Seen:
        on_limit = "end_oldest" if end_oldest else "refuse"
        body = {"title_id": title, "profile_id": self.profile, "on_limit": on_limit, "device": _DEVICE}
        return await self.ask("POST", "/play", body)

    async def beat(self, session: str, position_ms: int = 0) -> int:
        return (await self.ask("POST", f"/playback/sessions/{session}/heartbeat", {"position_ms": position_ms})).status

    async def ask(self, method: str, path: str, body: object | None = None) -> Seen:
        url = f"{HOUSE_URL}{path if path.startswith('/api/') else f'/api/v1{path}'}"
        headers = {"authorization": f"Bearer {self.token}", "x-matinee-profile": self.profile}
        headers["content-type"] = "application/json"
        began = self.world.now_s()
        network = self.world.fabric.seen_from(self.name)
        sent = b"" if body is None else to_json(body)
        answer = await network.fetch(Outgoing(method, url, headers, sent, timeout=seconds(60)))
        is_json = "json" in answer.headers.get("content-type", "")
        found = from_json(answer.body, dict) if is_json else answer.body.decode()
        data = found["data"] if isinstance(found, dict) and "data" in found else found
        return Seen(answer.status, data, dict(answer.headers), self.world.now_s() - began)

    async def first_bytes(self, plan: Seen) -> str | None:
        """The first segment from the first edge that gives it, checked against the studio's hash: that edge's name."""
        manifest = await self.ask("GET", plan.body["manifests"]["dash"])
        video = _VIDEO.search(manifest.body) if manifest.status == 200 else None
        if video is None:
            return None
        path = video[1].replace("$Number$", "1")
        for base in _BASE.findall(manifest.body):
            try:
                network = self.world.fabric.seen_from(self.name)
                answer = await network.fetch(Outgoing("GET", base + path, timeout=seconds(4)))
            except Unavailable:
                continue
            if answer.status == 200:
                expected = self.world.hashes(base.rstrip("/").rpartition("/")[2])[path]
                assert hashlib.sha256(answer.body).hexdigest() == expected
                return str(base).split("/")[2].removesuffix(".sim")
        return None


async def guest(world: World, name: str, *, plan: str = "standard") -> Guest:
    email = f"{name}@world.sim"
    account = await world.in_house(lambda s: s.members.create(email, PASSWORD, country="DE"))
    await world.in_house(lambda s: s.billing.subscribe(account.id, plan))
    profile = await world.in_house(lambda s: s.members.add_profile(account.id, NewProfile(name)))
    signed = await world.in_house(lambda s: s.members.open_session(account.id, device=name))
    return Guest(world, name, signed.token, account.id, profile.id)
