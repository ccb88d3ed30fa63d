"""The reader of playlists by its own measure: right ones pass, and each mistake that is planted is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from matinee.wire.releases import files_of
from tests.golden.matrix import BASES, CASES
from tests.hls_rules import Presentation, broken_rules, of_a_master, peak

_CASE = CASES["clear-trick-play"]


def right() -> Presentation:
    """Clear, with two rungs, key frames, sound and thumbnails."""
    playlists = {f"hls/{name}.m3u8": text for name, text in _CASE.hls_media().items()}
    sizes = {BASES[0].url + path: stored.size for path, stored in files_of(_CASE.release)}
    return Presentation(_CASE.hls_master(steered=False), playlists, sizes)


def locked() -> Presentation:
    case = CASES["every-system"]
    return Presentation(
        case.hls_master(steered=False), {f"hls/{name}.m3u8": text for name, text in case.hls_media().items()}
    )


def in_master(old: str, new: str, times: int = -1) -> Callable[[Presentation], Presentation]:
    def plant(whole: Presentation) -> Presentation:
        assert old in whole.master
        return replace(whole, master=whole.master.replace(old, new, times))

    return plant


def in_media(old: str, new: str, times: int = 1, of: str = "v720") -> Callable[[Presentation], Presentation]:
    def plant(whole: Presentation) -> Presentation:
        name = f"hls/{of}.m3u8"
        assert old in whole.playlists[name]
        return replace(whole, playlists={**whole.playlists, name: whole.playlists[name].replace(old, new, times)})

    return plant


def exchanged(one: str, other: str) -> Callable[[Presentation], Presentation]:
    """Two addresses of the master, each in the other's place."""
    return lambda whole: replace(whole, master=whole.master.replace(one, "\0").replace(other, one).replace("\0", other))


def without(name: str) -> Callable[[Presentation], Presentation]:
    return lambda whole: replace(whole, playlists={k: v for k, v in whole.playlists.items() if k != name})


def swapped(one: str, other: str, of: str) -> Callable[[Presentation], Presentation]:
    """Two lines that begin so, in each other's place."""

    def plant(whole: Presentation) -> Presentation:
        lines = whole.playlists[of].split("\n")
        a, b = (next(n for n, line in enumerate(lines) if line.startswith(start)) for start in (one, other))
        lines[a], lines[b] = lines[b], lines[a]
        return replace(whole, playlists={**whole.playlists, of: "\n".join(lines)})

    return plant


IN_THE_CLEAR: dict[str, tuple[Callable[[Presentation], Presentation], str]] = {
    "no first line": (in_master("#EXTM3U\n", ""), "does not begin with #EXTM3U"),
    "no last end of line": (in_media("#EXT-X-ENDLIST\n", "#EXT-X-ENDLIST"), "last line has no end"),
    "an invisible character": (in_master("AUTOSELECT", "\u200bAUTOSELECT", 1), "cannot be printed"),
    "an unknown tag": (in_media("#EXT-X-PLAYLIST-TYPE", "#EXT-X-DAYRANGE:1\n#EXT-X-PLAYLIST-TYPE"), "is unknown"),
    "a tag of the other kind": (in_master("#EXT-X-INDEP", "#EXT-X-ENDLIST\n#EXT-X-INDEP"), "does not belong"),
    "a comment": (in_media("#EXT-X-MAP", "# of a film\n#EXT-X-MAP"), "is unknown"),
    "two versions": (in_media("#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7"), "there twice"),
    "no version": (in_master("#EXT-X-VERSION:7\n", ""), "VERSION is missing"),
    "too low a version": (in_media("VERSION:7", "VERSION:5"), "says version 5 and needs 6"),
    "too low a version for key frames": (in_media("VERSION:7", "VERSION:4", of="trick"), "says version 4 and needs 5"),
    "no peak": (in_master(":BANDWIDTH=1748000,", ":"), "has no BANDWIDTH"),
    "an average above the peak": (in_master("AVERAGE-BANDWIDTH=1", "AVERAGE-BANDWIDTH=9", 1), "is above its peak"),
    "no average": (in_master("AVERAGE-BANDWIDTH=1195200,", ""), "has no AVERAGE-BANDWIDTH"),
    "no codecs": (in_master('CODECS="avc1.640028,mp4a.40.2",', "", 1), "has no CODECS"),
    "a codec that is none": (in_master("avc1.640028,mp4a", "h264,mp4a", 1), "h264 is no codec"),
    "the sound's codec left out": (in_master("avc1.640028,mp4a.40.2", "avc1.640028", 1), "group of sound do not agree"),
    "no size": (in_master("RESOLUTION=960x540,FRAME", "FRAME", 1), "has no RESOLUTION"),
    "no frame rate": (in_master(",FRAME-RATE=23.976", "", 1), "has no FRAME-RATE"),
    "a rate in words": (in_master("FRAME-RATE=23.976", "FRAME-RATE=film", 1), "is not what it must be"),
    "an attribute twice": (in_master("FRAME-RATE=23.976", "FRAME-RATE=23.976,FRAME-RATE=24", 1), "attribute twice"),
    "an unknown attribute": (in_master("FRAME-RATE=", "COLOR=RED,FRAME-RATE=", 1), "which is unknown"),
    "a comma too many": (in_master('AUDIO="audio"\n', 'AUDIO="audio",\n', 1), "no attribute"),
    "a space between attributes": (in_master(",FRAME-RATE", ", FRAME-RATE", 1), "no attribute"),
    "a group that is not there": (in_master('AUDIO="audio"', 'AUDIO="loud"', 1), "no group loud"),
    "a group nobody uses": (in_master(',AUDIO="audio"', ""), "No variant uses the group audio"),
    "no channels": (in_master(',CHANNELS="2"', ""), "does not say its channels"),
    "no language": (in_master('LANGUAGE="en",', ""), "has no LANGUAGE"),
    "a default not to be chosen": (in_master("AUTOSELECT=YES", "AUTOSELECT=NO"), "must not be chosen"),
    "forced sound": (in_master("AUTOSELECT=YES", "AUTOSELECT=YES,FORCED=YES"), "forced and no subtitle"),
    "a variant without its address": (in_master("hls/v540.m3u8\n", ""), "A variant has no address"),
    "an address without its variant": (in_master("hls/v540.m3u8", "hls/v540.m3u8\nhls/v541.m3u8"), "under no variant"),
    "two variants of one address": (in_master("hls/v540.m3u8", "hls/v720.m3u8"), "one address"),
    "a playlist that is not there": (without("hls/a-en.m3u8"), "names hls/a-en.m3u8, which is not there"),
    "a playlist that nobody names": (in_master("hls/trick.m3u8", "hls/trick2.m3u8"), "no master names it"),
    "key frames announced as a film": (exchanged("hls/trick.m3u8", "hls/thumbs.m3u8"), "not what the master says"),
    "no target": (in_media("#EXT-X-TARGETDURATION:4\n", ""), "TARGETDURATION is missing"),
    "too short a target": (in_media("TARGETDURATION:4", "TARGETDURATION:3"), "lasts longer than the target"),
    "too long a target": (in_media("TARGETDURATION:4", "TARGETDURATION:9"), "longer than any segment"),
    "no first number": (in_media("#EXT-X-MEDIA-SEQUENCE:1\n", ""), "MEDIA-SEQUENCE is missing"),
    "not a film": (in_media("TYPE:VOD", "TYPE:EVENT"), "PLAYLIST-TYPE is missing or wrong"),
    "no end": (in_media("#EXT-X-ENDLIST\n", ""), "ends with #EXT-X-ENDLIST"),
    "a segment without its length": (in_media("#EXTINF:4.000000,\n", ""), "not its length"),
    "a length without its comma": (in_media("4.000000,", "4.000000"), "not a length and a comma"),
    "a segment of no length": (in_media("4.000000", "0.000000"), "has no length"),
    "a segment twice": (in_media("seg-2.m4s", "seg-1.m4s"), "named twice"),
    "no init segment": (in_media("#EXT-X-MAP", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP"), "there twice"),
    "no init segment at all": (
        lambda w: in_media(next(x for x in w.playlists["hls/v720.m3u8"].split("\n") if "MAP" in x) + "\n", "")(w),
        "need their init segment",
    ),
    "a tag behind a segment": (
        in_media("#EXT-X-ENDLIST", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-ENDLIST"),
        "stands behind a segment",
    ),
    "sheets without their tiles": (
        lambda w: in_media(
            next(x for x in w.playlists["hls/thumbs.m3u8"].split("\n") if "TILES" in x) + "\n", "", of="thumbs"
        )(w),
        "what is on it",
    ),
    "tiles without a size": (in_media("RESOLUTION=160x90,", "", of="thumbs"), "has no RESOLUTION"),
    "cut elsewhere": (in_media("4.000000", "3.900000"), "is not cut where"),
    "key frames cut elsewhere": (in_media("4.000000", "3.900000", of="trick"), "is not cut where"),
    "sound that ends early": (in_media("4.000000", "1.000000", times=9, of="a-en"), "does not last as long"),
    "announced too cheap": (
        lambda w: replace(w, sizes={uri: size * 2000 for uri, size in w.sizes.items()}),
        "bits a second at its peak, and announces",
    ),
}
LOCKED: dict[str, tuple[Callable[[Presentation], Presentation], str]] = {
    "one format twice": (in_media("com.microsoft.playready", "identity"), "of one format"),
    "two ways of locking": (in_media("SAMPLE-AES,", "SAMPLE-AES-CTR,"), "two ways at once"),
    "whole segments locked": (in_media("METHOD=SAMPLE-AES,", "METHOD=AES-128,"), "is not what it must be"),
    "a key without its address": (in_media('URI="/keys', 'URL="/keys'), "has no URI"),
    "a key behind what it opens": (
        swapped('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="/keys', "#EXT-X-MAP", "hls/v720.m3u8"),
        "behind the init segment",
    ),
    "a key id that is none": (in_media("KEYID=0x", "KEYID="), "is not what it must be"),
    "too low a version": (in_media("VERSION:7", "VERSION:3"), "says version 3 and needs 6"),
}


def test_what_is_right_breaks_no_rule() -> None:
    assert broken_rules(right()) == []
    assert broken_rules(locked()) == []


@pytest.mark.parametrize(("plant", "said"), IN_THE_CLEAR.values(), ids=list(IN_THE_CLEAR))
def test_a_planted_mistake_is_found(plant: Callable[[Presentation], Presentation], said: str) -> None:
    found = broken_rules(plant(right()))
    assert any(said in rule for rule in found), found


@pytest.mark.parametrize(("plant", "said"), LOCKED.values(), ids=list(LOCKED))
def test_a_planted_mistake_with_a_key_is_found(plant: Callable[[Presentation], Presentation], said: str) -> None:
    found = broken_rules(plant(locked()))
    assert any(said in rule for rule in found), found


def test_two_names_and_two_defaults_in_a_group_are_found() -> None:
    case = CASES["two-languages"]
    whole = Presentation(
        case.hls_master(steered=False), {f"hls/{name}.m3u8": text for name, text in case.hls_media().items()}
    )
    assert broken_rules(whole) == []
    named = replace(
        whole,
        master=whole.master.replace(
            'NAME="日本語",LANGUAGE="ja",DEFAULT=NO', 'NAME="English",LANGUAGE="ja",DEFAULT=YES'
        ),
    )
    found = broken_rules(named)
    assert any("one name" in rule for rule in found), found
    assert any("two defaults" in rule for rule in found), found


def test_the_peak_is_over_neighbors_as_long_as_a_segment_may_be() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + "".join(
        f"#EXTINF:{s},\n{n}\n" for n, s in enumerate((4.0, 1.0, 1.0, 0.1))
    )
    assert peak(text, {"0": 1000, "1": 4000, "2": 4000, "3": 9000}) == pytest.approx(17_000 * 8 / 2.1)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('PATHWAY-ID="flash-1"\n#EXT-X-MEDIA', 'PATHWAY-ID="gone"\n#EXT-X-MEDIA', "Players begin on a pathway"),
        (
            'RESOLUTION=960x540,FRAME-RATE=23.976,AUDIO="audio-2"',
            'RESOLUTION=961x540,FRAME-RATE=23.976,AUDIO="audio-2"',
            "Two pathways do not offer",
        ),
        (',PATHWAY-ID="origin-1"', "", "A variant is on a pathway and nobody steers"),
        ("#EXT-X-CONTENT-STEERING:", "#EXT-X-CONTENT-STEERED:", "A variant is on a pathway and nobody steers"),
    ],
)
def test_a_mistake_in_where_players_are_steered_is_found(old: str, new: str, rule: str) -> None:
    master = _CASE.hls_master()
    assert of_a_master(master) == []
    assert old in master
    assert any(found.startswith(rule) for found in of_a_master(master.replace(old, new, 1)))
