"""Manifests byte for byte, and by the rules of their formats."""

import importlib
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from matinee.wire.releases import Track
from tests.golden.matrix import BASES, CASES, RULED, Case
from tests.golden.recorded import FOLDER, check
from tests.hls_rules import Presentation, broken_rules

SCHEMA = Path(__file__).parents[3] / "shared" / "data" / "schemas" / "DASH-MPD.xsd"
# The schema imports XLink by its address; nothing is fetched here, and the four attributes it uses are these.
XLINK = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
<xs:attribute name="href" type="xs:anyURI"/><xs:attribute name="type" type="xs:string"/>
<xs:attribute name="show" type="xs:string"/><xs:attribute name="actuate" type="xs:string"/></xs:schema>"""
DASH = "{urn:mpeg:dash:schema:mpd:2011}"
every_case = pytest.mark.parametrize("name", CASES)
every_ruled_case = pytest.mark.parametrize("name", RULED)


@every_case
def test_a_dash_manifest_is_as_recorded(name: str) -> None:
    check(f"dash/{name}.mpd", CASES[name].dash())


@every_case
def test_hls_playlists_are_as_recorded(name: str) -> None:
    case = CASES[name]
    check(f"hls/{name}.master.m3u8", case.hls_master())
    for track, text in case.hls_media().items():
        check(f"hls/{name}.{track}.m3u8", text)


def test_nothing_is_recorded_that_no_case_writes() -> None:
    wanted = {f"dash/{name}.mpd" for name in CASES}
    for name, case in CASES.items():
        wanted |= {f"hls/{name}.{part}.m3u8" for part in ("master", *case.hls_media())}
    assert {p.relative_to(FOLDER).as_posix() for p in FOLDER.glob("*/*.m*")} == wanted


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:  # the validator has no types of ours
    if not SCHEMA.exists():
        pytest.skip("the DASH schema is not on this machine")
    try:
        xmlschema = importlib.import_module("xmlschema")
    except ImportError:
        pytest.skip("xmlschema is not installed")
    xlink = tmp_path_factory.mktemp("schema") / "xlink.xsd"
    xlink.write_text(XLINK)
    return xmlschema.XMLSchema(str(SCHEMA), locations={"http://www.w3.org/1999/xlink": str(xlink)}, allow="local")


@every_ruled_case
def test_a_dash_manifest_is_valid_by_its_schema(name: str, schema: Any) -> None:
    # Content steering is younger than the schema (ETSI TS 103 998; it stands between the addresses and the periods).
    text, count = re.subn(r"  <ContentSteering [^\n]*</ContentSteering>\n(?=  <Period)", "", RULED[name].dash())
    assert count == 1
    assert [f"{e.path}: {e.reason}" for e in schema.iter_errors(text)] == []


@every_ruled_case
def test_a_dash_manifest_names_every_playable_track_once(name: str) -> None:
    case = RULED[name]
    mpd = ElementTree.fromstring(case.dash())
    represented = [r.get("id") for r in mpd.iter(f"{DASH}Representation")]
    # Words that are there as IMSC too are there once.
    twice = {t.rendition_of for t in case.tracks if t.kind == "text"}
    assert sorted(represented, key=str) == sorted(t.id for t in case.tracks if t.id not in twice)
    assert [b.text for b in mpd.findall(f"{DASH}BaseURL")] == [b.url for b in BASES]
    ids = [s.get("id") for s in mpd.iter(f"{DASH}AdaptationSet")]
    assert ids == [str(n) for n in range(len(ids))]


@every_ruled_case
def test_a_dash_timeline_lasts_as_long_as_its_segments(name: str) -> None:
    case = RULED[name]
    mpd = ElementTree.fromstring(case.dash())
    tracks = {t.id: t for t in case.tracks}
    for representation in mpd.iter(f"{DASH}Representation"):
        entries = list(representation.iter(f"{DASH}S"))
        if not entries:
            continue
        told = sum(int(s.get("d", "0")) * (int(s.get("r", "0")) + 1) for s in entries)
        assert told == sum(s.duration for s in tracks[representation.get("id", "")].segments)


@every_ruled_case
def test_hls_playlists_break_no_rule(name: str) -> None:
    case = RULED[name]
    found = broken_rules(presented(case))
    # The made tracks announce rates that have nothing to do with their files; the ends of uneven ones differ on purpose.
    expected = {
        "uneven-segments": [
            f"hls/a-en.m3u8?pathway={base.pathway} does not last as long as hls/v720.m3u8?pathway=flash-1."
            for base in BASES
        ]
    }
    assert found == expected.get(name, [])


def presented(case: Case) -> Presentation:
    """On each pathway a playlist has its own address; what no pathway names keeps its plain one."""
    master = case.hls_master()
    playlists: dict[str, str] = {}
    for name, text in case.hls_media().items():
        named = re.findall(rf'hls/{re.escape(name)}\.m3u8\?pathway=[^"\n]+', master)
        playlists |= dict.fromkeys(named or [f"hls/{name}.m3u8"], text)
    return Presentation(master, playlists)


@every_ruled_case
def test_a_media_playlist_has_what_the_format_requires(name: str) -> None:
    case = RULED[name]
    tracks = {t.id: t for t in case.tracks}
    for track_id, text in case.hls_media().items():
        track = tracks[track_id]
        assert text.endswith("#EXT-X-ENDLIST\n")
        for tag in ("VERSION", "TARGETDURATION", "MEDIA-SEQUENCE", "PLAYLIST-TYPE"):
            assert text.count(f"#EXT-X-{tag}:") == 1
        durations = [float(d) for d in re.findall(r"#EXTINF:([\d.]+),", text)]
        assert len(durations) == len(track.segments)
        target = int(re.findall(r"TARGETDURATION:(\d+)", text)[0])
        assert all(math.floor(d + 0.5) <= target for d in durations)
        assert ("#EXT-X-MAP:" in text) is (track.init is not None)
        assert ("#EXT-X-KEY:" in text) is (track.key_id is not None)
        if "#EXT-X-KEY:" in text:
            assert text.index("#EXT-X-KEY:") < text.index("#EXT-X-MAP:") < text.index("#EXTINF")


@every_ruled_case
def test_a_master_playlist_names_groups_that_exist_and_members_that_differ(name: str) -> None:
    case = RULED[name]
    text = case.hls_master()
    members: dict[str, list[str]] = {}
    for line in re.findall(r"#EXT-X-MEDIA:.*", text):
        group = _value(line, "GROUP-ID")
        members.setdefault(group, []).append(_value(line, "NAME"))
    assert all(len(set(names)) == len(names) for names in members.values())
    streams = re.findall(r"#EXT-X-STREAM-INF:.*", text)
    sounds = {group: names for group, names in members.items() if group.startswith("audio")}
    # Each pathway has its own groups.
    assert len(streams) == sum(t.kind == "video" for t in case.tracks) * (len(sounds) or len(BASES))
    # RFC 8216, 4.3.4.1.1: groups of one type have the same members.
    assert len({tuple(names) for names in sounds.values()}) <= 1
    for line in streams:
        assert re.search(r"[:,]BANDWIDTH=\d+", line)
        assert _value(line, "CODECS")
        for kind, group in re.findall(r'(AUDIO|SUBTITLES)="([^"]*)"', line):
            assert group in members, kind
    for track in (t for t in case.tracks if t.kind == "audio"):
        assert all(f'URI="hls/{track.id}.m3u8?pathway={base.pathway}"' in text for base in BASES)
    for group in sounds:
        assert len(re.findall(rf'TYPE=AUDIO,GROUP-ID="{group}".*DEFAULT=YES', text)) == 1
        needed = {t.codecs for t in case.tracks if t.kind == "audio" and f'GROUP-ID="{group}"' in _line_of(text, t)}
        for line in streams:
            if f'AUDIO="{group}"' in line:
                assert needed <= set(_value(line, "CODECS").split(","))


def test_the_same_release_gives_the_same_bytes() -> None:
    case: Case = CASES["two-languages"]
    assert (case.dash(), case.hls_master()) == (case.dash(), case.hls_master())


def _value(line: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', line)
    assert found, f"{name} is missing in {line}"
    return found[1]


def _line_of(text: str, track: Track) -> str:
    return "".join(line for line in text.splitlines() if f'URI="hls/{track.id}.m3u8?' in line)
