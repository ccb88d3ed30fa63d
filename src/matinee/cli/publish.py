"""`matinee publish FILE --title …`: master in, watchable title out, through the running service or one of its own."""

import argparse
import asyncio
import base64
import hashlib
import shlex
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from matinee.app.doors import Doors
from matinee.app.running import up
from matinee.app.stages import stage_in_words
from matinee.cli.options import Subparsers, codecs_named, command, language_named, settings_of
from matinee.cli.progress import Progress
from matinee.cli.service_client import NotNow, OutOfStep, ServiceClient, find_service
from matinee.kernel.errors import InvalidInput, MatineeError, Unavailable
from matinee.kernel.network import NotReached, free_port
from matinee.kernel.quantities import minutes, seconds
from matinee.studio.production.api import Metadata, SidecarTrailer, VersionStatus
from matinee.wire.encoding import from_json_exactly, to_plain
from matinee.wire.health import FillProgress
from matinee.wire.releases import Scheme

_PART_BYTES = 8 << 20
_LOOK_EVERY = seconds(0.5)
_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
_TAKEN_IN_WITHIN = minutes(95)
"""Longer than the service itself gives this call, so that it is the one to say what took too long."""
_ASKS_MAX, _ASKED_AGAIN_EVERY = 24, seconds(5)
"""Two minutes of a service that is too busy; and a day and more of one that is slow to read."""
_PROFILES = {"fast": ("fast",), "full": ("full",), "both": ("fast", "full")}
_SOUNDS = {"stereo": ("aac",), "surround": ("aac", "eac3"), "opus": ("aac", "eac3", "opus")}


class NotPublished(MatineeError):
    """The title did not become watchable."""


class ServiceEnded(MatineeError):
    """The service went away under the command."""

    def __init__(self) -> None:
        super().__init__("The service ended. Start it and run this command again: it goes on where it stopped.")


@dataclass(frozen=True, slots=True)
class _Journey:
    versions: tuple[VersionStatus, ...]


@dataclass(frozen=True, slots=True)
class _DeskRelease:
    id: str
    placed: bool


@dataclass(frozen=True, slots=True)
class _DeskTitle:
    id: str
    name: str
    state: str
    releases: tuple[_DeskRelease, ...]
    current_release: str | None = None


@dataclass(frozen=True, slots=True)
class _Appliance:
    id: str
    filling: tuple[FillProgress, ...]


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


class PassingService(ServiceClient):
    """A service that ends with the command: nobody finds anything at its URL later."""

    def __init__(self, url: str, token: str, doors: Doors, data: Path) -> None:
        super().__init__(url, token, doors)
        self.lasting = f"`matinee up --data {shlex.quote(str(data))}`"


def console(client: ServiceClient, page: str = "") -> str:
    if isinstance(client, PassingService):
        return f"the console that {client.lasting} brings"
    return f"{client.url}/console{page}"


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
    await _say_if_known(client, begun, progress)
    await _follow(client, begun, progress, profiles=profiles if options.wait == "all" else profiles[:1])
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


async def follow_trailers(client: ServiceClient, title_id: str, progress: Progress, *, waits: bool) -> None:
    """Say how they fare. The film can be watched, so a trailer that failed is told and no failure of the command."""
    while True:
        trailers = (await client.get(f"/content/{title_id}/trailers", _Journey)).versions
        under_way = [trailer for trailer in trailers if trailer.state in ("waiting", "running")]
        if not under_way or not waits:
            break
        progress.show(f"{under_way[0].name}: {stage_in_words(under_way[0])}", under_way[0].progress)
        await client.pause(_LOOK_EVERY)
    for trailer in trailers:
        if trailer.state == "failed":
            progress.say(f"  {trailer.name} failed: {trailer.error}")
        elif trailer in under_way:
            progress.say(f"  {trailer.name} is still being made; the console's queue shows it.")
        elif trailer.state == "ready" and await _is_placed(client, trailer):
            progress.say(f"  {trailer.name} can be watched, from the page of its film.")
        elif trailer.state == "ready":
            progress.say(f"  {trailer.name} is made; it can be watched once an edge holds it.")


async def _is_placed(client: ServiceClient, made: VersionStatus) -> bool:
    title = await client.get(f"/catalog/titles/{made.title_id}", _DeskTitle)
    return any(release.id == made.release_id and release.placed for release in title.releases)


async def _say_if_known(client: ServiceClient, begun: VersionStatus, progress: Progress) -> None:
    """Whoever meant another film of the same name must learn that this one takes its place; so must who goes back to it."""
    every = (await client.get(f"/content/{begun.title_id}/encoding-status", _Journey)).versions
    others = [v.created_at for v in every if v.edition != begun.edition and v.state == "ready"]
    if begun.state == "ready":
        if any(made > begun.created_at for made in others):
            progress.say("This master was published before. What was made of it takes the place of what came since.")
        return
    if not any(made < begun.created_at for made in others):
        return
    title = await client.get(f"/catalog/titles/{begun.title_id}", _DeskTitle)
    progress.say(
        f'This is a new version of an existing title, "{title.name}", and takes its place. '
        "If it is another film, give it an id of its own in a sidecar."
    )


def _metadata(options: argparse.Namespace) -> Metadata:
    metadata = _words(options)
    trailers = metadata.trailers
    if options.trailer:
        trailers = (*(trailers or ()), *(SidecarTrailer(path.name) for path in options.trailer))
    return replace(metadata, trailers=trailers, scheme=options.scheme or metadata.scheme)


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


async def send_file(client: ServiceClient, path: Path, progress: Progress) -> str:
    """Upload what the service does not have yet (tus): a repeated command goes on where the last one was cut off."""
    size = path.stat().st_size
    digest = await asyncio.to_thread(_sha256, path)
    begun = await client.send(
        "POST",
        "/content/uploads",
        headers={
            "tus-resumable": "1.0.0",
            "upload-length": str(size),
            "upload-metadata": f"filename {_b64(path.name)},sha256 {_b64(digest)}",
        },
    )
    place = begun.headers["location"]
    offset = await _arrived(client, place)
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            offset = await _send_part(client, place, offset, file.read(_PART_BYTES))
            progress.show(f"sending {path.name}", offset / size)
    return place


async def _send_part(client: ServiceClient, place: str, offset: int, part: bytes) -> int:
    """How much has arrived. Another command may be sending the same file: then what it has sent need not be sent."""
    headers = {
        "tus-resumable": "1.0.0",
        "upload-offset": str(offset),
        "content-type": "application/offset+octet-stream",
    }
    try:
        answer = await client.send("PATCH", place, headers=headers, body=part)
    except OutOfStep:
        return await _arrived(client, place)
    return int(answer.headers["upload-offset"])


async def _arrived(client: ServiceClient, place: str) -> int:
    answer = await client.send("HEAD", place, headers={"tus-resumable": "1.0.0"})
    return int(answer.headers["upload-offset"])


async def _follow(client: ServiceClient, begun: VersionStatus, progress: Progress, *, profiles: Sequence[str]) -> None:
    """Show what the studio does until the title can be watched in all these releases, or say why it cannot."""
    told: set[str] = set()
    out = ""
    page = console(client, f"#/film/{begun.title_id}")
    while True:
        every = (await client.get(f"/content/{begun.title_id}/encoding-status", _Journey)).versions
        versions = versions_of(begun, every)
        for sentence in news(versions, page):
            if sentence not in told:
                told.add(sentence)
                progress.say(f"  {sentence}")
        awaited = [v for v in versions if v.profile in profiles]
        if stopped := next((v for v in awaited if v.state in ("failed", "canceled")), None):
            raise NotPublished(stopped.error or "It was canceled. Run this command again to begin anew.")
        made = {v.release_id for v in awaited if v.state == "ready"}
        ours = {v.release_id for v in versions}
        if len(made) == len(profiles) and await are_watchable(client, begun.title_id, made, ours=ours):
            return
        if 0 < len(made) < len(profiles) and not out and (out := await first_out(client, begun.title_id, awaited)):
            progress.say(out)
        current = next((v for v in versions if v.state != "ready"), versions[-1])
        if current.state == "ready":
            await show_filling(client, current, progress, told)
        else:
            progress.show(
                f"{current.profile} release: {stage_in_words(current)}", current.progress, current.remaining_s
            )
        await client.pause(_LOOK_EVERY)


async def first_out(client: ServiceClient, title_id: str, awaited: Sequence[VersionStatus]) -> str:
    """While another release is still waited for: that viewers get one of ours already, and where. Empty while they do not."""
    title = await client.get(f"/catalog/titles/{title_id}", _DeskTitle)
    current = next((v for v in awaited if v.release_id == title.current_release), None)
    if current is None or title.state != "available":
        return ""
    where = "." if isinstance(client, PassingService) else f": {client.url}/title/{title_id}"
    return f"The {current.profile} release is out{where}"


async def show_filling(client: ServiceClient, made: VersionStatus, progress: Progress, told: set[str]) -> None:
    """How far the quickest appliance is, and why one gets no further: an edge with a full disk would be waited for."""
    fills: list[float] = [0.0]
    for appliance in await client.get("/edge/appliances", list[_Appliance]):
        for fill in appliance.filling:
            if fill.release_id != made.release_id:
                continue
            fills.append(fill.bytes_done / max(1, fill.bytes_total))
            sentence = f"{appliance.id} does not get this release: {fill.error}"
            if fill.error is not None and sentence not in told:
                told.add(sentence)
                progress.say(f"  {sentence}")
    progress.show(f"{made.profile} release: placing it on the appliances", max(fills))


def versions_of(begun: VersionStatus, every: Sequence[VersionStatus]) -> list[VersionStatus]:
    """This journey's, in order: the version begun, then the newest of each further profile of the same master.

    What once failed or was canceled with another master is not ours to report, nor is what is made of one that came since.
    """
    found = {begun.profile: begun}
    for version in every:  # newest first
        if version.release_id == begun.release_id:
            found[begun.profile] = version
        elif version.profile not in found and _is_of_journey(version, begun):
            found[version.profile] = version
    return list(found.values())


def _is_of_journey(version: VersionStatus, begun: VersionStatus) -> bool:
    is_joined = version.created_at >= begun.created_at or version.state == "ready"
    return is_joined and version.edition == begun.edition


def news(versions: Sequence[VersionStatus], page: str) -> list[str]:
    """What a person should read once: findings, where the console shows them, and what the studio waits for."""
    findings = [finding for version in versions for finding in version.findings]
    said = [f"{finding.severity}: {finding.sentence}" for finding in findings]
    if any(finding.severity != "note" for finding in findings):
        said.append(f"Pictures of it, and a button to reject it: {page}")
    return said + [version.waits_for for version in versions if version.waits_for is not None]


async def are_watchable(client: ServiceClient, title_id: str, releases: set[str], *, ours: set[str]) -> bool:
    """These are held by an edge, and one of ours is what viewers get. An operator may have decided otherwise meanwhile."""
    title = await client.get(f"/catalog/titles/{title_id}", _DeskTitle)
    if not releases <= {r.id for r in title.releases if r.placed}:
        return False
    if title.state == "withdrawn":
        raise NotPublished(f"The release is made, but the title is withdrawn. Publish it at {console(client)}.")
    if title.state == "available" and title.current_release not in ours:
        raise NotPublished(
            "The release is made, but viewers get another master's, because an operator rolled back or chose it, or because "
            f"it was handed in later. Publish this one at {console(client)}."
        )
    return title.state == "available"


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode(errors="surrogateescape")).decode()
