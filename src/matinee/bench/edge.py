"""What a byte costs the embedded server and what it costs NGINX: `matinee bench edge`.

Processor seconds of the server's processes alone, per GB or per request. The server has one core and the viewers another;
rounds are taken in turn, so that a busy moment of the machine meets all alike, and medians are compared. Beside NGINX as we
run it, with tickets, stands a plain one that hands out files and nothing else: each goal is held against the cheaper of them.
What a ticket costs is measured where it shows, for at segments of 4 MiB two measurements differ by more than it: the embedded
server's check by itself, as for a ticket never seen; NGINX's as what small requests cost more than to the same NGINX unchecked.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from matinee.app.certificates import made_certificate
from matinee.app.doors import Doors
from matinee.bench.crashes import Say
from matinee.bench.edge_serving import EMBEDDED, NGINX, PER_CORE, PLAIN, UNCHECKED
from matinee.bench.houses import HouseFailed, cpu_seconds
from matinee.bench.report import Figure, Report
from matinee.kernel.chance import Chance
from matinee.kernel.errors import InvalidInput
from matinee.kernel.processes import Child, Command
from matinee.kernel.quantities import days, minutes, seconds
from matinee.wire.encoding import b64url, from_json
from matinee.wire.tickets import EdgeTicket, KeyRing, admits, sign, verify

_RELEASE, _TRACK = "bench", "hd/v1"
_FILES = 64
_CONNECTIONS_MAX = 512
_SMALL_BYTES = 4 << 10
_VERIFIED = 20_000
_STARTS_WITHIN_S = 20.0
_TICK_S = 0.01
"""The system counts processor time by this; less than one is none that can be told."""
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Cell:
    """One server under one load."""

    server: str
    load: str
    is_tls: bool = False

    @property
    def name(self) -> str:
        return f"{self.load}_{self.server}"


LARGE, SMALL, TLS = "large", "small", "tls"
CELLS = (
    *(Cell(server, LARGE) for server in (EMBEDDED, PER_CORE, NGINX, PLAIN)),
    *(Cell(server, SMALL) for server in (EMBEDDED, PER_CORE, NGINX, UNCHECKED, PLAIN)),
    *(Cell(server, TLS, is_tls=True) for server in (EMBEDDED, NGINX)),
)


@dataclass(frozen=True, slots=True)
class Came:
    bytes: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What one round of one cell cost, and what came of it."""

    cpu_s: float
    came: Came

    @property
    def per_gb(self) -> float:
        return self.cpu_s / self.came.bytes * _GB

    @property
    def per_request_us(self) -> float:
        return self.cpu_s / self.came.requests * 1e6


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    if len(cores) < 2:
        raise InvalidInput("This measurement needs Linux and two cores: one for the server, one for its viewers.")
    if options.connections > _CONNECTIONS_MAX:
        raise InvalidInput(
            f"--connections cannot be {options.connections}: the embedded server takes {_CONNECTIONS_MAX} by HTTPS.",
            field="connections",
        )
    load_before = os.getloadavg()[0]
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        stage = Stage(Path(made), options, doors, cores)
        try:
            await stage.prepare()
            spent: dict[Cell, list[Spent]] = {cell: [] for cell in CELLS}
            for number in range(options.rounds):
                for cell in CELLS:
                    spent[cell].append(await stage.measure(cell))
                    say(f"round {number + 1}: {cell.name} {spent[cell][-1].per_gb:.3f} CPU-s/GB")
        finally:
            await stage.end()
    ticket_us = ticket_cost_us(doors)
    load = {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)}
    asked = {name: getattr(options, name) for name in ("connections", "size", "seconds", "rounds")}
    return report({**asked, "small": _SMALL_BYTES, "machine_load": load}, spent, ticket_us)


def report(asked: Mapping[str, object], spent: Mapping[Cell, Sequence[Spent]], ticket_us: float) -> Report:
    gb = {cell.name: median(each.per_gb for each in rounds) for cell, rounds in spent.items()}
    us = {cell.name: median(each.per_request_us for each in rounds) for cell, rounds in spent.items()}
    nginx_ticket_us = max(0.0, us["small_nginx"] - us["small_unchecked"])
    figures = [
        Figure("embedded_over_nginx", gb["large_embedded"] / min(gb["large_nginx"], gb["large_plain"]), "", 1.15),
        Figure("ticket_share_embedded", ticket_us / us["large_embedded"], "", 0.02),
        Figure("ticket_share_nginx", nginx_ticket_us / us["large_nginx"], "", 0.02),
        Figure("tls_embedded_over_nginx", gb["tls_embedded"] / gb["tls_nginx"], "", 1.3),
        Figure("small_embedded_over_nginx", us["small_embedded"] / min(us["small_nginx"], us["small_plain"]), "", 6),
        Figure("per_core_over_embedded", gb["large_per_core"] / gb["large_embedded"], ""),
        Figure("small_per_core_over_embedded", us["small_per_core"] / us["small_embedded"], ""),
        Figure("ticket_embedded", ticket_us, "µs"),
        Figure("ticket_nginx", nginx_ticket_us, "µs"),
        *[Figure(f"{name}_cpu", value, "s/GB") for name, value in gb.items() if not name.startswith(SMALL)],
        *[Figure(f"{name}_cpu", value, "µs/request") for name, value in us.items() if name.startswith(SMALL)],
    ]
    table = [
        {
            "cell": cell.name,
            "round": number,
            "cpu_s_per_gb": round(each.per_gb, 4),
            "cpu_us_per_request": round(each.per_request_us, 1),
            "gbit_per_s": round(each.came.bytes * 8 / each.came.seconds / 1e9, 2),
            "requests": each.came.requests,
        }
        for cell, rounds in spent.items()
        for number, each in enumerate(rounds, 1)
    ]
    return Report("edge", asked, figures, {"rounds": table})


def ticket_cost_us(doors: Doors) -> float:
    """Reading and checking a ticket that was never seen, as the embedded server does once a ticket."""
    now = doors.clock.now()
    ring = KeyRing("bench", {"bench": doors.chance.bytes(32)})
    end = int(now.timestamp()) + 3600
    tickets = [sign(_ticket(number, end), ring) for number in range(_VERIFIED)]
    before_s = os.times()
    for text in tickets:
        assert admits(verify(text, EdgeTicket, ring.keys, now=now), release=_RELEASE, tier="hd")
    after_s = os.times()
    return (after_s.user + after_s.system - before_s.user - before_s.system) / _VERIFIED * 1e6


def _ticket(number: int, end: int) -> EdgeTicket:
    return EdgeTicket("bench", _RELEASE, ("clear", "audio", "sd", "hd"), end, f"session-{number}")


class Stage:
    """The files, and every server, started once and measured round after round."""

    def __init__(self, folder: Path, options: argparse.Namespace, doors: Doors, cores: Sequence[int]) -> None:
        self._folder = folder
        self._options = options
        self._doors = doors
        self._server_core, self._client_core = cores[0], cores[1]
        self._ring = KeyRing("bench", {"bench": doors.chance.bytes(32)})
        self._running: dict[tuple[str, bool], tuple[Child, int]] = {}
        self._tls: tuple[Path, Path] | None = None

    async def prepare(self) -> None:
        (self._folder / "key").write_text(b64url(self._ring.keys["bench"]))
        for load, size in ((LARGE, self._options.size), (SMALL, _SMALL_BYTES)):
            _fill(self._folder / "releases" / _RELEASE / _TRACK, load, size, self._doors.chance)
            for server in (EMBEDDED, PLAIN):
                (self._folder / f"{load}-{server}").write_text(self._paths(load, has_tickets=server == EMBEDDED))
        self._tls = await made_certificate(self._folder, "localhost", self._doors)
        for server, is_tls in dict.fromkeys((cell.server, cell.is_tls) for cell in CELLS):
            self._running[server, is_tls] = await self._start(server, is_tls=is_tls)

    async def measure(self, cell: Cell) -> Spent:
        child, port = self._running[cell.server, cell.is_tls]
        load = SMALL if cell.load == SMALL else LARGE
        paths = self._folder / f"{load}-{PLAIN if cell.server == PLAIN else EMBEDDED}"
        words = ["--port", str(port), "--paths", str(paths), "--seconds", str(self._options.seconds)]
        words += ["--core", str(self._client_core)]
        if cell.is_tls and self._tls is not None:
            words += ["--certificate", str(self._tls[0])]
        before_s = cpu_seconds(child.pid)
        client = Command([sys.executable, "-m", "matinee.bench.edge_client", *words], timeout=minutes(5))
        done = await self._doors.processes.run(client)
        return Spent(max(_TICK_S, cpu_seconds(child.pid) - before_s), from_json(done.stdout, Came))

    async def end(self) -> None:
        for child, _ in self._running.values():
            await child.stop(seconds(10))

    def _paths(self, load: str, *, has_tickets: bool) -> str:
        """A line for each viewer, who has a ticket of their own and begins at a file of their own."""
        end = int((self._doors.clock.now() + timedelta(hours=6)).timestamp())
        lines = []
        for viewer in range(self._options.connections):
            first = f"/v1/{sign(_ticket(viewer, end), self._ring)}" if has_tickets else ""
            names = [f"{load}{(viewer + at) % _FILES}.m4s" for at in range(_FILES)]
            lines.append(" ".join(f"{first}/{_RELEASE}/{_TRACK}/{name}" for name in names))
        return "\n".join(lines)

    async def _start(self, server: str, *, is_tls: bool) -> tuple[Child, int]:
        told = self._folder / f"{server}{'-tls' if is_tls else ''}.port"
        words = [server, "--root", str(self._folder / "releases"), "--key-file", str(self._folder / "key")]
        words += ["--told", str(told), "--core", str(self._server_core)]
        if is_tls and self._tls is not None:
            words += ["--certificate", str(self._tls[0]), "--private-key", str(self._tls[1])]
        argv = [sys.executable, "-m", "matinee.bench.edge_serving", *words]
        child = await self._doors.processes.spawn(Command(argv, timeout=days(1), is_part_of_us=True))
        ends = self._doors.clock.monotonic() + _STARTS_WITHIN_S
        while not told.exists():
            if self._doors.clock.monotonic() > ends:
                await child.stop(seconds(5))
                raise HouseFailed(f"The {server} server did not start; what it said stands above.")
            await self._doors.clock.sleep(seconds(0.02))
        return child, int(told.read_text())


def _fill(folder: Path, load: str, size: int, chance: Chance) -> None:
    """Other bytes in each file; what they are makes no difference to anyone."""
    folder.mkdir(parents=True, exist_ok=True)
    block = chance.bytes(_SMALL_BYTES)
    for number in range(_FILES):
        with (folder / f"{load}{number}.m4s").open("wb") as file:
            for at in range(0, size, _SMALL_BYTES):
                file.write(block[: min(_SMALL_BYTES, size - at)])
