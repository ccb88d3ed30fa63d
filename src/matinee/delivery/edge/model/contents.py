"""What a release consists of, as files to fetch; and whether its own list can be believed."""

import re
from dataclasses import dataclass

from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import from_json
from matinee.wire.releases import Release, files_of

_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}\Z")
_TIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,31}\Z")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
SEAL_FILE = "release.sha256"
"""Beside `release.json`, its hash as it was ordered: all others have theirs in it, and it would be believed whatever it says."""


class ReleaseUnsound(InvalidInput):
    """A release's own description names files that no release may have."""


@dataclass(frozen=True, slots=True)
class WantedFile:
    path: str
    """Below the release: `{tier}/{track}/{file}`."""
    size: int
    sha256: str


def is_release_id(text: str) -> bool:
    """Ids become folder names: nothing else may."""
    return _RELEASE.match(text) is not None


def contents_of(manifest: bytes, *, release_id: str) -> list[WantedFile]:
    """Every file of a release, each once, with names that cannot leave its folder."""
    release = from_json(manifest, Release, what="release.json")
    if release.release_id != release_id:
        raise ReleaseUnsound(f"release.json is of release {release.release_id[:64]}, not of {release_id}.")
    wanted: dict[str, WantedFile] = {}
    for path, stored in files_of(release):
        if not _is_sound(path) or stored.size < 0 or not _SHA256.match(stored.sha256):
            raise ReleaseUnsound(f"release.json of {release_id} names a file that no release may have.")
        file = WantedFile(path, stored.size, stored.sha256)
        if wanted.setdefault(path, file) != file:
            raise ReleaseUnsound(f"release.json of {release_id} describes {path} twice, differently.")
    return list(wanted.values())


def is_file_path(path: str) -> bool:
    return path == "release.json" or _is_sound(path)


def _is_sound(path: str) -> bool:
    parts = path.split("/")
    return len(parts) == 3 and all(
        pattern.match(part) is not None for pattern, part in zip((_TIER, _NAME, _NAME), parts, strict=True)
    )
