"""Flags that several commands share."""

import argparse
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, get_args

from matinee.app.settings import Settings, read_settings
from matinee.wire.languages import is_tag
from matinee.wire.releases import VideoCodec

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


def codecs_named(text: str) -> list[VideoCodec]:
    """`h264,av1` as values. H.264 is among them whether it is named or not."""
    known: tuple[VideoCodec, ...] = get_args(VideoCodec)
    named = [word.strip().lower() for word in text.split(",") if word.strip()]
    if strange := [word for word in named if word not in known]:
        raise argparse.ArgumentTypeError(f"there is no codec {strange[0]!r}: choose from {', '.join(known)}")
    return [codec for codec in known if codec == "h264" or codec in named]


def language_named(text: str) -> str:
    if not is_tag(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no tag of a language such as en or pt-BR")
    return text


def settings_of(options: argparse.Namespace, **more: Any) -> Settings:
    return read_settings({**vars(options), **more})


def farming(parser: argparse.ArgumentParser) -> None:
    """How much is encoded at once, and by how many processes."""
    parser.add_argument("--workers", type=int, metavar="N", help="encodes at once in a process (default 1)")
    parser.add_argument(
        "--worker-processes", type=int, metavar="N", help="encode in this many processes beside the house (default 0)"
    )
    parser.add_argument("--title-jobs", type=int, metavar="N", help="jobs of one title at once, in all processes")
