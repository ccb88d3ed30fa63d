"""What it costs to be many processes: a guarded local call, a remote one beside a bare client's request, pressing play
in one process and in many, and how soon each process is back from a kill.

Each pair is measured in one run, in turns, on the same machine in the same minute: the differences are the result.
"""

import argparse
import statistics
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp  # the bare client is what is compared with

from matinee.app.doors import Doors
from matinee.app.rpc.connect import Transport, connect
from matinee.app.rpc.problems import KnownErrors
from matinee.app.services import ERROR_MODULES
from matinee.bench.answering import ACCOUNT, SECRET, Answers, OnePlace
from matinee.bench.crashes import CrashReport, crash
from matinee.bench.houses import RealHouse
from matinee.bench.parts import parts_of
from matinee.bench.report import Figure, Report, percentile
from matinee.control.billing.api import Billing
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Outgoing, free_port
from matinee.kernel.processes import Command
from matinee.kernel.quantities import days, seconds
from matinee.resilience.guard import Faults, guarded
from matinee.resilience.neighbor import Neighbor
from matinee.wire.encoding import to_json

_BATCHES, _BATCH = 15, 10_000
_TURNS, _TURN = 20, 200
_ROUNDS = 2
_WARM_UP_PLAYS = 30

Say = Callable[[str], None]
Press = Callable[[], Awaitable[object]]


async def run(options: argparse.Namespace, doors: Doors, say: Say) -> Report:
    try:
        say(f"{_BATCHES} batches of {_BATCH} local calls …")
        local_us = await _guard_us(doors.clock)
        say(f"{_TURNS} turns of {_TURN} remote calls and bare requests …")
        remote, bare = await _remote_and_bare(doors)
        say(f"{options.presses} presses of play in one process, and in many …")
        one, split = await _plays(options.presses, doors, say)
        say("one kill -9 of each process …")
        crashes = await _crashes(doors, say)
    finally:
        await doors.network.close()
    return Report(
        "split",
        {"local_calls": _BATCHES * _BATCH, "remote_calls": _TURNS * _TURN, "presses": options.presses},
        [
            Figure("guarded_local_call_overhead", local_us, "us", 10),
            *_both("remote_call", remote, "us"),
            *_both("bare_client", bare, "us"),
            Figure("remote_call_over_bare_client", statistics.median(remote) / statistics.median(bare), "times"),
            *one.figures("one_process"),
            *split.figures("split"),
            *_recoveries([kill.recovered_s for kill in crashes.kills]),
            Figure("promises_broken", len(crashes.broken), "", 0),
        ],
        {"recoveries": [{"process": k.part, "recovered_s": round(k.recovered_s, 3)} for k in crashes.kills]},
    )


def _recoveries(times_s: list[float]) -> list[Figure]:
    """Few kills, so no percentile beyond the middle."""
    if not times_s:
        return []
    return [Figure("recover_p50", percentile(times_s, 0.5), "s"), Figure("recover_max", max(times_s), "s")]


def _both(name: str, values: list[float], unit: str) -> list[Figure]:
    return [Figure(f"{name}_{p}", percentile(values, share), unit) for p, share in (("p50", 0.5), ("p99", 0.99))]


async def _guard_us(clock: Clock) -> float:
    """What the guard adds to a call that does nothing: the difference of the medians over many batches."""
    bare = Answers()
    seen: Billing = guarded(Billing, bare, name="billing", clock=clock, faults=Faults())
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * (_BATCHES + 1)):
        is_guarded = number % 2 == 1
        service: Billing = seen if is_guarded else bare
        began = clock.monotonic()
        for _ in range(_BATCH):
            await service.subscription(ACCOUNT)
        times[is_guarded].append((clock.monotonic() - began) / _BATCH * 1e6)
    # The first of each warms the processor's caches.
    return statistics.median(times[True][1:]) - statistics.median(times[False][1:])


async def _remote_and_bare(doors: Doors) -> tuple[list[float], list[float]]:
    """Microseconds of each. Both ask one process, for the same bytes, with the same arguments."""
    ports = free_port(), free_port()
    argv = [sys.executable, "-m", "matinee.bench.answering", *map(str, ports)]
    answering = await doors.processes.spawn(Command(argv, timeout=days(1)))
    try:
        calls, bare_url = (f"http://127.0.0.1:{port}" for port in ports)
        await _until_it_answers(bare_url, doors)
        billing = _client(calls, doors)
        body = to_json({"account_id": ACCOUNT})
        async with aiohttp.ClientSession(headers={"content-type": "application/json"}) as session:

            async def ask_barely() -> None:
                async with session.post(f"{bare_url}/rpc/billing/subscription", data=body) as answer:
                    await answer.read()

            pairs: list[tuple[Press, list[float]]] = [
                (lambda: billing.subscription(ACCOUNT), []),
                (ask_barely, []),
            ]
            for turn in range(_TURNS + 1):
                for press, times in pairs:
                    taken = [await _seconds(press, doors.clock) * 1e6 for _ in range(_TURN)]
                    times += taken if turn else []  # the first turn opens connections
        return pairs[0][1], pairs[1][1]
    finally:
        await answering.stop(seconds(5))


def _client(url: str, doors: Doors) -> Billing:
    neighbor = Neighbor("billing", doors.clock, doors.chance, Faults())
    errors = KnownErrors(ERROR_MODULES)
    transport = Transport("billing", doors.network, OnePlace(url), SECRET, neighbor=neighbor, errors=errors)
    found: Billing = connect(Billing, transport)
    return found


async def _until_it_answers(url: str, doors: Doors) -> None:
    for _ in range(200):
        with suppress(Unavailable):
            await doors.network.fetch(Outgoing("POST", url))
            return
        await doors.clock.sleep(seconds(0.05))
    raise Unavailable("The process that answers did not start.")


async def _seconds(press: Press, clock: Clock) -> float:
    began = clock.monotonic()
    await press()
    return clock.monotonic() - began


@dataclass(slots=True)
class _Plays:
    ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    """Of all the house's processes while play was pressed, with what they do in the background."""

    def figures(self, mode: str) -> list[Figure]:
        return [
            *_both(f"play_{mode}", self.ms, "ms"),
            Figure(f"play_{mode}_cpu", self.cpu_s / len(self.ms) * 1000, "ms"),
        ]


async def _plays(presses: int, doors: Doors, say: Say) -> tuple[_Plays, _Plays]:
    """On one data directory, which is opened in turns: what else the machine does meets both alike."""
    one, split = _Plays(), _Plays()
    with TemporaryDirectory(prefix="matinee-bench-") as folder:
        house = RealHouse(Path(folder), doors)
        try:
            await house.start(split=False)
            say("drawing and publishing a small film …")
            await house.publish()
            await house.stop()
            for number in range(_ROUNDS):
                for is_split, plays in ((False, one), (True, split)):
                    share = presses * (number + 1) // _ROUNDS - presses * number // _ROUNDS
                    await house.start(split=is_split)
                    await house.sign_in()
                    await _press(house, share, plays, doors.clock)
                    await house.stop()
        finally:
            await house.stop()
    return one, split


async def _crashes(doors: Doors, say: Say) -> CrashReport:
    """Each process of the house once; `bench crashes` kills them for longer."""
    with TemporaryDirectory(prefix="matinee-bench-") as made:
        folder = Path(made)
        house = RealHouse(folder, doors)
        try:
            await house.start(split=True, log=folder / "house.log")
            return await crash(house, kills=len(parts_of(house)), seed="1", doors=doors, folder=folder, tell=say)
        finally:
            await house.stop()


async def _press(house: RealHouse, presses: int, plays: _Plays, clock: Clock) -> None:
    for _ in range(_WARM_UP_PLAYS):
        await house.play()
    before = house.cpu_seconds()
    plays.ms += [await _seconds(house.play, clock) * 1000 for _ in range(presses)]
    plays.cpu_s += house.cpu_seconds() - before
