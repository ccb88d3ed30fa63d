"""How a key is announced to the systems that are no part of this service: their boxes, as manifests carry them.

A device names the systems it has; announcing one to it promises no license for it. Those come from whoever runs its server.
"""

import base64
from dataclasses import dataclass

from matinee.control.playback.api import CLEARKEY
from matinee.wire.releases import ContentKey, Release, Track

_BOX_HEADER = 32
"""Of a `pssh` box without key ids: its size and name, version and flags, the system's id, and the length of what follows."""


@dataclass(frozen=True, slots=True)
class System:
    """A system as manifests name it."""

    box: str
    """Its name among a key's boxes."""
    uuid: str
    label: str | None = None


COMMON = System("common", "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b")
CLEARKEY_DASH = System("clearkey", "e2719d58-a985-b3c9-781a-b030af78d30e", "ClearKey1.0")
WIDEVINE = System("widevine", "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", "Widevine")
PLAYREADY = System("playready", "9a04f079-9840-4286-ab92-e65be0885f95", "MSPR 2.0")
_BY_KEY_SYSTEM = {
    CLEARKEY: CLEARKEY_DASH,
    "com.widevine.alpha": WIDEVINE,
    "com.microsoft.playready": PLAYREADY,
    "com.microsoft.playready.recommendation": PLAYREADY,
}


def announced(key_systems: tuple[str, ...]) -> tuple[System, ...]:
    """What a device of these key systems is told of, each once, as it lists them."""
    return tuple(dict.fromkeys(_BY_KEY_SYSTEM[name] for name in key_systems if name in _BY_KEY_SYSTEM))


def key_of(release: Release, track: Track) -> ContentKey | None:
    return next((key for key in release.keys if key.key_id == track.key_id), None)


def playready_object(box: str) -> str:
    """What PlayReady calls its object: the content of its box, again in Base64."""
    return base64.b64encode(base64.b64decode(box)[_BOX_HEADER:]).decode()
