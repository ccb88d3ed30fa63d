"""The command line: one file a command, each thin. Progress on stderr, results on stdout; 0 done, 1 failed, 2 wrong usage."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module

from matinee import __version__
from matinee.kernel.errors import InvalidInput, MatineeError

_MODULES = {
    "up": "up",
    "publish": "publish",
    "title": "title",
    "purge": "purge",
    "rollout": "rollout",
    "inspect": "inspecting",
    "ladder": "inspecting",
    "serve": "serve",
    "appliance": "appliance",
    "operator": "operator",
    "backup": "archive",
    "restore": "archive",
    "doctor": "doctor_command",
    "bench": "bench",
    "simulate": "simulate",
}
"""Where each command is made. Only the one that is wanted is imported: all of them together take a second."""


def _loop() -> asyncio.AbstractEventLoop:
    """uvloop where it exists: about twice the requests a second."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # at any moment: what a command imports takes a while, too
        print(file=sys.stderr)
        return 130


def _run(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="matinee", description="A whole streaming service.")
    parser.add_argument("--version", action="version", version=f"matinee {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    words = sys.argv[1:] if arguments is None else arguments
    wanted = [_MODULES[word] for word in words[:1] if word in _MODULES]
    for module in wanted or dict.fromkeys(_MODULES.values()):
        import_module(f"matinee.cli.{module}").add_to(commands)
    options = parser.parse_args(arguments)
    try:
        with asyncio.Runner(loop_factory=getattr(options, "loop", None) or _loop) as runner:
            return int(runner.run(options.run(options)))
    except InvalidInput as error:
        print(f"matinee: {error.sentence}", file=sys.stderr)
        return 2
    except MatineeError as error:
        print(f"matinee: {error.sentence}", file=sys.stderr)
        return 1
    except OSError as error:
        named = f": {error.filename}" if error.filename else ""
        print(f"matinee: {error.strerror or error}{named}", file=sys.stderr)
        return 1
