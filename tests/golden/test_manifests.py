"""Manifests byte for byte, and by the rules of their formats."""

import importlib
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.golden.matrix import BASES, CASES, Case
from tests.golden.recorded import FOLDER, check

SCHEMA = Path(__file__).parents[3] / "shared" / "data" / "schemas" / "DASH-MPD.xsd"
# The schema imports XLink by its address; nothing is fetched here, and the four attributes it uses are these.
XLINK = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
<xs:attribute name="href" type="xs:anyURI"/><xs:attribute name="type" type="xs:string"/>
<xs:attribute name="show" type="xs:string"/><xs:attribute name="actuate" type="xs:string"/></xs:schema>"""
DASH = "{urn:mpeg:dash:schema:mpd:2011}"
every_case = pytest.mark.parametrize("name", CASES)

_ATTRIBUTE = r'(?:[A-Z0-9-]+)=(?:"[^"\r\n]*"|[^",\s]+)'
_TAG = re.compile(r"#EXT-X-(?:STREAM-INF|MEDIA|KEY|MAP):" + f"{_ATTRIBUTE}(?:,{_ATTRIBUTE})*")


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


@every_case
def test_a_dash_manifest_is_valid_by_its_schema(name: str, schema: Any) -> None:
    errors = [f"{e.path}: {e.reason}" for e in schema.iter_errors(CASES[name].dash())]
    assert errors == []


@every_case
def test_a_dash_manifest_names_every_playable_track_once(name: str) -> None:
    case = CASES[name]
    mpd = ElementTree.fromstring(case.dash())
    represented = [r.get("id") for r in mpd.iter(f"{DASH}Representation")]
    assert sorted(represented, key=str) == sorted(t.id for t in case.tracks)
    assert [b.text for b in mpd.findall(f"{DASH}BaseURL")] == [b.url for b in BASES]
    ids = [s.get("id") for s in mpd.iter(f"{DASH}AdaptationSet")]
    assert ids == [str(n) for n in range(len(ids))]


@every_case
def test_a_dash_timeline_lasts_as_long_as_its_segments(name: str) -> None:
    case = CASES[name]
    mpd = ElementTree.fromstring(case.dash())
    tracks = {t.id: t for t in case.tracks}
    for representation in mpd.iter(f"{DASH}Representation"):
        entries = list(representation.iter(f"{DASH}S"))
        if not entries:
            continue
        told = sum(int(s.get("d", "0")) * (int(s.get("r", "0")) + 1) for s in entries)
        assert told == sum(s.duration for s in tracks[representation.get("id", "")].segments)


@every_case
def test_every_line_of_a_playlist_is_a_known_tag_or_an_address(name: str) -> None:
    case = CASES[name]
    for text in (case.hls_master(), *case.hls_media().values()):
        assert text.isprintable() or {c for c in text if not c.isprintable()} == {"\n"}
        lines = text.removesuffix("\n").split("\n")
        assert lines[0] == "#EXTM3U"
        for line in lines[1:]:
            if line.startswith(("#EXT-X-STREAM-INF", "#EXT-X-MEDIA:", "#EXT-X-KEY", "#EXT-X-MAP")):
                assert _TAG.fullmatch(line), line
            elif line.startswith("#"):
                assert re.fullmatch(
                    r"#EXT-X-(VERSION|TARGETDURATION|MEDIA-SEQUENCE):\d+|#EXT-X-PLAYLIST-TYPE:VOD|"
                    r"#EXT-X-INDEPENDENT-SEGMENTS|#EXTINF:\d+\.\d+,|#EXT-X-ENDLIST",
                    line,
                ), line
            else:
                assert re.fullmatch(r"[\w./:-]+", line), line


@every_case
def test_a_media_playlist_has_what_the_format_requires(name: str) -> None:
    case = CASES[name]
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


@every_case
def test_a_master_playlist_names_groups_that_exist_and_members_that_differ(name: str) -> None:
    case = CASES[name]
    text = case.hls_master()
    members: dict[str, list[str]] = {}
    for line in re.findall(r"#EXT-X-MEDIA:.*", text):
        group = _value(line, "GROUP-ID")
        members.setdefault(group, []).append(_value(line, "NAME"))
    assert all(len(set(names)) == len(names) for names in members.values())
    streams = re.findall(r"#EXT-X-STREAM-INF:.*", text)
    assert len(streams) == sum(t.kind == "video" for t in case.tracks)
    for line in streams:
        assert re.search(r"[:,]BANDWIDTH=\d+", line)
        assert _value(line, "CODECS")
        for kind, group in re.findall(r'(AUDIO|SUBTITLES)="([^"]*)"', line):
            assert group in members, kind
    assert text.count("TYPE=AUDIO") == sum(t.kind == "audio" for t in case.tracks)
    assert len(re.findall(r"TYPE=AUDIO.*DEFAULT=YES", text)) <= 1


def test_the_same_release_gives_the_same_bytes() -> None:
    case: Case = CASES["two-languages"]
    assert (case.dash(), case.hls_master()) == (case.dash(), case.hls_master())


def _value(line: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', line)
    assert found, f"{name} is missing in {line}"
    return found[1]
