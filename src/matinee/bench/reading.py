"""Pictures and sounds of a release opened as a player opens it: a license for its key, and all of its segments decoded.

A browser plays one codec of a film. What it leaves, and what it cannot decode at all, is read this way.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from matinee.app.doors import Doors
from matinee.bench.houses import HouseFailed, RealHouse
from matinee.kernel.network import Outgoing
from matinee.kernel.processes import Command, ProgramFailed
from matinee.kernel.quantities import minutes, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.releases import Release, Track, codec_family

_SHORT_MAX_S = 0.1
"""Sound ends with its last whole frame, and a master's may end before its picture."""
_FAMILIES = ("avc1", "hvc1", "av01", "vp09", "mp4a", "ec-3", "opus")


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of a track."""

    track: str
    codec: str
    frames: int
    """Of sounds none: FFmpeg does not count them."""
    seconds: float
    wrong: str = ""
    """What its decoder, or whoever licenses it, had to say."""


class Reader:
    def __init__(self, house: RealHouse, doors: Doors, folder: Path) -> None:
        self._house = house
        self._doors = doors
        self._folder = folder

    async def read(self, release: Release) -> list[Opened]:
        """To their ends: who ends before the film does is wrong."""
        tracks = [track for track in release.tracks if track.kind in ("video", "audio")]
        keys = await self._keys(release, tracks)
        opened = [await self._open(release, track, keys.get(track.key_id or "")) for track in tracks]
        return [_judged(each, release.duration_ms / 1000) for each in opened]

    async def _keys(self, release: Release, tracks: list[Track]) -> Mapping[str, str]:
        """What a device that decodes everything is licensed for."""
        device = {"type": "web", "codecs": _FAMILIES, "max_height": 2160, "hdr": True}
        asked = to_json({"title_id": release.title_id, "device": device, "on_limit": "end_oldest"})
        answer = await self._house.call("POST", "/play", asked)
        if answer.status != 200:
            raise HouseFailed(f"Pressing play answered {answer.status}: {answer.body[:200]!r}")
        token = from_json(answer.body, dict[str, Any])["data"]["drm"]["token"]
        wanted = sorted({track.key_id for track in tracks if track.key_id})
        body = to_json({"kids": [_base64(key_id) for key_id in wanted], "type": "temporary"})
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        url = f"{self._house.url}/api/v1/licenses/clearkey"
        answer = await self._doors.network.fetch(Outgoing("POST", url, headers, body, seconds(30)))
        if answer.status != 200:
            raise HouseFailed(f"Asking for a license answered {answer.status}: {answer.body[:200]!r}")
        given = {key["kid"]: key["k"] for key in from_json(answer.body, dict[str, Any])["keys"]}
        return {key_id: _hex(given[_base64(key_id)]) for key_id in wanted if _base64(key_id) in given}

    async def _open(self, release: Release, track: Track, key: str | None) -> Opened:
        codec = codec_family(track)
        if track.key_id and key is None:
            return Opened(track.id, codec, 0, 0.0, "no license has its key")
        stored = self._house.data / "blobs" / "objects" / "releases" / release.release_id / track.tier / track.id
        names = [*([track.init.file] if track.init else []), *(segment.file for segment in track.segments)]
        joined = self._folder / "track.mp4"
        with joined.open("wb") as file:
            for name in names:
                file.write((stored / name).read_bytes())
        decode = [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-xerror", "-err_detect", "explode"),
            *(("-decryption_key", key) if key else ()),
            *("-i", f"file:{joined}", "-fps_mode", "passthrough", "-progress", "pipe:1", "-f", "null", "-"),
        ]
        told: dict[str, str] = {}

        def heard(line: str) -> None:
            name, _, value = line.partition("=")
            told[name] = value

        try:
            await self._doors.processes.run(Command(decode, minutes(10), on_line=heard))
        except ProgramFailed as error:
            return Opened(track.id, codec, 0, 0.0, str(error))
        seconds_out = int(told["out_time_us"]) / 1e6 if told.get("out_time_us", "N/A") != "N/A" else 0.0
        return Opened(track.id, codec, int(told.get("frame", "0")), seconds_out)


def _judged(opened: Opened, lasts_s: float) -> Opened:
    if opened.wrong or opened.seconds >= lasts_s - _SHORT_MAX_S:
        return opened
    return replace(opened, wrong=f"it ends after {opened.seconds:.2f} of {lasts_s:.2f} s")


def _base64(key_id: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(key_id)).rstrip(b"=").decode()


def _hex(key: str) -> str:
    return base64.urlsafe_b64decode(key + "==").hex()
