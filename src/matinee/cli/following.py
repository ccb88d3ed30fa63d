"""What becomes of a film that was handed in, told in a terminal until it can be watched, or until it is known why it cannot."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.stages import stage_in_words
from matinee.cli.progress import Progress
from matinee.cli.service_client import ServiceClient
from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import seconds
from matinee.studio.production.api import VersionStatus
from matinee.wire.health import FillProgress

_LOOK_EVERY = seconds(0.5)


class NotPublished(MatineeError):
    """The title did not become watchable."""


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


class PassingService(ServiceClient):
    """A service that ends with the command: nobody finds anything at its URL later."""

    def __init__(self, url: str, token: str, doors: Doors, data: Path) -> None:
        super().__init__(url, token, doors)
        self.lasting = f"`matinee up --data {shlex.quote(str(data))}`"


def console(client: ServiceClient, page: str = "") -> str:
    if isinstance(client, PassingService):
        return f"the console that {client.lasting} brings"
    return f"{client.url}/console{page}"


async def say_if_known(client: ServiceClient, begun: VersionStatus, progress: Progress) -> None:
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


async def follow(client: ServiceClient, begun: VersionStatus, progress: Progress, *, profiles: Sequence[str]) -> None:
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
