"""`matinee publish FILE --title …`: master in, watchable title out, through the running service or one of its own."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

from matinee.app.doors import Doors
from matinee.app.running import up
from matinee.cli.following import PassingService, console, follow, follow_trailers, say_if_known
from matinee.cli.options import Subparsers, codecs_named, command, language_named, settings_of
from matinee.cli.progress import Progress
from matinee.cli.sending import send_file
from matinee.cli.service_client import NotNow, ServiceClient, find_service
from matinee.kernel.errors import InvalidInput, MatineeError, Unavailable
from matinee.kernel.network import NotReached, free_port
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production.api import Metadata, SidecarTrailer, VersionStatus
from matinee.wire.encoding import from_json_exactly, to_plain
from matinee.wire.releases import Scheme

_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
_TAKEN_IN_WITHIN = minutes(95)
"""Longer than the service itself gives this call, so that it is the one to say what took too long."""
_ASKS_MAX, _ASKED_AGAIN_EVERY = 24, seconds(5)
"""Two minutes of a service that is too busy; and a day and more of one that is slow to read."""
_PROFILES = {"fast": ("fast",), "full": ("full",), "both": ("fast", "full")}
_SOUNDS = {"stereo": ("aac",), "surround": ("aac", "eac3"), "opus": ("aac", "eac3", "opus")}


class ServiceEnded(MatineeError):
    """The service went away under the command."""

    def __init__(self) -> None:
        super().__init__("The service ended. Start it and run this command again: it goes on where it stopped.")


def add_to(commands: Subparsers) -> None:
    parser = command(commands, "publish", _run, summary="Master in, watchable title out; run again to go on")
    parser.add_argument("file", type=Path)
    parser.add_argument("--title", help="its name, by which it is found again; not needed with a sidecar")
    parser.add_argument(
        "--sidecar", type=Path, metavar="FILE", help="film.json: names, extra audio, subtitles, artwork, trailers"
    )
    parser.add_argument(
        "--trailer",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a trailer; more than one needs a sidecar",
    )
    parser.add_argument("--series", metavar="NAME", help="it is an episode of this series: the maker's own name for it")
    parser.add_argument("--season", type=int, metavar="N", help="of the episode")
    parser.add_argument("--episode", type=int, metavar="N", help="its number in the season")
    parser.add_argument("--language", type=language_named, default="en", help="the language of --title (default en)")
    parser.add_argument("--rating", default="NR", help="its age rating; an unrated title is for adults only")
    parser.add_argument(
        "--scheme", choices=get_args(Scheme), help="how it is locked; clear is for films anyone may have (default cbcs)"
    )
    parser.add_argument("--releases", choices=sorted(_PROFILES), default="both", help="which to make (default both)")
    parser.add_argument(
        "--codecs",
        type=codecs_named,
        default=["h264"],
        metavar="LIST",
        help="of the full release, as h264,av1: hevc, av1 and vp9 are made beside H.264 (default h264)",
    )
    parser.add_argument(
        "--sound",
        choices=sorted(_SOUNDS),
        default="surround",
        help="of the full release: stereo (AAC), surround (E-AC-3 beside it where the master has 5.1), "
        "opus (that, and Opus) (default surround)",
    )
    parser.add_argument(
        "--priority", type=int, default=100, metavar="N", help="lower goes first: 1 for a premiere (default 100)"
    )
    parser.add_argument("--wait", choices=["first", "all"], default="first", help="until when (default first)")


async def _run(options: argparse.Namespace) -> int:
    metadata = _metadata(options)
    files = _files(options, metadata)
    progress = Progress(sys.stderr)
    async with AsyncExitStack() as stack:
        client = await find_service(settings_of(options).data, Doors())
        if client is None:
            progress.say(
                f"No service runs on {settings_of(options).data}: starting one for this film (--data names another)."
            )
            client = await stack.enter_async_context(_own_service(options, progress))
        stack.push_async_callback(client.close)
        try:
            title_id = await _publish(client, metadata, files, options, progress)
        except Unavailable as error:
            raise ServiceEnded from error
        except asyncio.CancelledError:  # Ctrl-C
            progress.say(left_off(client))
            return _INTERRUPTED
        finally:
            progress.end()
        if isinstance(client, PassingService):
            progress.say(f"{client.lasting} shows it.")
        print(title_id if isinstance(client, PassingService) else f"{client.url}/title/{title_id}")
    return 0


def left_off(client: ServiceClient) -> str:
    if isinstance(client, PassingService):
        return "What was done is kept, and the same command goes on with it."
    return (
        "The service keeps what was sent, and goes on making what was handed in. The same command goes on sending, or "
        f"follows it again; {console(client, '#/queue')} shows it."
    )


async def _publish(
    client: ServiceClient,
    metadata: Metadata,
    files: Mapping[str, Path],
    options: argparse.Namespace,
    progress: Progress,
) -> str:
    uploads = {name: await send_file(client, path, progress) for name, path in files.items()}
    master, profiles = uploads.pop(""), _PROFILES[options.releases]
    order = {
        "master_url": master,
        "metadata": to_plain(metadata),
        "files": uploads,
        "profiles": profiles,
        "codecs": options.codecs,
        "sound_codecs": _SOUNDS[options.sound],
        "priority": options.priority,
    }
    begun = await take_in(client, order, progress)
    await say_if_known(client, begun, progress)
    await follow(client, begun, progress, profiles=profiles if options.wait == "all" else profiles[:1])
    progress.say(f"{begun.name} can be watched.")
    if metadata.trailers:
        await follow_trailers(client, begun.title_id, progress, waits=options.wait == "all")
    return begun.title_id


async def take_in(client: ServiceClient, order: Mapping[str, object], progress: Progress) -> VersionStatus:
    """A large master on a slow disk may outlast the call. What was read is remembered, so it may be asked for again."""
    progress.say("The service takes the film in.")
    told: set[str] = set()
    for asks_left in reversed(range(_ASKS_MAX)):
        try:
            return await client.post("/content/ingest", order, VersionStatus, timeout=_TAKEN_IN_WITHIN)
        except (NotNow, Unavailable) as reason:
            if isinstance(reason, NotReached) or not asks_left:
                raise
            if reason.sentence not in told:
                told.add(reason.sentence)
                progress.say(f"  It is not taken in yet, and asked for again until it is. {reason.sentence}")
        await client.pause(_ASKED_AGAIN_EVERY)
    raise AssertionError("the last one returns or raises")


def _metadata(options: argparse.Namespace) -> Metadata:
    metadata = _placed(_words(options), options)
    trailers = metadata.trailers
    if options.trailer:
        trailers = (*(trailers or ()), *(SidecarTrailer(path.name) for path in options.trailer))
    return replace(metadata, trailers=trailers, scheme=options.scheme or metadata.scheme)


def _placed(metadata: Metadata, options: argparse.Namespace) -> Metadata:
    if options.series is None:
        return metadata
    if not options.season or not options.episode:
        raise InvalidInput("An episode of a series has a place in it: --season 1 --episode 2.")
    place = {"series": options.series, "season": options.season, "episode": options.episode}
    return replace(metadata, type="episode", **place)


def _words(options: argparse.Namespace) -> Metadata:
    if options.sidecar is not None:
        if not options.sidecar.is_file():
            raise InvalidInput(f"There is no sidecar {options.sidecar}.")
        what = f"The sidecar {options.sidecar.name}"
        metadata = from_json_exactly(options.sidecar.read_bytes(), Metadata, what=what)
        if options.title:
            metadata = replace(metadata, names={options.language: options.title}, original=None)
        return metadata.settled()
    if not options.title:
        raise InvalidInput('A title needs a name: --title "My Film", or a sidecar that has one.')
    return Metadata(names={options.language: options.title}, rating=options.rating)


def _files(options: argparse.Namespace, metadata: Metadata) -> dict[str, Path]:
    """The master under the empty name, then what the sidecar names. All are looked for before anything is sent."""
    found = {"": options.file, **{path.name: path for path in options.trailer}}
    folder = options.sidecar.parent if options.sidecar is not None else options.file.parent
    for name in (name for name in metadata.file_names() if name not in found):
        path = folder / name
        if path.resolve().parent != folder.resolve():
            raise InvalidInput(f"The sidecar names {name!r}, which does not lie beside it.")
        found[name] = path
    for path in found.values():
        if path.is_dir():
            raise InvalidInput(f"{str(path)!r} is a folder, not a file.")
        if not path.is_file():
            raise InvalidInput(f"There is no file {str(path)!r}.")
        if path.stat().st_size == 0:
            raise InvalidInput(f"{str(path)!r} is empty.")
    return found


@asynccontextmanager
async def _own_service(options: argparse.Namespace, progress: Progress) -> AsyncIterator[ServiceClient]:
    """No service runs here: be one, on ports of our own, for as long as it takes."""
    settings = settings_of(options, port=free_port(), edge_port=free_port(), origin_port=free_port(), demo=False)
    doors = Doors()
    async with up(settings, doors) as running:
        if running.operator is not None:  # a fresh directory: nobody is ever told again
            progress.say(
                f"Operate this service as {running.operator.email}, password {running.operator.password} (shown this once)."
            )
        token = (running.settings.data / "operator.token").read_text().strip()
        yield PassingService(running.url, token, doors, running.settings.data)
