"""What the edge lives among, for its tests: a small release, a steering desk and a source that can misbehave, all over real HTTP."""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from matinee.delivery.edge.api import ApplianceSettings, HotDisk, Instructions, OriginSettings, ServingSettings
from matinee.delivery.edge.service import EdgeAppliance, EdgeOrigin, HttpControl
from matinee.engines.media_server.sendfile import SendfileServer
from matinee.engines.routes.port import RouteFeed
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import Files, SystemFiles
from matinee.kernel.network import SystemNetwork
from matinee.kernel.quantities import Span, seconds
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.encoding import b64url, from_json, to_json
from matinee.wire.fill import FillOrder, FillOrders
from matinee.wire.health import HealthReport
from matinee.wire.purge import PurgeKey, PurgeNews, Tombstone, Tombstones, TombstonesAsked
from matinee.wire.releases import Release, Segment, StoredFile, Track, TrackKind
from matinee.wire.revocations import Revocation, Revocations
from matinee.wire.rollout import SlotOrder
from matinee.wire.routes import AnnouncedAlike, RouteNews, RoutesKnown
from matinee.wire.tickets import EdgeTicket, KeyRing, sign

RING = KeyRing("k1", {"k1": b"1" * 32})
PURGE_KEY = PurgeKey(b"p" * 32)
TOKEN = "the-appliance's-own-token"


def fill_ticket(release_id: str, *tiers: str, session: str = "fill") -> str:
    end = int(datetime.now(UTC).timestamp()) + 3600
    return sign(EdgeTicket("k1", release_id, tiers or ("fill",), end, session), RING)


@dataclass(frozen=True)
class Made:
    release_id: str
    folder: Path
    manifest_sha256: str
    paths: tuple[str, ...]
    size: int


def make_release(releases: Path, release_id: str, *, segments: int = 6, segment_bytes: int = 20_000) -> Made:
    """A release of two tracks as the studio stores it, `release.json` last."""
    chance = random.Random(release_id)
    folder = releases / release_id
    tracks, paths, size = [], [], 0
    for tier, track_id in (("hd", "v1"), ("audio", "a1")):
        stored = []
        for number in range(segments):
            data = chance.randbytes(segment_bytes)
            path = f"{tier}/{track_id}/{number}.m4s"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
            paths.append(path)
            size += len(data)
            stored.append(Segment(f"{number}.m4s", number * 4, 4, len(data), hashlib.sha256(data).hexdigest()))
        init = StoredFile("init.mp4", 4, hashlib.sha256(b"init").hexdigest())
        (folder / tier / track_id / "init.mp4").write_bytes(b"init")
        paths.append(f"{tier}/{track_id}/init.mp4")
        size += 4
        kind: TrackKind = "video" if tier == "hd" else "audio"
        tracks.append(Track(track_id, kind, tier, f"{kind}/mp4", "x", 1, 1, 1, init, tuple(stored)))
    made_at = datetime(2026, 5, 1, tzinfo=UTC)
    manifest = to_json(Release(release_id, "title", made_at, "fast", "0" * 64, 1000, "clear", tuple(tracks)))
    (folder / "release.json").write_bytes(manifest)
    return Made(release_id, folder, hashlib.sha256(manifest).hexdigest(), tuple(paths), size + len(manifest))


def order(made: Made, *sources: str, sequence: int = 1, priority: int = 0, sha256: str | None = None) -> FillOrder:
    text = fill_ticket(made.release_id)
    manifest = sha256 or made.manifest_sha256
    signature = PURGE_KEY.vouch(made.release_id, manifest)
    return FillOrder(sequence, made.release_id, manifest, sources, text, priority, signature)


class Desk:
    """Steering's side: hears reports, answers with what the test has laid on it."""

    def __init__(self) -> None:
        self.orders: list[FillOrder] = []
        self.stones: list[Tombstone] = []
        """Signed on their way out, where they are not yet."""
        self.purge_key = PURGE_KEY.public
        self.asked: dict[str, TombstonesAsked] = {}
        """The last question held open, by appliance."""
        self.holds = False
        """Whether questions are held open; else there is no such place, as at an older service."""
        self.revoked: list[Revocation] = []
        self.reports: dict[str, HealthReport] = {}
        self.heard = asyncio.Condition()
        self.routes: dict[str, AnnouncedAlike] = {}
        """By prefix, as told."""
        self.routes_until = 0
        self.accounts: list[Accounts] = []
        """All that were told, also again."""
        self.takes_accounts: int | None = 200
        """The status that they are answered with; None: they are taken, and the answer is lost."""
        self.remembers = False
        """Whether what an edge holds is kept, so that its reports may leave it out."""
        self.contents: dict[str, tuple[str, tuple[str, ...]]] = {}
        """By appliance, its digest and what it holds."""
        self.left_out = 0
        """Reports that did so."""
        self.slot: SlotOrder | None = None
        self.builds: dict[str, bytes] = {}
        """By their hash."""
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/api/v1/edge/agent/health", self._health)
        app.router.add_get("/api/v1/edge/builds/{sha256}/file", self._build)
        app.router.add_post("/api/v1/edge/agent/routes", self._routes)
        app.router.add_post("/api/v1/edge/agent/tombstones", self._tombstones)
        app.router.add_post("/api/v1/edge/agent/accounts", self._accounts)
        self._runner, self.url = await _serve(app)

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, holds: Callable[[HealthReport], bool], appliance: str = "oca-1") -> HealthReport:
        """Wait for a report of that appliance of which something holds."""
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: appliance in self.reports and holds(self.reports[appliance]))
            return self.reports[appliance]

    async def until_routes(self, holds: Callable[[dict[str, AnnouncedAlike]], bool]) -> None:
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: holds(self.routes))

    async def _health(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        report = from_json(await request.read(), HealthReport)
        if not report.releases_told:
            digest, releases = self.contents.get(report.appliance_id, ("", ()))
            if digest != report.digest:
                return web.Response(status=409)
            report = replace(report, releases=releases)
            self.left_out += 1
        self.contents[report.appliance_id] = (report.digest, report.releases)
        async with self.heard:
            self.reports[report.appliance_id] = report
            self.heard.notify_all()
        stones = () if self.holds else self._after(report.tombstone_sequence)
        revoked = tuple(each for each in self.revoked if each.sequence > report.revocation_sequence)
        keys = {kid: b64url(key) for kid, key in RING.keys.items()}
        orders = FillOrders(tuple(self.orders))
        told, known = Tombstones(stones), report.digest if self.remembers else ""
        answer = Instructions(
            orders,
            told,
            keys,
            self.routes_until,
            self.purge_key,
            Revocations(revoked),
            contents_known=known,
            slot=self.slot,
        )
        return web.Response(body=to_json(answer), content_type="application/json")

    async def until_accounts(self, holds: Callable[[list[Accounts]], bool]) -> None:
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: holds(self.accounts))

    async def _accounts(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        async with self.heard:
            self.accounts.append(from_json(await request.read(), Accounts))
            self.heard.notify_all()
        known = to_json(AccountsKnown(self.accounts[-1].number))
        return web.Response(status=self.takes_accounts or 502, body=known, content_type="application/json")

    async def _build(self, request: web.Request) -> web.Response:
        data = self.builds.get(request.match_info["sha256"])
        if data is None or request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=404)
        return web.Response(body=data)

    async def bury(self, *stones: Tombstone) -> None:
        """As steering does when a purge is ordered: who waits is told at once."""
        async with self.heard:
            self.stones += stones
            self.heard.notify_all()

    async def until_asked(self, after: int, appliance: str = "oca-1") -> None:
        """Wait until that appliance's question shows that it has carried out all up to here."""
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(
                lambda: appliance in self.asked and self.asked[appliance].tombstone_sequence >= after
            )

    def _after(self, number: int) -> tuple[Tombstone, ...]:
        return tuple(s if s.signature else PURGE_KEY.sign(s) for s in self.stones if s.sequence > number)

    async def _tombstones(self, request: web.Request) -> web.Response:
        if not self.holds or request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=404)
        asked = from_json(await request.read(), TombstonesAsked)
        async with self.heard:
            self.asked[asked.appliance_id] = asked
            self.heard.notify_all()
            await self.heard.wait_for(lambda: bool(self._after(asked.tombstone_sequence)))
        news = PurgeNews(Tombstones(self._after(asked.tombstone_sequence)), self.purge_key)
        return web.Response(body=to_json(news), content_type="application/json")

    async def _routes(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        news = from_json(await request.read(), RouteNews)
        async with self.heard:
            if news.since <= self.routes_until:
                for prefix in self.routes if news.since == 0 else news.withdrawn:
                    self.routes = {known: way for known, way in self.routes.items() if known != prefix}
                self.routes |= {prefix: alike for alike in news.announced for prefix in alike.prefixes}
                self.routes_until = news.until
            self.heard.notify_all()
        return web.Response(body=to_json(RoutesKnown(self.routes_until)), content_type="application/json")


@dataclass
class Source:
    """A place to fill from that does as it is told: wrong bytes, silence, breaking off."""

    folder: Path
    wrong: set[str] = field(default_factory=set)
    held_back: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    url: str = ""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_get("/v1/{ticket}/{release}/{path:.+}", self._file)
        self._runner, self.url = await _serve(app)

    async def close(self) -> None:
        self.let_go.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked[path] += 1
        if path in self.held_back:
            await self.let_go.wait()
        file = self.folder / request.match_info["release"] / path
        if not file.is_file():
            return web.Response(status=404)
        data = file.read_bytes()
        return web.Response(body=data[:-1] + bytes([data[-1] ^ 1]) if path in self.wrong else data)


async def _serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


def serving(
    state: Path, appliance_id: str, playing_for: Span = seconds(0.2), account_every: Span = seconds(0.1)
) -> ServingSettings:
    return ServingSettings(
        appliance_id,
        "http://edge.example",
        "127.0.0.1",
        0,
        state,
        report_every=seconds(0.02),
        gather_every=seconds(0.02),
        account_every=account_every,
        first_account_after=account_every / 2,
        playing_for=playing_for,
        build="a build",
    )


def make_appliance(
    root: Path,
    desk_url: str,
    network: SystemNetwork,
    *,
    files: Files | None = None,
    reserve_bytes: int = 0,
    boot: str = "",
    feed: RouteFeed | None = None,
    playing_for: Span = seconds(0.2),
    account_every: Span = seconds(0.1),
    room_bytes: int | None = None,
    hot: HotDisk | None = None,
) -> EdgeAppliance:
    clock, chance = SystemClock(), SystemChance()
    settings = ApplianceSettings(
        serving(root / "state", "oca-1", playing_for, account_every),
        root,
        room_bytes=room_bytes,
        hot=hot,
        retry_first=seconds(0.02),
        retry_longest=seconds(0.1),
        reserve_bytes=reserve_bytes,
        fetch_silence=seconds(5),
        boot=boot,
    )
    return EdgeAppliance(
        settings,
        server=SendfileServer(clock),
        control=HttpControl(network, desk_url, TOKEN),
        network=network,
        files=files or SystemFiles(),
        clock=clock,
        chance=chance,
        feed=feed,
    )


def make_origin(releases: Path, state: Path, desk_url: str, network: SystemNetwork) -> EdgeOrigin:
    clock = SystemClock()
    settings = OriginSettings(serving(state, "origin-1"), releases, look_every=seconds(0.02))
    return EdgeOrigin(
        settings,
        server=SendfileServer(clock),
        control=HttpControl(network, desk_url, TOKEN),
        files=SystemFiles(),
        clock=clock,
        chance=SystemChance(),
    )


async def stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
