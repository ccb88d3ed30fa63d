"""What a master is, judged: whether a title can be made of it at all, and what has to be changed for that."""

from collections.abc import Iterator

from matinee.studio.encoding.api import NO_SOUND, Finding, Raster, SourceFacts, SourceRefused
from matinee.studio.encoding.model.raster import is_variable, rate_of, upright_size

_SIDE_MIN = 16
_SIDE_MAX = 8192
_DURATION_MIN_S = 0.5
_DURATION_MAX_S = 12 * 3600


def check(facts: SourceFacts) -> None:
    """Raise where no title can be made of this."""
    width, height = upright_size(facts)
    if min(width, height) < _SIDE_MIN:
        raise SourceRefused(
            f"The picture is {facts.width}×{facts.height} pixels; at least {_SIDE_MIN}×{_SIDE_MIN} are needed."
        )
    if max(width, height) > _SIDE_MAX:
        raise SourceRefused(
            f"The picture is {facts.width}×{facts.height} pixels; at most {_SIDE_MAX} a side are taken."
        )
    if facts.duration_s <= 0:
        raise SourceRefused("The file does not say how long it is. Put it into a container that does: MP4, MOV or MKV.")
    if facts.duration_s < _DURATION_MIN_S:
        raise SourceRefused(f"The film lasts {facts.duration_s:.2f} s; at least {_DURATION_MIN_S} s are needed.")
    if facts.duration_s > _DURATION_MAX_S:
        raise SourceRefused("The film lasts more than 12 hours. Cut it into episodes.")


def findings_of(facts: SourceFacts, raster: Raster, *, is_steady: bool = True) -> tuple[Finding, ...]:
    """`is_steady`: whether its frames were seen to come at equal times. Not every container says where they do not."""
    return (*_changes(facts, raster, is_steady), *_sounds(facts))


def _changes(facts: SourceFacts, raster: Raster, is_steady: bool) -> Iterator[Finding]:
    if facts.rotation:
        yield Finding("note", "rotated", f"The picture was turned by {facts.rotation}° to stand upright.")
    if facts.sample_aspect != (1, 1):
        yield Finding("note", "square-pixels", "The picture was scaled to square pixels.")
    if facts.width % 2 or facts.height % 2:
        yield Finding("note", "even-size", f"{facts.width}×{facts.height} was brought to an even size.")
    if is_variable(facts) or not is_steady:
        num, den = rate_of(facts)
        yield Finding("note", "constant-rate", f"The frame rate varies; it was made a constant {num / den:.3f}.")
    if raster.deinterlace:
        made = (
            f"each field became a frame, {raster.frames_per_second:.2f} a second"
            if raster.by_field
            else "it was deinterlaced"
        )
        yield Finding("note", "deinterlaced", f"The picture is interlaced; {made}.")
    if facts.video_range != "SDR":
        yield Finding(
            "note",
            "tone-mapped",
            "The picture is HDR; it was tone-mapped to standard range for devices that show no more.",
        )
    if facts.bit_depth > 8:
        yield Finding("note", "eight-bit", f"The picture has {facts.bit_depth} bits a channel; it was reduced to 8.")
    if facts.full_range:
        yield Finding("note", "limited-range", "The picture uses the full range; it was brought to video range.")


def _sounds(facts: SourceFacts) -> Iterator[Finding]:
    if not facts.sound:
        yield Finding("note", NO_SOUND, "The film has no sound; it is published as video only.")
    if any(sound.channels > 2 for sound in facts.sound):
        yield Finding("note", "downmixed", "Surround sound was mixed down to stereo too.")
    if facts.pictures_of_text:
        yield Finding("warning", "picture-subtitles", "Subtitles that are pictures were left out. Upload them as text.")
