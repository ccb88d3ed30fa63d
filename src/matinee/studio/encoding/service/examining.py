"""A master from the engine's measurements to findings: what `inspect` tells the journey, and `examine` a technician."""

import asyncio
import itertools
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matinee.engines.encoder.port import Encoder, MediaInfo, NotMedia
from matinee.studio.encoding.api import (
    Examination,
    Finding,
    Inspection,
    SoundBeside,
    SourceRefused,
    Stretch,
    TextTrack,
)
from matinee.studio.encoding.model.cues import as_written, has_words_to_show, text_findings
from matinee.studio.encoding.model.defects import Film, defects_of
from matinee.studio.encoding.model.findings import check, findings_of
from matinee.studio.encoding.model.raster import raster_of, woven_raster
from matinee.studio.encoding.model.text.cue import TextRefused
from matinee.studio.encoding.model.tracks import sound_findings, track_findings
from matinee.studio.encoding.service.facts import (
    chapters_of,
    course_of,
    facts_of,
    picture_of,
    picture_track_of,
    sound_track_beside,
    sound_tracks_of,
    sounds_of,
    stretch_of,
)
from matinee.studio.encoding.service.texts import Texts

_KEPT_S = {"black": 0.5, "lettering": 1.0, "frozen": 3.0, "silence": 2.0}
"""Stretches that probes and stills avoid, from this length on."""

_taken_out = itertools.count()
"""Masters are looked at side by side, by several processes too: no two may write to one file."""


class Examiner:
    def __init__(self, encoder: Encoder, texts: Texts, work: Path) -> None:
        self._encoder = encoder
        self._texts = texts
        self._work = work

    async def examine(self, source: Path, subtitles: Sequence[Path], *, prints: Path | None = None) -> Examination:
        try:
            info = await self._encoder.probe(source)
            facts = facts_of(info)
            check(facts)
            raster = replace(raster_of(facts), key_gap_s=await self._encoder.key_gap(source))
            # Whether fields are moments of their own is only seen by looking, and decides which frames there are.
            found = await self._encoder.examine(
                source, picture_of(raster), prints=None if raster.deinterlace else prints
            )
            if raster.deinterlace:
                raster = woven_raster(raster, picture_track_of(info, found))
                again = await self._encoder.examine(source, picture_of(raster), prints=prints)
                found = replace(found, frames=again.frames)
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        if found.frames == 0:
            raise SourceRefused("No frame of the film can be decoded. It is damaged; upload it again.")
        seconds = found.frames / raster.frames_per_second
        stretches = tuple(stretch_of(span) for span in found.spans)
        texts = [*await self._inside(source, info), *[await self._beside(path) for path in subtitles]]
        picture, sounds = picture_track_of(info, found), sound_tracks_of(info, found.sounds)
        text_s = max((cue.end_s for text in texts for cue in text.cues), default=0.0)
        findings = (
            *findings_of(facts, raster, is_steady=picture.is_steady),
            *track_findings(picture, sounds, seconds, said_s=info.duration_s, text_s=text_s),
            *defects_of(stretches, Film(seconds, raster.frames_per_second, is_interlaced=facts.interlaced)),
            *[finding for text in texts for finding in await asyncio.to_thread(text_findings, text, seconds)],
        )
        inspection = Inspection(
            raster,
            found.frames,
            facts.sound,
            facts.text,
            _worth_avoiding(stretches),
            _once(findings),
            course=course_of(found),
            chapters=chapters_of(info),
            video_range=facts.video_range,
        )
        cues = tuple((text.name, len(text.cues)) for text in texts)
        return Examination(info.container, info.size_bytes, picture, sounds, cues, inspection)

    async def text_beside(self, path: Path, name: str, language: str, film_s: float) -> tuple[Finding, ...]:
        """Words that cannot be shown are refused at once, not when the film has been encoded."""
        try:
            text = await self._texts.of_file(path, language)
            track = await asyncio.to_thread(as_written, name, text, language)
        except TextRefused as refusal:
            raise SourceRefused(f"{name!r}: {refusal.sentence}") from refusal
        if not has_words_to_show(track, film_s):
            raise SourceRefused(f"{name!r} has no cue that can be shown during the film. Look at its times.")
        return await asyncio.to_thread(text_findings, track, film_s)

    async def sound_beside(self, path: Path, name: str, film_s: float) -> SoundBeside:
        try:
            info = await self._encoder.probe(path)
            if not (sounds := sounds_of(info)):
                raise SourceRefused(f"The sound file {name!r} holds no sound.")
            found = await self._encoder.hear(path, stream_index=sounds[0].stream)
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        stretches = [stretch_of(span) for span in found.spans]
        track = sound_track_beside(info, found.heard)
        findings = (
            *sound_findings(track, name, film_s),
            *defects_of(stretches, Film(found.heard.seconds, 1.0, sound_file=name)),
        )
        return SoundBeside(sounds[0], _once(findings))

    async def _inside(self, source: Path, info: MediaInfo) -> list[TextTrack]:
        """Subtitles in the master itself. What cannot be read is refused when it is to be made into a track."""
        tracks = []
        for stream in facts_of(info).text:
            scratch = self._work / f"cues-{os.getpid()}-{next(_taken_out)}"
            try:
                text = await self._texts.of_stream(source, stream.stream, scratch, stream.language)
                tracks.append(await asyncio.to_thread(as_written, f"stream {stream.stream}", text, stream.language))
            except (NotMedia, TextRefused):
                continue
        return tracks

    async def _beside(self, path: Path) -> TextTrack:
        try:
            text = await self._texts.of_file(path)
            return await asyncio.to_thread(as_written, path.name, text)
        except TextRefused as refusal:
            raise SourceRefused(refusal.sentence) from refusal


def _worth_avoiding(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    return tuple(s for s in stretches if s.kind in _KEPT_S and s.length_s >= _KEPT_S[s.kind])


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """A sentence is said once: two frames of one hundredth of a second read the same."""
    return tuple({finding.sentence: finding for finding in reversed(findings)}.values())[::-1]
