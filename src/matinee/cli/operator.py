"""`matinee operator add EMAIL`: an account that may run the place."""

import argparse

from matinee.app.doors import Doors
from matinee.app.people import add_operator
from matinee.cli.options import Subparsers, command, settings_of
from matinee.kernel.errors import InvalidInput


def add_to(commands: Subparsers) -> None:
    parser = command(
        commands,
        "operator",
        _run,
        summary="Make an operator, or give a known address the role and a new password, shown once",
    )
    parser.add_argument("action", choices=["add"])
    parser.add_argument("email")


async def _run(options: argparse.Namespace) -> int:
    if "@" not in options.email:
        raise InvalidInput(f"{options.email!r} is not an e-mail address.")
    made = await add_operator(settings_of(options), Doors(), options.email)
    print(f"operator  {made.email}\npassword  {made.password}\n\nThe password is shown this once.")
    return 0
