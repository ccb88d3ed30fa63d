"""When and how fast an appliance may fill itself, from the command line."""

import argparse
import re
from datetime import time, timedelta

from matinee.delivery.edge.api import FillWindow
from matinee.kernel.errors import InvalidInput

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_UNBOUNDED = 1 << 60


def add_fill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fill-window", metavar="HH:MM-HH:MM", help="fetch films in these hours of the local clock (default: always)"
    )
    parser.add_argument("--zone", metavar="ZONE", help="the clock of --fill-window: Europe/Berlin")
    parser.add_argument("--fill-rate", type=float, metavar="MBIT", help="with it: so many Mbit/s at most")
    parser.add_argument("--fill-night", type=float, metavar="GB", help="with it: so many GB a night at most")


def window_of(options: argparse.Namespace) -> FillWindow | None:
    if options.fill_window is None:
        if options.zone or options.fill_rate or options.fill_night:
            raise InvalidInput("--zone, --fill-rate and --fill-night go with --fill-window.", field="fill-window")
        return None
    if not (found := _HOURS.match(options.fill_window)):
        raise InvalidInput("Give the hours of filling as --fill-window 02:00-14:00.", field="fill-window")
    if not options.zone:
        raise InvalidInput("Say whose clock --fill-window means: --zone Europe/Berlin.", field="zone")
    for flag in ("fill_rate", "fill_night"):
        if (value := getattr(options, flag)) is not None and not 0 < value < 1e9:
            raise InvalidInput(f"--{flag.replace('_', '-')} must be more than none.", field=flag)
    opens, closes = (time(int(found[at]), int(found[at + 1])) for at in (1, 3))
    length = _since_midnight(closes) - _since_midnight(opens)
    return FillWindow(
        options.zone,
        opens,
        length if length > timedelta(0) else length + timedelta(days=1),
        max(1, int(options.fill_rate * 1e6 / 8)) if options.fill_rate else _UNBOUNDED,
        max(1, int(options.fill_night * 1e9)) if options.fill_night else _UNBOUNDED,
    )


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)
