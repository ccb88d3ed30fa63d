"""Flags that several commands share."""

import argparse
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from matinee.app.settings import Settings, read_settings

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run = Callable[[argparse.Namespace], Awaitable[int]]


def command(commands: Subparsers, name: str, run: Run, *, summary: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    parser.add_argument("--data", metavar="DIR", help="where everything is kept (default: the user's data folder)")
    return parser


def listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1; beyond loopback TLS is used)")
    parser.add_argument("--port", type=int, help="port of the service (default 8400)")
    parser.add_argument("--edge-port", type=int, help="port of the edge appliance (default 8401)")
    parser.add_argument("--origin-port", type=int, help="port of the origin (default 8402)")
    parser.add_argument("--public-host", metavar="NAME", help="the name viewers use, where it differs from --host")
    parser.add_argument("--certificate", metavar="FILE", help="TLS certificate chain (PEM)")
    parser.add_argument("--private-key", metavar="FILE", help="its private key (PEM)")


def settings_of(options: argparse.Namespace, **more: Any) -> Settings:
    return read_settings({**vars(options), **more})
