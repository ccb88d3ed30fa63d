"""Implements `Packaging`: package, hash, store, and show the release by storing its `release.json` last."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from matinee.engines.blobs.port import BlobExists, Blobs
from matinee.engines.packager.port import Input, PackagedTrack, Packager, RawKey
from matinee.engines.packager.port import Packaging as PackagerJob
from matinee.kernel.files import Files
from matinee.kernel.quantities import from_epoch_ms
from matinee.studio.packaging.api import (
    ContentKeys,
    Packaged,
    PackagingOrder,
    ReleaseIncomplete,
    SoundInput,
    TextInput,
    TierKey,
    VideoInput,
    WholeFile,
)
from matinee.studio.packaging.model.completeness import mistakes
from matinee.studio.packaging.model.tracks import (
    IMSC,
    SHEETS_TRACK,
    TRICK_TRACK,
    WEBVTT,
    WHOLE_TRACK,
    TextForm,
    sheets_track,
    sound_track,
    text_track,
    tiers_of,
    trick_source,
    trick_track,
    video_track,
    whole_track,
)
from matinee.wire.encoding import from_json, to_json
from matinee.wire.releases import (
    AUDIO_TIER,
    CLEAR_TIER,
    RELEASE_FILE,
    ContentKey,
    Release,
    Segment,
    StoredFile,
    Thumbnails,
    Track,
    files_of,
    size_bytes,
)

_UNKNOWN = "und"
_STORED_AT_ONCE = 8


class PackagingService:
    def __init__(self, packager: Packager, blobs: Blobs, files: Files, keys: ContentKeys) -> None:
        self._packager = packager
        self._blobs = blobs
        self._files = files
        self._keys = keys

    async def package(self, order: PackagingOrder) -> Packaged:
        if await self._blobs.head(_manifest_key(order.release_id)):
            return await self._shown(order.release_id)
        folder = Path(order.folder)
        await self._files.remove(folder)
        keys = await self._keys_of(order)
        packaged = await self._packager.package(_job(order, keys, folder))
        tracks = await self._coded_tracks(order, packaged, keys)
        for item in order.text:
            tracks.append(await self._text(order, item, WEBVTT, item.path))
            if item.imsc_path is not None:
                tracks.append(await self._text(order, item, IMSC, item.imsc_path))
        thumbnails: Thumbnails | None = None
        if order.sheets is not None:
            track, thumbnails = await self._sheets(order, folder)
            tracks.append(track)
        release = _release(order, tracks, thumbnails, keys, packaged)
        if found := mistakes(release, order):
            raise ReleaseIncomplete(found)
        await self._store(release, folder)
        await self._files.remove(folder)
        return await self._shown(order.release_id)

    async def show_whole(self, order: WholeFile) -> Packaged:
        if await self._blobs.head(_manifest_key(order.release_id)) is None:
            folder = Path(order.folder)
            target = folder / CLEAR_TIER / WHOLE_TRACK / f"{WHOLE_TRACK}.mp4"
            await self._files.move(Path(order.path), target)
            await self._store(_release_of_one(order, whole_track(await self._fingerprint(target), order)), folder)
            await self._files.remove(folder)
        return await self._shown(order.release_id)

    async def discard(self, release_id: str) -> None:
        await self._blobs.delete(_manifest_key(release_id))
        await self._blobs.delete_prefix(f"releases/{release_id}/")
        await self._keys.forget(release_id)

    async def _keys_of(self, order: PackagingOrder) -> dict[str, TierKey]:
        if order.scheme == "clear":
            return {}
        tiers = tiers_of(order.video, order.sound)
        keys = {key.tier: key for key in await self._keys.keys_for(order.release_id, tiers)}
        missing = set(tiers) - set(keys)
        assert not missing, f"no content key for {sorted(missing)}: the film would leave unprotected"
        return keys

    async def _coded_tracks(
        self, order: PackagingOrder, packaged: Sequence[PackagedTrack], keys: Mapping[str, TierKey]
    ) -> list[Track]:
        made = {track.track: track for track in packaged}
        tracks = [
            await self._described(video_track, video, made[video.track], keys.get(video.tier), video.segment_vmaf)
            for video in order.video
        ]
        wound = trick_source(order.video)
        tracks.append(await self._described(trick_track, wound, made[TRICK_TRACK], keys.get(wound.tier)))
        for sound in order.sound:
            heard = partial(sound_track, joc_complexity=made[sound.track].joc_complexity)
            tracks.append(await self._described(heard, sound, made[sound.track], keys.get(AUDIO_TIER)))
        return tracks

    async def _described(
        self,
        describe: Callable[..., Track],
        item: VideoInput | SoundInput,
        made: PackagedTrack,
        key: TierKey | None,
        scores: Sequence[float | None] = (),
    ) -> Track:
        init, segments = await self._hashed(made, scores)
        return describe(
            item,
            codecs=made.codecs,
            timescale=made.timescale,
            init=init,
            segments=segments,
            key_id=key.key_id if key is not None else None,
        )

    async def _hashed(self, made: PackagedTrack, scores: Sequence[float | None]) -> tuple[StoredFile, list[Segment]]:
        segments: list[Segment] = []
        for number, segment in enumerate(made.segments):
            stored = await self._fingerprint(segment.path)
            vmaf = scores[number] if number < len(scores) else None
            segments.append(Segment(stored.file, segment.start, segment.duration, stored.size, stored.sha256, vmaf))
        return await self._fingerprint(made.init), segments

    async def _text(self, order: PackagingOrder, item: TextInput, form: TextForm, path: str) -> Track:
        target = Path(order.folder) / CLEAR_TIER / (item.track + form.suffix) / form.file
        await self._files.write(target, await self._files.read(Path(path)))
        return text_track(item, form, await self._fingerprint(target), order.duration_ms)

    async def _sheets(self, order: PackagingOrder, folder: Path) -> tuple[Track, Thumbnails]:
        assert order.sheets is not None
        stored: list[StoredFile] = []
        for number, path in enumerate(order.sheets.paths, start=1):
            target = folder / CLEAR_TIER / SHEETS_TRACK / f"{number}.jpg"
            await self._files.write(target, await self._files.read(Path(path)))
            stored.append(await self._fingerprint(target))
        return sheets_track(order.sheets, stored, order.duration_ms)

    async def _fingerprint(self, path: Path) -> StoredFile:
        digest, size = hashlib.sha256(), 0
        async for block in self._files.chunks(path):
            digest.update(block)
            size += len(block)
        return StoredFile(path.name, size, digest.hexdigest())

    async def _store(self, release: Release, folder: Path) -> None:
        """Every file, then `release.json`. A crash in between leaves files that nobody can find."""
        prefix = f"releases/{release.release_id}"
        slots = asyncio.Semaphore(_STORED_AT_ONCE)

        async def put(path: str) -> None:
            async with slots:
                await self._blobs.put(f"{prefix}/{path}", folder / path)

        try:
            async with asyncio.TaskGroup() as group:
                for path, _ in files_of(release):
                    group.create_task(put(path))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        try:
            await self._blobs.put(_manifest_key(release.release_id), to_json(release), create=True)
        except BlobExists:
            # Another attempt at the same step was faster. Its files had the same names, but other bytes (the packager
            # draws new IVs), so ours may lie there now: theirs would fail their hashes. Show ours, which match.
            await self._blobs.put(_manifest_key(release.release_id), to_json(release))

    async def _shown(self, release_id: str) -> Packaged:
        document = await self._blobs.get(_manifest_key(release_id))
        release = from_json(document, Release)
        return Packaged(
            release_id=release_id,
            manifest_sha256=hashlib.sha256(document).hexdigest(),
            size_bytes=size_bytes(release),
            files=len(files_of(release)) + 1,
        )


def _manifest_key(release_id: str) -> str:
    return f"releases/{release_id}/{RELEASE_FILE}"


def _job(order: PackagingOrder, keys: Mapping[str, TierKey], folder: Path) -> PackagerJob:
    video = [Input(item.track, item.tier, "video", Path(item.path)) for item in order.video]
    source = trick_source(order.video)
    trick = Input(TRICK_TRACK, source.tier, "trick", Path(source.path))
    sound = [Input(i.track, AUDIO_TIER, "audio", Path(i.path), _tag(i.language)) for i in order.sound]
    raw = [RawKey(key.tier, bytes.fromhex(key.key_id), key.key) for key in keys.values()]
    return PackagerJob([*video, trick, *sound], raw, folder, order.scheme, order.segment_s)


def _tag(language: str) -> str | None:
    """The packager refuses the tag of an unknown language; without one it writes that very tag."""
    return None if language == _UNKNOWN else language


def _release_of_one(order: WholeFile, track: Track) -> Release:
    return Release(
        release_id=order.release_id,
        title_id=order.title_id,
        created_at=from_epoch_ms(order.created_at_ms),
        profile=order.profile,
        source_sha256=order.source_sha256,
        duration_ms=order.duration_ms,
        scheme="clear",
        tracks=(track,),
    )


def _release(
    order: PackagingOrder,
    tracks: Sequence[Track],
    thumbnails: Thumbnails | None,
    keys: Mapping[str, TierKey],
    packaged: Sequence[PackagedTrack],
) -> Release:
    made = {track.track: track for track in packaged}
    boxes = {track.tier: made[track.id].pssh for track in tracks if track.id in made}
    return Release(
        release_id=order.release_id,
        title_id=order.title_id,
        created_at=from_epoch_ms(order.created_at_ms),
        profile=order.profile,
        source_sha256=order.source_sha256,
        duration_ms=order.duration_ms,
        scheme=order.scheme,
        tracks=tuple(tracks),
        keys=tuple(ContentKey(key.key_id, key.tier, dict(boxes[key.tier])) for key in keys.values()),
        markers=order.markers,
        thumbnails=thumbnails,
        notes=order.notes,
    )
