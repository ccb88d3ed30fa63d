"""`matinee simulate --seed N`: a whole house in simulated time, with an audience and with weather."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from matinee.cli.options import Subparsers, command
from matinee.kernel import log
from matinee.sim.loop import VirtualLoop
from matinee.sim.nature import Temper
from matinee.sim.world import World


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "simulate", _run, summary="The whole house in simulated time, from one seed")
    parser.add_argument("--seed", default="1", help="one seed is one history (default 1)")
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--for", dest="seconds", type=float, default=300, metavar="SECONDS", help="of simulated time")
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong")
    parser.set_defaults(loop=VirtualLoop)


async def _run(options: argparse.Namespace) -> int:
    log.configure(level="critical")
    with TemporaryDirectory(prefix="matinee-world-") as folder:
        world = World(options.seed, Path(folder), viewers=options.viewers)
        try:
            await _live(world, options.seconds, calm=options.calm)
        except AssertionError as error:
            again = f"--seed {options.seed} --viewers {options.viewers} --for {options.seconds:g}"
            print(f"{error}\nreplay it: matinee simulate {again}{' --calm' if options.calm else ''}")
            return 1
        finally:
            world.end()
    for what, count in sorted(world.ledger.counts.items()):
        print(f"{count:8d}  {what}")
    print(f"history {world.digest()}")
    return 0


async def _live(world: World, seconds: float, *, calm: bool) -> None:
    await world.open()
    if calm:
        await world.live(seconds)
    else:
        await world.rage(seconds, Temper())
        await world.heal()
