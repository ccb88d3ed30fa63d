"""Followers: the runs that come after a release, make it no worse when they fail, and are tried again with its title."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from matinee.engines.workflows.port import RunStatus, Workflows
from matinee.studio.production.service import extras, seasons
from matinee.studio.production.store import Version


async def failed_followers(workflows: Workflows) -> Mapping[str, Sequence[RunStatus]]:
    """By title, the newest first. There are few: each is a sentence that somebody should read."""
    found: dict[str, list[RunStatus]] = defaultdict(list)
    for kind in (extras.KIND, seasons.KIND):
        for run in await workflows.runs(kind=kind, states=("failed",)):
            found[subject(run)["title_id"]].append(run)
    return found


def follows(run: RunStatus, version: Version) -> bool:
    """What failed for an earlier master is nobody's work any more."""
    return bool(subject(run)["source_sha256"] == version.source_sha256)


def subject(run: RunStatus) -> Mapping[str, str]:
    """Of an episode, or of the journey that it came from: both name the title and its master."""
    subject: Mapping[str, str] = run.payload.get("journey", run.payload)
    return subject
