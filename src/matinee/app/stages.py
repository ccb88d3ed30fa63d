"""The stages of a journey in words, for a person who reads a line of text."""

from matinee.studio.production.api import ANEW, VersionStatus

IN_WORDS = {
    "": "waiting",
    "inspect": "looking at the master",
    "plan": "planning the ladder",
    "plan-hevc": "planning the ladder in HEVC",
    "plan-av1": "planning the ladder in AV1",
    "plan-vp9": "planning the ladder in VP9",
    "show-findings": "taking pictures of what was found",
    "encode": "encoding",
    "measure": "measuring",
    "encode-again": "encoding again",
    "measure-again": "measuring again",
    "show-refused": "taking pictures of what was refused",
    "refused": "waiting for a person",
    "accepted": "waiting for a person",
    "artwork": "artwork",
    "package": "packaging",
    "show-rungs": "taking pictures to compare",
    "keep": "tidying up",
    "announce": "announcing",
    "tidy": "tidying up",
    "continue": "going on",
    "extras": "beginning what follows a release",
}


def stage_in_words(status: VersionStatus) -> str:
    """What is being done with a version."""
    if status.state in ("waiting", "paused", "ready"):
        return status.state
    stage = status.stage.removesuffix(ANEW)
    return IN_WORDS.get(stage, stage)
