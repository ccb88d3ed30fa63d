"""What packaging decides without a packager: rates, the track for winding, and whether a release is whole."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.studio.packaging.api import (
    SOUND_LATE_MAX_S,
    PackagingOrder,
    ReleaseIncomplete,
    SheetsInput,
    SoundInput,
    TextInput,
    VideoInput,
)
from matinee.studio.packaging.model.completeness import mistakes
from matinee.studio.packaging.model.tracks import (
    SHEETS_TRACK,
    TRICK_TRACK,
    bandwidths,
    trick_source,
)
from matinee.wire.encoding import from_json, to_json
from matinee.wire.releases import Release, Segment, Thumbnails, Track
from tests import pssh
from tests.builders import HASH, make_release, make_track

_SCORED = (
    *(Segment(f"{n + 1}.m4s", n * 96_000, 96_000, 1000 + n, HASH, vmaf=90.0 + n) for n in range(14)),
    Segment("15.m4s", 14 * 96_000, 24_000, 300, HASH, vmaf=None),
)
_FRAMES = tuple(replace(s, size=s.size // 8, vmaf=None) for s in _SCORED)
_DURATION_MS = 57_000


def whole(scheme: str = "cbcs") -> Release:
    """Two rungs, key frames, sound, subtitles and thumbnails. Its last segment is too short to have been measured."""
    protected = scheme != "clear"
    made = make_release(
        scheme=scheme,
        duration_ms=_DURATION_MS,
        tracks=[
            *(make_track(height=h, protected=protected, segments=_SCORED) for h in (540, 720)),
            make_track("trick", id=TRICK_TRACK, height=540, protected=protected, segments=_FRAMES),
            _sound(protected=protected),
            make_track("text"),
            make_track("image", id=SHEETS_TRACK),
        ],
    )
    ids = [key.key_id for key in made.keys]
    keys = tuple(replace(key, pssh=pssh.boxes(key.key_id, ids)) for key in made.keys)
    return replace(made, keys=keys, thumbnails=Thumbnails(SHEETS_TRACK, 5, 5, 160, 90, 2400, 25))


def _sound(*, protected: bool) -> Track:
    """As long as the pictures."""
    made = make_track("audio", protected=protected)
    *others, last = made.segments
    length = _DURATION_MS * made.timescale // 1000 - last.start
    return replace(made, segments=(*others, replace(last, duration=length)))


def an_order(scheme: str = "cbcs") -> PackagingOrder:
    return PackagingOrder(
        release_id="r",
        title_id="t",
        created_at_ms=0,
        profile="full",
        source_sha256=HASH,
        duration_ms=_DURATION_MS,
        segment_s=4,
        folder="",
        video=tuple(
            VideoInput(f"v{h}", tier, "", h * 16 // 9, h, (24, 1), 90, ()) for h, tier in ((720, "hd"), (540, "sd"))
        ),
        sound=(SoundInput("a-en", "", "en", "English"),),
        text=(TextInput("t-en", "", "en", "English"),),
        sheets=SheetsInput((), 5, 5, 160, 90, 2400, 25),
        scheme=scheme,  # type: ignore[arg-type]  # tests name one of the three
    )


def changed(release: Release, track: str, **values: object) -> Release:
    tracks = tuple(replace(t, **values) if t.id == track else t for t in release.tracks)  # type: ignore[arg-type]  # by name
    return replace(release, tracks=tracks)


def cut(release: Release, track: str, number: int, **values: object) -> Release:
    """With one of a track's segments changed."""
    (found,) = [t for t in release.tracks if t.id == track]
    segments = tuple(
        replace(s, **values) if n == number else s  # type: ignore[arg-type]  # by name
        for n, s in enumerate(found.segments)
    )
    return changed(release, track, segments=segments)


def announced(release: Release, number: int, **values: object) -> Release:
    keys = tuple(
        replace(k, **values) if n == number else k  # type: ignore[arg-type]  # by name
        for n, k in enumerate(release.keys)
    )
    return replace(release, keys=keys)


WRONG: dict[str, tuple[Callable[[Release], Release], str]] = {
    "a rung is missing": (lambda r: replace(r, tracks=r.tracks[1:]), "Ordered were the tracks"),
    "key frames are missing": (
        lambda r: replace(r, tracks=tuple(t for t in r.tracks if t.kind != "trick")),
        "Ordered were the tracks",
    ),
    "no thumbnails are described": (lambda r: replace(r, thumbnails=None), "Thumbnails are described"),
    "another scheme": (lambda r: replace(r, scheme="cenc"), "The scheme is cenc; ordered was cbcs."),
    "a key is missing": (lambda r: replace(r, keys=r.keys[1:]), "needed for audio, hd, sd"),
    "one key for two tiers": (lambda r: announced(r, 0, key_id=r.keys[1].key_id), "Two tiers share a key"),
    "an unannounced key": (lambda r: announced(r, 0, pssh={"common": "x"}), "not announced to playready, widevine"),
    "a rung left open": (lambda r: changed(r, "v720", key_id=None), "v720 does not name the key of tier hd"),
    "sound locked by another's key": (
        lambda r: changed(r, "a-en", key_id=r.keys[0].key_id),
        "a-en does not name the key of tier audio",
    ),
    "an empty file": (lambda r: cut(r, "v720", 3, size=0), "hd/v720/4.m4s has no size or no hash"),
    "no hash": (lambda r: cut(r, "t-en", 0, sha256=""), "clear/t-en/subtitles.vtt has no size or no hash"),
    "a gap": (lambda r: cut(r, "a-en", 2, duration=1), "Segment 4 of a-en does not follow the one before it"),
    "a late picture": (lambda r: cut(r, "v720", 0, start=5), "v720 begins at"),
    "late sound": (lambda r: late(r, 0.041), "a-en begins at 0.041 s"),
    "no length": (lambda r: cut(r, "v540", 14, duration=0), "Segment 15 of v540 has no length"),
    "no init segment": (lambda r: changed(r, "a-en", init=None), "a-en has no init segment"),
    "no segments": (lambda r: changed(r, "v720", segments=()), "v720 has no segments"),
    "cut elsewhere": (
        lambda r: cut(cut(r, "v720", 2, duration=95_000), "v720", 3, start=3 * 96_000 - 1000, duration=97_000),
        "v720 is not cut where v540 is",
    ),
    "key frames of another film": (
        lambda r: changed(r, TRICK_TRACK, segments=_FRAMES[:-1]),
        "trick is not cut where v540 is",
    ),
    "shorter than the film": (lambda r: replace(r, duration_ms=60_000), "v540 lasts 57.000 s; the film lasts 60.000 s"),
    "sound that ends early": (
        lambda r: changed(r, "a-en", segments=_segments(r, "a-en")[:4]),
        "the film lasts 57.000 s",
    ),
    "never measured": (lambda r: cut(r, "v540", 4, vmaf=None), "Segment 5 of v540 was never measured"),
}


def _segments(release: Release, track_id: str) -> tuple[Segment, ...]:
    return next(track.segments for track in release.tracks if track.id == track_id)


def test_sound_that_was_copied_is_as_long_as_it_was() -> None:
    order = an_order()
    order = replace(order, sound=tuple(replace(sound, is_copy=True) for sound in order.sound))
    assert mistakes(changed(whole(), "a-en", segments=_segments(whole(), "a-en")[:4]), order) == []


def late(release: Release, seconds: float) -> Release:
    """Its sound begins so much later, as a copy that cannot be moved."""
    (sound,) = (track for track in release.tracks if track.id == "a-en")
    shift = round(seconds * sound.timescale)
    return changed(release, "a-en", segments=tuple(replace(s, start=s.start + shift) for s in sound.segments))


@pytest.mark.parametrize("seconds", [0.02, 0.035, SOUND_LATE_MAX_S])
def test_sound_that_cannot_be_moved_may_begin_a_little_late(seconds: float) -> None:
    assert mistakes(late(whole(), seconds), an_order()) == []


@pytest.mark.parametrize("scheme", ["cbcs", "cenc", "clear"])
def test_a_whole_release_has_no_mistakes_also_after_a_journey_through_json(scheme: str) -> None:
    assert mistakes(whole(scheme), an_order(scheme)) == []
    assert mistakes(from_json(to_json(whole(scheme)), Release), an_order(scheme)) == []


@pytest.mark.parametrize(("spoil", "said"), WRONG.values(), ids=list(WRONG))
def test_every_planted_mistake_is_found(spoil: Callable[[Release], Release], said: str) -> None:
    found = mistakes(spoil(whole()), an_order())
    assert any(said in sentence for sentence in found), found


def test_a_protected_release_without_a_key_is_not_taken_for_a_clear_one() -> None:
    assert mistakes(whole("clear"), an_order("cbcs"))
    assert mistakes(whole("cbcs"), an_order("clear"))


def test_what_is_said_of_a_wrong_release_is_short() -> None:
    assert str(ReleaseIncomplete(["One.", "Two.", "Three.", "Four."])).count("Four.") == 0
    assert "(and 1 more)" in str(ReleaseIncomplete(["One.", "Two.", "Three.", "Four."]))


def test_a_film_is_wound_through_by_its_smallest_picture() -> None:
    assert trick_source(an_order().video).track == "v540"
    assert trick_source(tuple(reversed(an_order().video))).track == "v540"


@given(st.lists(st.tuples(st.integers(1, 8_000), st.integers(1, 2_000_000)), min_size=1, max_size=30))
def test_no_neighbors_that_a_player_measures_need_more_than_the_peak(told: list[tuple[int, int]]) -> None:
    segments: list[Segment] = []
    at = 0
    for duration, size in told:
        segments.append(Segment("s", at, duration, size, HASH))
        at += duration
    peak, average = bandwidths(segments, 1000)
    assert peak >= average >= 1
    target = max(1, int(max(duration for duration, _ in told) / 1000 + 0.5)) * 1000
    for first in range(len(told)):
        for end in range(first + 1, len(told) + 1):
            duration = sum(d for d, _ in told[first:end])
            if target <= 2 * duration <= 3 * target:
                assert sum(s for _, s in told[first:end]) * 8000 / duration <= peak + 1


def test_a_row_of_short_dear_segments_sets_the_peak() -> None:
    """Each is shorter than half the longest, so that none counts alone."""
    row = [Segment("1", 0, 4000, 1000, HASH)]
    row += [Segment(str(n), 4000 + n * 1000, 1000, 100_000, HASH) for n in range(3)]
    assert bandwidths(row, 1000)[0] == 800_000


@given(
    st.lists(st.binary(min_size=16, max_size=16).map(bytes.hex), min_size=1, max_size=5, unique=True),
    st.binary(max_size=40),
)
def test_a_protection_box_is_read_as_it_was_written(key_ids: list[str], content: bytes) -> None:
    """Of the reader that the packager is judged by."""
    box = pssh.Box(pssh.COMMON, tuple(key_ids), content)
    assert pssh.parse(pssh.build(box)) == box
    assert pssh.widevine_key_ids(pssh.widevine_content(key_ids)) == tuple(key_ids)
    header = pssh.playready_header(pssh.playready_content(key_ids[0], algorithm="AESCTR", checksum=b"12345678"))
    assert header == pssh.PlayReadyHeader((key_ids[0],), "AESCTR", b"12345678")


def test_a_key_id_stands_in_playreadys_header_as_a_guid() -> None:
    """From PlayReady's own page on key ids: 0x00010203… is 03020100-0504-0706-…, in Base64 AwIBAAUEBwYICQoLDA0ODw==."""
    content = pssh.playready_content(bytes(range(16)).hex())
    assert "AwIBAAUEBwYICQoLDA0ODw==".encode("utf-16-le") in content
