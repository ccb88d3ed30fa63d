"""Hypothesis strategies for the values of the control plane, one place for all domains.

Each draws what its door lets in: instants are aware and around `NOON`, ids are ids, heights are heights that exist.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from matinee.control.catalog.api import Rights, TitleState, Viewer, Window
from matinee.control.playback.api import ActiveStream, Device
from matinee.kernel.ids import SessionId, TitleId
from matinee.wire.health import HealthReport
from matinee.wire.releases import Release, Track
from tests import examples
from tests.builders import NOON, an_id, make_release, make_report, make_track

few = examples.of(40)
"""For properties over large values: the whole unit folder has ten seconds."""

COUNTRIES = ("DE", "JP", "BR")
AGES = (0, 7, 13, 16, 17, 18)


def instants() -> st.SearchStrategy[datetime]:
    """Within two days of noon, to the second, so that borders meet; in any zone, since an instant has none."""
    zones = st.integers(-12, 14).map(lambda h: timezone(timedelta(hours=h)))
    moments = st.integers(-48, 48).map(lambda h: NOON + timedelta(hours=h))
    return st.builds(lambda at, zone: at.astimezone(zone), moments, zones | st.just(UTC))


def windows() -> st.SearchStrategy[Window]:
    """Half-open and perhaps empty (an end before its start), as a store might hold them."""
    return st.builds(
        Window,
        country=st.sampled_from((*COUNTRIES, "*")),
        start=st.none() | instants(),
        end=st.none() | instants(),
        plan_rank=st.integers(0, 2),
    )


def rights() -> st.SearchStrategy[Rights]:
    states: st.SearchStrategy[TitleState] = st.sampled_from(("preparing", "available", "withdrawn"))
    return st.builds(
        Rights,
        title_id=st.just(TitleId(an_id(1))),
        state=states,
        maturity=st.sampled_from(AGES),
        windows=st.lists(windows(), max_size=4).map(tuple),
    )


def viewers() -> st.SearchStrategy[Viewer]:
    return st.builds(Viewer, st.sampled_from((*COUNTRIES, "XX")), st.sampled_from(AGES), st.integers(0, 2))


def heights() -> st.SearchStrategy[int]:
    """Those of real ladders, and the borders of the tiers."""
    return st.sampled_from((144, 240, 360, 480, 540, 576, 577, 720, 721, 1080, 1081, 1440, 2160))


def tracks() -> st.SearchStrategy[Track]:
    video = st.builds(
        lambda height, codec, light: make_track(
            height=height, codecs=codec, id=f"v{height}-{codec.partition('.')[0]}-{light}", video_range=light
        ),
        heights(),
        st.sampled_from(("avc1.640028", "hvc1.1.6.L120", "av01.0.08M.08")),
        st.sampled_from((None, "SDR", "PQ", "HLG")),
    )
    audio = st.builds(
        lambda language, codec: make_track("audio", language=language, codecs=codec),
        st.sampled_from(("en", "ja", "ar")),
        st.sampled_from(("mp4a.40.2", "ec-3")),
    )
    text = st.builds(lambda language: make_track("text", language=language), st.sampled_from(("en", "ja", "ar")))
    return video | audio | text


def releases() -> st.SearchStrategy[Release]:
    """Any mixture of tracks, in the clear or not; perhaps without a picture."""
    return st.builds(
        lambda found, scheme: make_release(tracks=found, scheme=scheme),
        st.lists(tracks(), max_size=12, unique_by=lambda t: t.id),
        st.sampled_from(("cbcs", "cenc", "clear")),
    )


def devices() -> st.SearchStrategy[Device]:
    return st.builds(
        Device,
        codecs=st.lists(st.sampled_from(("avc1", "hvc1", "av01", "mp4a", "ec-3")), unique=True).map(tuple),
        drm=st.lists(st.sampled_from(("org.w3.clearkey", "com.widevine.alpha")), unique=True).map(tuple),
        max_height=heights() | st.integers(-1, 5000),
        hdr=st.booleans(),
    )


def streams() -> st.SearchStrategy[list[ActiveStream]]:
    """What an account has not ended yet: begun up to two minutes before noon, each its own session."""
    ages = st.lists(st.integers(0, 120), max_size=10)
    return ages.map(
        lambda found: [
            ActiveStream(SessionId(an_id(n)), TitleId(an_id(1)), f"device-{n}", NOON - timedelta(seconds=age))
            for n, age in enumerate(found)
        ]
    )


def reports(release_id: str) -> st.SearchStrategy[list[HealthReport]]:
    """A fleet of which some hold the release, some are silent, some are full of work."""
    one = st.builds(
        lambda kind, holds, silence, load: make_report(
            kind=kind, releases=[release_id] if holds else [], at=NOON - timedelta(seconds=silence), load=load
        ),
        st.sampled_from(("origin", "storage", "flash")),
        st.booleans(),
        st.integers(0, 10),
        st.floats(0, 1),
    )
    # An appliance has one latest report, so every id stands once.
    return st.lists(one, max_size=8).map(
        lambda fleet: [replace(report, appliance_id=f"edge-{n}") for n, report in enumerate(fleet)]
    )
