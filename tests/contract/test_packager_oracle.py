"""The packager's own manifests beside what playback makes of `release.json`: two witnesses of the same film.

The packager is run once through packaging, and once by hand with everything it can write. What the two tell differently
stands here with its reason; everything else must be the same.
"""

import asyncio
import base64
import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from matinee.control.playback.api import Device
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base
from matinee.engines.blobs.folder import FolderBlobs
from matinee.engines.encoder.programs import bundled
from matinee.engines.packager.shaka import ShakaPackager
from matinee.kernel.clock import SystemClock
from matinee.kernel.files import SystemFiles
from matinee.kernel.processes import SystemProcesses
from matinee.studio.packaging.api import PackagingOrder, ReleaseIncomplete, SoundInput, TextInput, TierKey, VideoInput
from matinee.studio.packaging.service import PackagingService
from matinee.wire.encoding import from_json
from matinee.wire.releases import Release, Scheme, files_of
from tests import pssh
from tests.builders import an_id
from tests.domain.studio_house import SteadyKeys, key_id_of, key_of
from tests.hls_rules import Presentation, broken_rules, segments_of
from tests.media import ffmpeg, film

pytestmark = pytest.mark.ffmpeg

DASH = "{urn:mpeg:dash:schema:mpd:2011}"
CENC = "{urn:mpeg:cenc:2013}"
SYSTEMS = ("org.w3.clearkey", "com.widevine.alpha", "com.microsoft.playready.recommendation")
HERE = Base("here", "")
KEYS = {tier: TierKey(tier, key_id_of(an_id(1), tier), key_of(an_id(1), tier)) for tier in ("sd", "hd", "audio")}
SECONDS = 3
RUNGS = {"video-90p": ("sd", 160, 90), "video-180p": ("hd", 320, 180)}


@dataclass(frozen=True)
class Witnesses:
    release: Release
    blobs: FolderBlobs
    mpd: ET.Element
    """The packager's own."""
    playlists: dict[str, str]
    """The packager's own, by file name."""

    @property
    def ours(self) -> ET.Element:
        return ET.fromstring(dash.manifest(self.release, self.release.tracks, [HERE], systems=SYSTEMS))

    def stored(self, path: str) -> bytes:
        return asyncio.run(self.blobs.get(f"releases/{self.release.release_id}/{path}"))

    def presentation(self) -> Presentation:
        playlists = {
            f"{t.id}.m3u8": hls.media(self.release, t, HERE, key_url="/key" if t.key_id else None)
            for t in self.release.tracks
        }
        master = hls.master(self.release, self.release.tracks, lambda track, _: f"{track.id}.m3u8")
        return Presentation(master, playlists, {path: stored.size for path, stored in files_of(self.release)})


@pytest.fixture(scope="module")
def encodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rungs of one film, cut at the same frames, its sound and its subtitles."""
    folder = tmp_path_factory.mktemp("encodes")
    cuts = ("-g", "1000", "-sc_threshold", "0", "-force_key_frames", "0.99,1.74", "-b:a", "96k")
    whole = film(folder / "film.mp4", seconds=SECONDS, options=cuts)
    ffmpeg("-i", whole, "-map", "0:a", "-c", "copy", folder / "audio-0.mp4")
    for name, (_, width, height) in RUNGS.items():
        scaled = ("-vf", f"scale={width}:{height}", "-c:v", "libx264", "-preset", "ultrafast", *cuts[:6])
        ffmpeg("-i", whole, "-map", "0:v", *scaled, folder / f"{name}.mp4")
    (folder / "en.vtt").write_text("WEBVTT\n\n00:00.500 --> 00:01.000\nHello\n")
    return folder


@pytest.fixture(scope="module", params=["cbcs", "cenc", "clear"])
def witnesses(request: pytest.FixtureRequest, encodes: Path, tmp_path_factory: pytest.TempPathFactory) -> Witnesses:
    scheme: Scheme = request.param
    folder = tmp_path_factory.mktemp(f"packaged-{scheme}")
    blobs = FolderBlobs(folder / "blobs", SystemClock())
    release = asyncio.run(packaged(an_order(encodes, folder / "work", scheme), blobs))
    mpd, playlists = by_hand(encodes, folder / "by-hand", scheme)
    return Witnesses(release, blobs, mpd, playlists)


def an_order(encodes: Path, work: Path, scheme: Scheme) -> PackagingOrder:
    return PackagingOrder(
        release_id=an_id(1),
        title_id=an_id(2),
        created_at_ms=0,
        profile="fast",
        source_sha256="ab" * 32,
        duration_ms=SECONDS * 1000,
        segment_s=1.0,
        folder=str(work),
        video=tuple(
            VideoInput(name, tier, str(encodes / f"{name}.mp4"), width, height, (24, 1), 90.0, (91.0, 90.0, 89.0))
            for name, (tier, width, height) in RUNGS.items()
        ),
        sound=(SoundInput("audio-0", str(encodes / "audio-0.mp4"), "en", "English", channels=1),),
        text=(TextInput("text-0", str(encodes / "en.vtt"), "en", "English"),),
        scheme=scheme,
    )


async def packaged(order: PackagingOrder, blobs: FolderBlobs) -> Release:
    packager = ShakaPackager(SystemProcesses(), SystemFiles())
    await PackagingService(packager, blobs, SystemFiles(), SteadyKeys()).package(order)
    return from_json(await blobs.get(f"releases/{order.release_id}/release.json"), Release)


def by_hand(encodes: Path, folder: Path, scheme: Scheme) -> tuple[ET.Element, dict[str, str]]:
    """Pictures and sound apart, as packaging does: the packager knows one length of segments a run."""
    folder.mkdir()
    pictures = [stream(encodes, name, tier) for name, (tier, _, _) in RUNGS.items()]
    trick = stream(encodes, "trick", "sd", "video-90p") + ",trick_play_factor=1"
    told = []
    for streams, seconds in (([*pictures, trick], "0.001"), ([stream(encodes, "audio-0", "audio")], "1")):
        locked = [] if scheme == "clear" else encryption(scheme)
        argv = [
            str(bundled().packager),
            *streams,
            f"--segment_duration={seconds}",
            "--generate_static_live_mpd",
            *locked,
        ]
        subprocess.run([*argv, "--mpd_output=a.mpd"], check=True, timeout=60, capture_output=True, cwd=folder)
        told.append(ET.parse(folder / "a.mpd").getroot())
        # HLS in a run of its own: there the packager lists key frames among the variants.
        plain = [argv[0], *(s for s in argv[1:] if "trick_play_factor" not in s)]
        subprocess.run(
            [*plain, f"--hls_master_playlist_output=master-{len(told)}.m3u8"],
            check=True,
            timeout=60,
            capture_output=True,
            cwd=folder,
        )
    pictures_only, (period,) = told[0], told[1].findall(f"{DASH}Period")
    for number, adaptation in enumerate(period):
        adaptation.set("id", f"sound-{number}")
        pictures_only[0].append(adaptation)
    return told[0], {path.name: path.read_text() for path in folder.glob("*.m3u8")}


def stream(encodes: Path, name: str, tier: str, source: str | None = None) -> str:
    kind = "audio" if tier == "audio" else "video"
    named = f"in={encodes / (source or name)}.mp4,stream={kind},init_segment={tier}/{name}/init.mp4"
    extra = ",language=en" if kind == "audio" else ""
    return f"{named},segment_template={tier}/{name}/$Number$.m4s,drm_label={tier},playlist_name={name}.m3u8{extra}"


def encryption(scheme: Scheme) -> list[str]:
    keys = ",".join(f"label={key.tier}:key_id={key.key_id}:key={key.key.hex()}" for key in KEYS.values())
    systems = "--protection_systems=Widevine,PlayReady,CommonSystem"
    return ["--enable_raw_key_encryption", f"--keys={keys}", f"--protection_scheme={scheme}", systems, "--clear_lead=0"]


def represented(mpd: ET.Element) -> dict[str, dict[str, object]]:
    """What a manifest says of each track with an init segment, by the folder that is in: what a player acts upon."""
    found: dict[str, dict[str, object]] = {}
    sets = {s.get("id", ""): s for s in mpd.iter(f"{DASH}AdaptationSet")}
    for adaptation in mpd.iter(f"{DASH}AdaptationSet"):
        for representation in adaptation.iter(f"{DASH}Representation"):
            template = representation.find(f"{DASH}SegmentTemplate")
            if template is None:
                continue
            told = {**adaptation.attrib, **representation.attrib}
            rate = told.get("frameRate") or told.get("maxFrameRate")
            channels = representation.find(f"{DASH}AudioChannelConfiguration")
            trick = adaptation.find(f"{DASH}EssentialProperty")
            found[template.attrib["initialization"].split("/")[1]] = {
                "kind": told["contentType"],
                "mime": told["mimeType"],
                "codecs": told["codecs"],
                "size": (told.get("width"), told.get("height"), told.get("sar")),
                "rate": Fraction(rate) if rate else None,
                "sound": (told.get("lang"), told.get("audioSamplingRate")),
                "channels": dict(channels.attrib) if channels is not None else None,
                "files": [template.get(name) for name in ("initialization", "media", "startNumber", "timescale")],
                "timeline": timeline(template),
                "protection": protection(adaptation),
                "trick": (trick.get("schemeIdUri"), told.get("codingDependency")) if trick is not None else None,
                "trick of": is_of_pictures(trick, sets) if trick is not None else None,
            }
    return found


def timeline(template: ET.Element) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for entry in template.iter(f"{DASH}S"):
        at = int(entry.get("t", at))
        for _ in range(int(entry.get("r", "0")) + 1):
            found.append((at, int(entry.attrib["d"])))
            at += int(entry.attrib["d"])
    return found


def protection(adaptation: ET.Element) -> dict[str, object]:
    """By system; what each box announces is read, for the order of ids in it means nothing."""
    found: dict[str, object] = {}
    for element in adaptation.iter(f"{DASH}ContentProtection"):
        system = element.attrib["schemeIdUri"]
        box = element.find(f"{CENC}pssh")
        said = (element.get(f"{CENC}default_KID"), announced(box.text) if box is not None else None)
        found[system] = (element.get("value"), *said) if said[0] else said[1]
        pro = element.find("{urn:microsoft:playready}pro")
        if pro is not None:
            found["pro"] = pssh.playready_header(base64.b64decode(pro.text or ""))
    return found


def announced(text: str | None) -> object:
    box = pssh.parse(base64.b64decode(text or ""))
    if box.system == pssh.WIDEVINE:
        return sorted(pssh.widevine_key_ids(box.content)), pssh.widevine_scheme(box.content)
    if box.system == pssh.PLAYREADY:
        return pssh.playready_header(box.content)
    return sorted(box.key_ids)


def is_of_pictures(trick: ET.Element, sets: dict[str, ET.Element]) -> bool:
    named = [sets[name] for name in trick.get("value", "").split()]
    return bool(named) and all(
        s.get("contentType") == "video" and s.find(f"{DASH}EssentialProperty") is None for s in named
    )


CLEARKEY = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e"


def test_dash_says_what_the_packagers_own_manifest_says(witnesses: Witnesses) -> None:
    ours, theirs = represented(witnesses.ours), represented(witnesses.mpd)
    assert set(ours) == set(theirs) == {*RUNGS, "trick", "audio-0"}
    for track, told in ours.items():
        other = theirs[track]
        locks = told["protection"]
        assert isinstance(locks, dict)
        # The packager knows no ClearKey: it is the service's own license door.
        assert (locks.pop(CLEARKEY, "absent") is None) == (witnesses.release.scheme != "clear")
        if track == "trick":
            # The packager guesses a rate from the shortest gap between two key frames, which are not evenly spaced.
            told.pop("rate"), other.pop("rate")
        assert told == other, track


def test_every_key_is_announced_to_every_system_by_its_own_id(witnesses: Witnesses) -> None:
    release = witnesses.release
    ids = sorted(key.key_id for key in release.keys)
    assert {key.tier for key in release.keys} == (set() if release.scheme == "clear" else set(KEYS))
    for key in release.keys:
        common, widevine, playready = (
            pssh.parse(base64.b64decode(key.pssh[name])) for name in ("common", "widevine", "playready")
        )
        assert sorted(common.key_ids) == ids
        assert sorted(pssh.widevine_key_ids(widevine.content)) == ids
        assert pssh.widevine_scheme(widevine.content) == release.scheme
        header = pssh.playready_header(playready.content)
        secret = KEYS[key.tier].key
        if release.scheme == "cenc":
            assert header == pssh.PlayReadyHeader((key.key_id,), "AESCTR", pssh.playready_checksum(secret, key.key_id))
        else:
            assert header == pssh.PlayReadyHeader((key.key_id,), "AESCBC", None)


def test_hls_says_what_the_packagers_own_playlists_say(witnesses: Witnesses) -> None:
    ours = witnesses.presentation()
    theirs = "".join(text for name, text in witnesses.playlists.items() if name.startswith("master"))
    for name in RUNGS:
        assert variant(ours.master, name).items() >= variant(theirs, name).items()
    for name in (*RUNGS, "audio-0"):
        mine, other = ours.playlists[f"{name}.m3u8"], witnesses.playlists[f"{name}.m3u8"]
        assert [s.uri for s in segments_of(mine)] == [s.uri for s in segments_of(other)]
        assert [s.seconds for s in segments_of(mine)] == pytest.approx(
            [s.seconds for s in segments_of(other)], abs=0.001
        )
        assert re.findall(r"EXT-X-MAP:(.*)", mine) == re.findall(r"EXT-X-MAP:(.*)", other)
        assert set(re.findall(r"METHOD=([\w-]+)", mine)) == set(re.findall(r"METHOD=([\w-]+)", other))


def variant(master: str, name: str) -> dict[str, str]:
    """Without its rates, which the packager measures otherwise; and it ran without the sound that goes along."""
    (line,) = re.findall(rf"#EXT-X-STREAM-INF:(.*)\n{name}\.m3u8", master)
    told = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line))
    return {"picture": told["CODECS"].strip('"').split(",")[0], "size": told["RESOLUTION"], "rate": told["FRAME-RATE"]}


def test_the_playlists_break_no_rule_and_announce_no_less_than_is_sent(witnesses: Witnesses) -> None:
    assert broken_rules(witnesses.presentation()) == []


def test_what_is_locked_decodes_to_the_same_pictures_with_its_key_alone(
    witnesses: Witnesses, encodes: Path, tmp_path: Path
) -> None:
    release = witnesses.release
    for track in release.tracks:
        if track.kind not in ("video", "trick") or track.init is None:
            continue
        whole = tmp_path / f"{track.id}.mp4"
        files = (track.init.file, *(s.file for s in track.segments))
        whole.write_bytes(b"".join(witnesses.stored(f"{track.tier}/{track.id}/{file}") for file in files))
        key = KEYS[track.tier].key.hex() if release.scheme != "clear" else None
        source = encodes / f"{track.id if track.kind == 'video' else 'video-90p'}.mp4"
        expected, _ = frames(source, None)
        if track.kind == "trick":
            expected = [expected[round(s.start * 24 / track.timescale)] for s in track.segments]
        assert frames(whole, key) == (expected, True)
        if key is not None:
            assert b"tenc" in whole.read_bytes()
            assert release.scheme.encode() in whole.read_bytes()[: track.init.size]
            for wrong in (None, KEYS["audio"].key.hex()):
                seen, was_fine = frames(whole, wrong)
                assert not was_fine
                assert not set(seen) & set(expected)


def frames(file: Path, key: str | None) -> tuple[list[str], bool]:
    """A hash of each picture that comes out, and whether the decoder had nothing to say."""
    opened = ["-decryption_key", key] if key else []
    argv = [str(bundled().ffmpeg), "-v", "error", "-nostdin", *opened, "-i", f"file:{file}", "-fps_mode", "passthrough"]
    done = subprocess.run([*argv, "-f", "framemd5", "-"], capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stdout.splitlines() if line[:1].isdigit()]
    return [line.rsplit(",", 1)[1].strip() for line in lines], done.stderr == ""


def test_a_device_that_lists_no_vendor_is_told_of_none(witnesses: Witnesses) -> None:
    text = dash.manifest(witnesses.release, witnesses.release.tracks, [HERE], systems=Device().drm)
    assert "edef8ba9" not in text
    assert "9a04f079" not in text


def test_an_order_packaged_into_something_else_is_never_shown(encodes: Path, tmp_path: Path) -> None:
    """Two rungs that are cut at other frames: a player could not switch between them."""
    order = an_order(encodes, tmp_path / "work", "clear")
    other = film(tmp_path / "other.mp4", seconds=SECONDS, sound=False, options=("-g", "24", "-sc_threshold", "0"))
    wrong = replace(order, video=(order.video[0], replace(order.video[1], path=str(other))))
    blobs = FolderBlobs(tmp_path / "blobs", SystemClock())
    with pytest.raises(ReleaseIncomplete, match="video-180p is not cut where video-90p is"):
        asyncio.run(packaged(wrong, blobs))
    assert asyncio.run(everything(blobs)) == []


async def everything(blobs: FolderBlobs) -> list[str]:
    return [blob.key for blob in await blobs.find("")]
