"""Entitlement and slots: nothing beyond plan, device and codec is offered, and never too many screens are admitted."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.playback.api import SLOT_SILENCE_MAX, ActiveStream, Device, NothingForThisDevice
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base, numbered
from matinee.control.playback.model.entitlement import playable_tracks, tiers_of, usable_systems
from matinee.control.playback.model.renditions import sound_groups
from matinee.control.playback.model.streams import admit, live
from matinee.wire.releases import Release, Segment, Track, tiers_up_to
from tests.builders import (
    HASH,
    NOON,
    SECOND,
    make_device,
    make_plan,
    make_release,
    make_segments,
    make_stream,
    make_track,
)
from tests.strategies import devices, few, releases, streams

DASH = "{urn:mpeg:dash:schema:mpd:2011}"
BASE = Base("flash-1", "https://flash-1.example/v1/TICKET/RELEASE/")
plan_heights = st.sampled_from((720, 1080, 2160))


@few
@given(releases(), devices(), plan_heights)
def test_every_offered_track_is_within_plan_device_and_codec(release: Release, device: Device, height_max: int) -> None:
    try:
        offered = playable_tracks(release, device, height_max=height_max)
    except NothingForThisDevice:
        return
    assert any(t.kind == "video" for t in offered)
    assert set(offered) <= set(release.tracks)
    for track in offered:
        if track.kind == "video":
            assert (track.height or 0) <= min(height_max, device.max_height)
            assert device.hdr or track.video_range in (None, "SDR")
        if track.kind in ("video", "audio"):
            assert track.codecs.partition(".")[0] in device.codecs
    assert release.scheme == "clear" or usable_systems(device)


@few
@given(releases(), devices(), plan_heights)
def test_the_tiers_a_license_opens_are_the_plans_at_most(release: Release, device: Device, height_max: int) -> None:
    try:
        offered = playable_tracks(release, device, height_max=height_max)
    except NothingForThisDevice:
        return
    assert set(tiers_of(offered)) <= {*tiers_up_to(height_max), "audio", "clear"}


@few
@given(releases(), devices())
def test_a_refusal_means_there_is_nothing_to_show(release: Release, device: Device) -> None:
    try:
        playable_tracks(release, device, height_max=2160)
    except NothingForThisDevice:
        protected = release.scheme != "clear" and not usable_systems(device)
        assert protected or not any(
            t.kind == "video"
            and (t.height or 0) <= device.max_height
            and t.codecs.partition(".")[0] in device.codecs
            and (device.hdr or t.video_range in (None, "SDR"))
            for t in release.tracks
        )


@few
@given(releases(), devices())
def test_players_are_told_to_switch_within_a_codec_and_its_light_alone(release: Release, device: Device) -> None:
    try:
        offered = {track.id: track for track in playable_tracks(release, device, height_max=2160)}
    except NothingForThisDevice:
        return
    mpd = ElementTree.fromstring(dash.manifest(release, tuple(offered.values()), [BASE]))
    kinds: dict[str | None, set[tuple[str, str]]] = {}
    others: dict[str | None, list[str]] = {}
    for adaptation in mpd.iter(f"{DASH}AdaptationSet"):
        if adaptation.get("contentType") == "video":
            inside = [offered[r.get("id", "")] for r in adaptation.iter(f"{DASH}Representation")]
            kinds[adaptation.get("id")] = {(t.codecs.partition(".")[0], t.video_range or "SDR") for t in inside}
            told = [p.get("value", "") for p in adaptation.iter(f"{DASH}SupplementalProperty")]
            others[adaptation.get("id")] = [name for value in told for name in value.split(",")]
    assert all(len(kind) == 1 for kind in kinds.values())
    assert all(kinds[name] == kinds[other] for name, names in others.items() for other in names)


@few
@given(releases(), devices())
def test_whatever_is_offered_can_be_written_as_manifests(release: Release, device: Device) -> None:
    try:
        offered = playable_tracks(release, device, height_max=2160)
    except NothingForThisDevice:
        return
    assert dash.manifest(release, offered, [BASE]).count("<Representation ") == len(offered)
    assert hls.master(release, offered, lambda t, _: t.id).startswith("#EXTM3U")


def test_a_smaller_plan_keeps_the_larger_pictures_out() -> None:
    offered = playable_tracks(make_release(), make_device(), height_max=make_plan("basic").height_max)
    assert [t.height for t in offered if t.kind == "video"] == [540, 720]
    assert tiers_of(offered) == ("sd", "hd", "audio", "clear")


def test_a_portrait_is_worth_what_the_same_picture_lying_is() -> None:
    portrait = replace(make_track(height=1280, tier="hd"), width=720)
    offered = playable_tracks(make_release(tracks=[portrait]), make_device(), height_max=720)
    assert [t.id for t in offered] == ["v1280"]
    with pytest.raises(NothingForThisDevice):
        playable_tracks(make_release(tracks=[portrait]), make_device(), height_max=719)


def test_a_track_without_segments_is_not_offered() -> None:
    empty = make_track(height=1080, segments=())
    offered = playable_tracks(make_release(tracks=[make_track(), empty]), make_device(), height_max=2160)
    assert [t.id for t in offered] == ["v720"]


def test_sound_alone_is_not_a_film() -> None:
    with pytest.raises(NothingForThisDevice):
        playable_tracks(make_release(tracks=[make_track("audio")]), make_device(), height_max=2160)


heard_of = st.sets(st.integers(0, 9))
allowances = st.sampled_from((1, 2, 4))


@few
@given(streams(), heard_of, allowances, st.booleans())
def test_never_more_than_allowed_can_go_on(
    found: list[ActiveStream], heard: set[int], allowed: int, end_oldest: bool
) -> None:
    alive = {s.session_id for n, s in enumerate(found) if n in heard}
    held = live(found, alive, at=NOON)
    admission = admit(found, held, allowed=allowed, end_oldest=end_oldest)
    if admission.admitted:
        left = {s.session_id for s in found} - set(admission.end) - set(admission.forget)
        assert len(left) + 1 <= allowed
    else:
        assert not end_oldest
        assert len(held) >= allowed
        assert admission.end == admission.forget == ()


@few
@given(streams(), heard_of, allowances)
def test_who_may_end_the_oldest_is_always_admitted_and_ends_no_more_than_needed(
    found: list[ActiveStream], heard: set[int], allowed: int
) -> None:
    held = live(found, {s.session_id for n, s in enumerate(found) if n in heard}, at=NOON)
    admission = admit(found, held, allowed=allowed, end_oldest=True)
    assert admission.admitted
    assert len(admission.end) == max(0, len(held) + 1 - allowed)
    assert list(admission.end) == [s.session_id for s in held[: len(admission.end)]]
    assert not set(admission.forget) & {s.session_id for s in held}


def test_a_new_session_holds_its_slot_before_it_is_first_heard() -> None:
    fresh, old = make_stream(1, started_at=NOON), make_stream(2, started_at=NOON - SLOT_SILENCE_MAX)
    assert live([fresh, old], set(), at=NOON) == [fresh]
    assert live([fresh, old], {old.session_id}, at=NOON) == [old, fresh]
    nearly = make_stream(3, started_at=NOON - SLOT_SILENCE_MAX + SECOND)
    assert live([nearly], set(), at=NOON) == [nearly]


@pytest.mark.parametrize(
    ("names", "template"),
    [
        (("seg-1.m4s", "seg-2.m4s"), ("seg-$Number$.m4s", 1)),
        (("9.m4s", "10.m4s"), ("$Number$.m4s", 9)),
        (("seg-1.m4s", "seg-3.m4s"), None),
        (("seg-01.m4s", "seg-02.m4s"), None),
        (("only.m4s",), None),
    ],
)
def test_segments_are_a_template_when_their_names_count_up(
    names: tuple[str, ...], template: tuple[str, int] | None
) -> None:
    assert numbered([Segment(n, 0, 1, 1, HASH) for n in names]) == template


@given(st.lists(st.integers(1, 96_000 * 4), min_size=1, max_size=20))
def test_the_target_duration_is_never_less_than_a_rounded_segment(ticks: list[int]) -> None:
    segments = tuple(Segment(f"{n}.m4s", 0, t, 1, HASH) for n, t in enumerate(ticks))
    text = hls.media(make_release(), make_track(segments=segments), BASE, key_url=None)
    target = int(text.split("#EXT-X-TARGETDURATION:")[1].split("\n")[0])
    assert target >= max(1, *(int(t / 24_000 + 0.5) for t in ticks))


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_label_breaks_out_of_its_place(first: str, second: str) -> None:
    tracks = [
        make_track(protected=False),
        make_track("audio", label=first, protected=False),
        make_track("audio", id="other", label=second, protected=False),
    ]
    release = make_release(scheme="clear", tracks=tracks)
    text = hls.master(release, tracks, lambda t, _: t.id)
    assert len(text.splitlines()) == 3 + 2 + 2
    dash.manifest(release, tracks, [BASE]).encode()


def test_an_untidy_name_of_segments_is_said_and_not_guessed() -> None:
    strange = make_track(segments=(*make_segments(1), Segment("last.m4s", 0, 1, 1, HASH)))
    with pytest.raises(ValueError, match="v720"):
        dash.manifest(make_release(tracks=[strange]), [strange], [BASE])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=6))
def test_every_group_of_sounds_has_the_same_members_and_each_sound_once(has: list[tuple[bool, bool]]) -> None:
    tracks: list[Track] = []
    for number, (surround, opus) in enumerate(has):
        base = make_track("audio", id=f"a{number}")
        tracks.append(base)
        for wanted, codecs in ((surround, "ec-3"), (opus, "opus")):
            if wanted:
                tracks.append(replace(base, id=f"a{number}-{codecs}", codecs=codecs, rendition_of=base.id))
    groups = sound_groups(tracks)
    assert len(groups) == len({t.codecs for t in tracks})
    assert [g.id for g in groups[:1]] == ["audio"] * bool(tracks)
    for group in groups:
        assert [t.rendition_of or t.id for t in group.members] == [f"a{n}" for n in range(len(has))]
    assert {t.id for g in groups for t in g.members} == {t.id for t in tracks}


def test_surround_sound_and_imsc_are_for_who_asks() -> None:
    stereo = make_track("audio", id="a")
    surround = replace(stereo, id="a-eac3", codecs="ec-3", channels=6, rendition_of="a")
    words = make_track("text", id="t")
    imsc = replace(words, id="t-imsc", mime="application/ttml+xml", codecs="im1t", rendition_of="t")
    release = make_release(tracks=[make_track(), stereo, surround, words, imsc])

    def offered(device: Device) -> list[str]:
        return [t.id for t in playable_tracks(release, device, height_max=2160) if t.kind != "video"]

    assert offered(make_device()) == ["a", "t"]
    assert offered(make_device(codecs=("avc1", "mp4a", "ec-3"))) == ["a", "t"]
    theater = make_device(codecs=("avc1", "mp4a", "ec-3", "im1t"), audio=("stereo", "5.1"))
    assert offered(theater) == ["a", "a-eac3", "t", "t-imsc"]
