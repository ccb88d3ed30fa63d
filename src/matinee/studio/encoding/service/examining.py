"""A master from the engine's measurements to findings: what `inspect` tells the journey, and `examine` a technician."""

from collections.abc import Sequence
from pathlib import Path

from matinee.engines.encoder.port import Encoder, MediaInfo, NotMedia
from matinee.kernel.files import Files
from matinee.studio.encoding.api import Examination, Finding, Inspection, SourceRefused, Stretch, TextTrack
from matinee.studio.encoding.model.cues import cues_of, text_findings
from matinee.studio.encoding.model.defects import Film, defects_of
from matinee.studio.encoding.model.findings import check, findings_of
from matinee.studio.encoding.model.raster import raster_of
from matinee.studio.encoding.model.tracks import track_findings
from matinee.studio.encoding.service.facts import facts_of, picture_of, picture_track_of, sound_tracks_of, stretch_of

_TEXT_MAX_BYTES = 16 << 20
_KEPT_S = {"black": 0.5, "frozen": 3.0, "silence": 2.0}
"""Stretches that probes and stills avoid, from this length on."""


class Examiner:
    def __init__(self, encoder: Encoder, files: Files, work: Path) -> None:
        self._encoder = encoder
        self._files = files
        self._work = work

    async def examine(self, source: Path, subtitles: Sequence[Path]) -> Examination:
        try:
            info = await self._encoder.probe(source)
            facts = facts_of(info)
            check(facts)
            raster = raster_of(facts)
            found = await self._encoder.examine(source, picture_of(raster))
        except NotMedia as refusal:
            raise SourceRefused(refusal.sentence) from refusal
        if found.frames == 0:
            raise SourceRefused("No frame of the film can be decoded. It is damaged; upload it again.")
        seconds = found.frames / raster.frames_per_second
        stretches = tuple(stretch_of(span) for span in found.spans)
        texts = [*await self._inside(source, info), *[await self._beside(path) for path in subtitles]]
        picture, sounds = picture_track_of(info, found), sound_tracks_of(info, found)
        findings = (
            *findings_of(facts),
            *track_findings(picture, sounds, seconds),
            *defects_of(stretches, Film(seconds, raster.frames_per_second, is_interlaced=facts.interlaced)),
            *(finding for text in texts for finding in text_findings(text, seconds)),
        )
        inspection = Inspection(
            raster, found.frames, facts.sound, facts.text, _worth_avoiding(stretches), _once(findings)
        )
        cues = tuple((text.name, len(text.cues)) for text in texts)
        return Examination(info.container, info.size_bytes, picture, sounds, cues, inspection)

    async def _inside(self, source: Path, info: MediaInfo) -> list[TextTrack]:
        """Subtitles in the master itself. What cannot be converted is the packaging's to refuse."""
        tracks = []
        for stream in facts_of(info).text:
            target = self._work / f"cues-{stream.stream}.vtt"
            try:
                await self._encoder.subtitles(source, target, stream_index=stream.stream)
                text = (await self._files.read(target)).decode("utf-8", errors="replace")
            except NotMedia:
                continue
            finally:
                await self._files.remove(target)
            tracks.append(TextTrack(f"stream {stream.stream}", cues_of(text)))
        return tracks

    async def _beside(self, path: Path) -> TextTrack:
        size = await self._files.size(path)
        if size is None or size > _TEXT_MAX_BYTES:
            raise SourceRefused(f"The subtitles {path.name!r} are missing or larger than any subtitles are.")
        return TextTrack(path.name, cues_of((await self._files.read(path)).decode("utf-8-sig", errors="replace")))


def _worth_avoiding(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    return tuple(s for s in stretches if s.kind in _KEPT_S and s.length_s >= _KEPT_S[s.kind])


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """A sentence is said once: two frames of one hundredth of a second read the same."""
    return tuple({finding.sentence: finding for finding in reversed(findings)}.values())[::-1]
