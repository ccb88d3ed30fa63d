"""A packager for simulation alone: segments with the times real ones would have, and bytes that follow from film and key."""

import base64
import hashlib
from itertools import pairwise
from pathlib import Path

from matinee.engines.encoder.stand_in import StandIn, filling, read_stand_in
from matinee.engines.packager.port import Input, PackagedSegment, PackagedTrack, Packaging, RawKey
from matinee.kernel.clock import Clock
from matinee.kernel.files import Files
from matinee.kernel.quantities import seconds

_BYTES_A_SECOND = 1e6
_SYSTEMS = ("common", "widevine", "playready")
_INIT_BYTES = 64
_TRICK_SMALLER = 8
"""One picture of each segment, and the largest: about an eighth of its bytes."""
_JOC_COMPLEXITY = 16
_SOUND_CODECS = {"aac": "mp4a.40.2", "eac3": "ec-3", "opus": "opus"}


class StandInPackager:
    """Implements `Packager` for stand-in encodes. The same job gives the same bytes."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files = files
        self._clock = clock

    async def package(self, job: Packaging) -> list[PackagedTrack]:
        keys = {key.tier: key for key in job.keys} if job.scheme != "clear" else {}
        return [await self._track(item, keys.get(item.tier), job) for item in job.inputs]

    async def _track(self, item: Input, key: RawKey | None, job: Packaging) -> PackagedTrack:
        film = await read_stand_in(self._files, item.source)
        content = await self._files.read(item.source)
        folder = job.folder / item.tier / item.track
        seal = b"" if key is None else hashlib.sha256(key.key_id + key.key).digest()
        seed = hashlib.sha256(seal + content).digest()
        init = folder / "init.mp4"
        await self._files.write(init, filling(b"init" + seed, _INIT_BYTES))
        a_segment = max(1, round(job.segment_s * film.rate[0] / film.rate[1]))
        starts = film.key_frames or range(0, film.frames, a_segment)
        segments: list[PackagedSegment] = []
        for number, (start, end) in enumerate(pairwise([*starts, film.frames])):
            size = len(content) * (end - start) // max(1, film.frames)
            size = max(32, size // _TRICK_SMALLER if item.kind == "trick" else size)
            path = await self._segment(folder / f"{number + 1}.m4s", seed, number, size)
            segments.append(PackagedSegment(path, start * film.rate[1], (end - start) * film.rate[1]))
        return PackagedTrack(
            item.track,
            _codecs(item, film),
            film.rate[0],
            init,
            tuple(segments),
            {} if key is None else _boxes(job),
            joc_complexity=_JOC_COMPLEXITY if any(sound.has_objects for sound in film.sounds) else None,
        )

    async def _segment(self, path: Path, seed: bytes, number: int, size: int) -> Path:
        await self._clock.sleep(seconds(size / _BYTES_A_SECOND))
        await self._files.write(path, filling(seed + number.to_bytes(4), size))
        return path


def _codecs(item: Input, film: StandIn) -> str:
    if item.kind == "audio":
        return _SOUND_CODECS[film.sounds[0].codec]
    lines = min(film.size)
    return "avc1.64001e" if lines <= 576 else "avc1.64001f" if lines <= 720 else "avc1.640028"


def _boxes(job: Packaging) -> dict[str, str]:
    """As a real box, each announces every key of the film."""
    announced = b"".join(key.key_id for key in job.keys)
    return {system: base64.b64encode(system.encode() + announced).decode() for system in _SYSTEMS}
