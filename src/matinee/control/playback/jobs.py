"""Playback listens: to members, so that what plays on a device ends when it is signed out; to catalog, so that what nobody may
watch any more ends; and to itself, so that a session
which was ended is revoked at the edges, also when a crash came between the two.
"""

from collections.abc import Awaitable, Callable

from matinee.control.playback.api import Playback
from matinee.wire.events import Envelope, PlaybackEnded, RightsEnded, SignedOut

TOPICS = {PlaybackEnded.topic: "playback", SignedOut.topic: "playback-devices", RightsEnded.topic: "playback-rights"}
"""Which topics, and as which group."""


def consumer(playback: Playback) -> Callable[[Envelope], Awaitable[None]]:
    return playback.note
