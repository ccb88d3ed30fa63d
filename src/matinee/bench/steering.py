"""What steering costs: `matinee bench steering`.

Decisions in process against a drawn fleet and a table of drawn prefixes; routes taken in by the service on its database;
how soon a change and a death are seen; how even a cluster's load is; a real house that is asked for steering documents.
Everything but that house is drawn from the seed.
"""

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from matinee.app.doors import Doors
from matinee.app.engines import open_engines
from matinee.app.services import SCHEMAS
from matinee.app.settings import read_settings
from matinee.bench.houses import cpu_seconds
from matinee.bench.report import Figure, Report
from matinee.bench.steering_http import documents
from matinee.control.steering.api import Asker
from matinee.control.steering.model.addresses import Address, Prefix, parse_address
from matinee.control.steering.model.atlas import Spot
from matinee.control.steering.model.copies import Copies
from matinee.control.steering.model.decision import Question, decide
from matinee.control.steering.model.route_table import Route, RouteTable
from matinee.control.steering.model.snapshot import Server, Snapshot
from matinee.control.steering.service import SteeringService
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids, ReleaseId
from matinee.kernel.quantities import seconds
from matinee.wire.health import HealthReport, Reach
from matinee.wire.routes import AnnouncedAlike, RouteNews
from matinee.wire.tickets import KeyRing

_IN_A_SITE = 8
_OF_TWENTY: dict[Reach, int] = {"embedded": 17, "private": 1, "exchange": 2}
_REACHES = [reach for reach, sites in _OF_TWENTY.items() for _ in range(sites)]
_LENGTHS = (*[24] * 60, *[23] * 8, *[22] * 10, *[21] * 5, *[20] * 5, *[19] * 4, 18, 18, 17, 17, 16, 16, 16, 16)
"""As the tables of the Internet have them, of a hundred."""
_FILMS, _HEAD = 300, 60
"""So many are asked for; the first are held by everybody, the others by a third."""
_BALANCE_SESSIONS, _BALANCE_SERVERS, _BETWEEN_REPORTS = 60_000, 10, 200
_PART = 20_000


async def run(options: argparse.Namespace, doors: Doors, say: Callable[[str], None]) -> Report:
    chance = np.random.default_rng(int(options.seed))
    say(f"{options.prefixes} prefixes to {options.sites} sites …")
    fleet, table = _drawn(chance, options.sites, options.prefixes)
    say(f"{options.requests} decisions …")
    decided = _decisions(chance, fleet, table, options.requests, doors.clock)
    say("a cluster's balance …")
    balance = _balance()
    with TemporaryDirectory(prefix="matinee-bench-") as folder:
        say(f"{options.routes} routes, a change, a death …")
        served = await _served(Path(folder), doors, chance, options.routes)
    with TemporaryDirectory(prefix="matinee-bench-") as folder:
        say(f"{options.documents} documents over HTTP …")
        asked = await documents(Path(folder), doors, options.documents)
    return Report(
        "steering",
        {
            "seed": options.seed,
            "prefixes": options.prefixes,
            "sites": options.sites,
            "appliances": options.sites * _IN_A_SITE,
            "decisions": options.requests,
            "routes": options.routes,
            "documents": options.documents,
        },
        [*decided, *served, *asked, Figure("cluster_load_max_over_mean", balance, "ratio", 1.05)],
    )


def _drawn(chance: np.random.Generator, sites: int, prefixes: int) -> tuple[list[Server], RouteTable]:
    by_site: list[list[Server]] = []
    for site, spot in enumerate(_spots(chance, sites)):
        reach = _REACHES[site % len(_REACHES)]
        names = [f"{reach}-{site}-{number}" for number in range(_IN_A_SITE)]
        loads = (chance.random(_IN_A_SITE) * 0.9).tolist()
        by_site.append(
            [
                Server(n, f"https://{n}.test", reach, f"s{site}", load, 1.0, spot)
                for n, load in zip(names, loads, strict=True)
            ]
        )
    table = RouteTable()
    paths, whose = chance.integers(1, 4, prefixes).tolist(), chance.integers(sites, size=prefixes).tolist()
    for prefix, path, site in zip(_prefixes(chance, prefixes), paths, whose, strict=True):
        for server in by_site[site]:
            table.announce(prefix, Route(server.id, path, 0))
    origins = [Server(f"origin-{n}", f"https://origin-{n}.test", "origin", "origin") for n in range(2)]
    return [*(server for site in by_site for server in site), *origins], table


def _prefixes(chance: np.random.Generator, count: int) -> list[Prefix]:
    lengths = chance.choice(_LENGTHS, count)
    networks = chance.integers(1 << 32, size=count) >> (32 - lengths)
    return [Prefix(32, length, network) for length, network in zip(lengths.tolist(), networks.tolist(), strict=True)]


def _spots(chance: np.random.Generator, count: int) -> list[Spot]:
    north, east = chance.uniform(-60, 60, count).tolist(), chance.uniform(-180, 180, count).tolist()
    return [Spot(*each) for each in zip(north, east, strict=True)]


def _decisions(
    chance: np.random.Generator, fleet: list[Server], table: RouteTable, count: int, clock: Clock
) -> list[Figure]:
    names = [server.id for server in fleet]
    few = {f"film-{n}": chance.choice(names, len(names) // 3, replace=False).tolist() for n in range(_HEAD, _FILMS)}
    snapshot = Snapshot(fleet, _held({**dict.fromkeys((f"film-{n}" for n in range(_HEAD)), names), **few}, fleet))
    films = [f"film-{number}" for number in (chance.random(count) ** 3 * _FILMS).astype(int).tolist()]
    clients = [str(IPv4Address(number)) for number in chance.integers(1 << 32, size=count).tolist()]
    keys = chance.integers(1 << 62, size=count).tolist()
    asked = list(zip(films, clients, keys, _spots(chance, count), strict=True))
    for film, text, key, spot in asked:  # once before, so that distances are known as in a service that has run
        decide(snapshot, table, Question(film, parse_address(text), key, spot))
    took: list[float] = []
    began_cpu = cpu_seconds(os.getpid())
    for film, text, key, spot in asked:
        began = clock.monotonic()
        decide(snapshot, table, Question(film, parse_address(text), key, spot))
        took.append(clock.monotonic() - began)
    spent = cpu_seconds(os.getpid()) - began_cpu
    took.sort()
    return [
        Figure("decisions_per_cpu_s", count / max(spent, 0.01), "1/s", 50_000, better="higher"),
        Figure("decision_p50_us", took[count // 2] * 1e6, "us"),
        Figure("decision_p99_us", took[int(count * 0.99)] * 1e6, "us", 100),
    ]


def _held(films: Mapping[str, Iterable[str]], fleet: Iterable[Server]) -> Copies:
    copies = Copies()
    for server in fleet:
        copies.seating.seat(server.id, server.site)
    for film, names in films.items():
        for name in names:
            copies.put(name, [film])
    return copies


def _balance() -> float:
    """Sessions come one after the other; what each appliance reports is some seconds old."""
    names = [f"edge-{n}" for n in range(_BALANCE_SERVERS)]
    table, sessions = RouteTable(), Counter[str](dict.fromkeys(names, 0))
    for name in names:
        table.announce(Prefix(32, 8, 10), Route(name, 1, 0))
    servers = [Server(name, f"https://{name}.test", "embedded", "one") for name in names]
    copies = _held({"film": names}, servers)
    for number in range(_BALANCE_SESSIONS):
        if number % _BETWEEN_REPORTS == 0:
            loads = [replace(server, load=sessions[server.id] / _BALANCE_SESSIONS) for server in servers]
            snapshot = Snapshot(loads, copies)
        first = decide(snapshot, table, Question("film", Address(32, 10 << 24), number * 7919))[0]
        sessions[first.id] += 1
    return max(sessions.values()) / (_BALANCE_SESSIONS / _BALANCE_SERVERS)


async def _served(folder: Path, doors: Doors, chance: np.random.Generator, routes: int) -> list[Figure]:
    settings = read_settings({"data": str(folder)})
    async with open_engines(settings, doors, SCHEMAS) as engines:
        ring = KeyRing("k", {"k": bytes(32)})
        steering = SteeringService(engines.database, engines.cache, doors.clock, ring)
        film, client = ReleaseId(Ids(doors.clock, doors.chance).new()), Asker("s", "203.0.113.9")
        report = _report(doors, film)
        await steering.report(report)
        began, began_cpu = doors.clock.monotonic(), cpu_seconds(os.getpid())
        until = 0
        for part in _parts(chance, routes):
            until = (await steering.routes(_news(report, until, until + len(part), part))).until
        loaded_s, loaded_cpu_s = doors.clock.monotonic() - began, cpu_seconds(os.getpid()) - began_cpu
        await steering.report(replace(report, routes_until=until))
        began = doors.clock.monotonic()
        await steering.routes(_news(report, until, until + 1, ["203.0.113.0/24"]))
        while not await steering.rank(film, client):
            await doors.clock.sleep(seconds(0.001))
        changed_s = doors.clock.monotonic() - began
        began = doors.clock.monotonic()
        while await steering.rank(film, client):
            await doors.clock.sleep(seconds(0.01))
        dead_s = doors.clock.monotonic() - began
    return [
        Figure("routes_loaded_s", loaded_s, "s", 3),
        Figure("routes_loaded_cpu_s", loaded_cpu_s, "s"),
        Figure("route_change_reflected_s", changed_s, "s", 1),
        Figure("dead_appliance_out_s", dead_s, "s", 5),
    ]


def _report(doors: Doors, film: str) -> HealthReport:
    return HealthReport(
        "inside-1", "flash", "http://inside-1.test", doors.clock.now(), 1, "boot", (film,), 1, 1, 0.1,
        reach="embedded", routes_epoch="epoch",
    )  # fmt: skip


def _parts(chance: np.random.Generator, count: int) -> list[list[str]]:
    every = [str(prefix) for prefix in _prefixes(chance, count)]
    return [every[at : at + _PART] for at in range(0, count, _PART)]


def _news(report: HealthReport, since: int, until: int, prefixes: Sequence[str]) -> RouteNews:
    return RouteNews(report.appliance_id, report.routes_epoch, since, until, (AnnouncedAlike(1, 0, tuple(prefixes)),))
