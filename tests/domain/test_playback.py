"""Playback through its api, on real engines: who may start, how many at once, and what a session keeps."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from matinee.control.catalog.api import TitleNotFound
from matinee.control.playback.api import (
    NoPreview,
    NothingForThisDevice,
    NowhereToPlayFrom,
    PlanInactive,
    PlaybackPlan,
    SessionEnded,
    SessionNotFound,
    TooManyStreams,
    TrackNotFound,
)
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import SessionId, TitleId
from matinee.kernel.quantities import Instant, Span, days, hours, minutes, seconds
from matinee.wire.beacons import Beacon, Heartbeat, Position
from matinee.wire.encoding import to_plain
from matinee.wire.releases import Release
from matinee.wire.tickets import EdgeTicket, LicenseToken, verify
from tests.builders import make_device, make_new_title, make_release, make_report, make_track, make_viewer
from tests.house import EDGE_RING, RING, House, Member


async def _play(house: House, member: Member, *, end_oldest: bool = False) -> PlaybackPlan:
    title = (await house.catalog.desk())[0].title.id
    return await house.playback.start(house.press_play(member, title, end_oldest=end_oldest))


async def _beat(house: House, member: Member, session: SessionId, *, position_ms: int = 0) -> None:
    await house.playback.heartbeat(member.account.id, session, Heartbeat(position_ms))


async def _later(house: House, span: Span) -> None:
    """Time passes; the edges go on reporting."""
    house.clock.advance(span)
    await house.edges_report()


async def _ended_because(house: House, member: Member, session: SessionId) -> str:
    with pytest.raises(SessionEnded) as ended:
        await _beat(house, member, session)
    reason = ended.value.members["reason"]
    assert isinstance(reason, str)
    return reason


async def test_pressing_play_gives_everything_a_player_needs(house: House) -> None:
    film, member = await house.add_film(make_new_title("Paper Harbour")), await house.add_member(plan="standard")
    plan = await _play(house, member)
    assert (plan.name, plan.release_id, plan.duration_ms) == ("Paper Harbour", film.release_id, 60_000)
    assert plan.drm_systems == ("org.w3.clearkey",)
    assert plan.thumbnails is not None
    assert plan.thumbnails.url_template.endswith("/clear/thumbs/$Number$.jpg")
    token = verify(plan.license_token, LicenseToken, RING.keys, now=house.clock.now())
    assert (token.release, token.session, token.account) == (film.release_id, plan.session_id, member.account.id)
    assert set(token.tiers) == {"sd", "hd", "fhd", "audio", "clear"}
    assert await house.events("viewing") == ["playback.started"]


async def test_manifests_hold_what_the_plan_has_paid_for_and_tickets_for_no_more(house: House) -> None:
    film, member = await house.add_film(), await house.add_member(plan="basic")
    plan = await _play(house, member)
    dash = await house.playback.dash(member.account.id, plan.session_id)
    master = await house.playback.hls_master(member.account.id, plan.session_id)
    media = await house.playback.hls_media(member.account.id, plan.session_id, "v720")
    for text in (dash, master):
        assert "v720" in text
        assert "v1080" not in text
    ticket = verify(media.split(".test/v1/")[1].split("/")[0], EdgeTicket, EDGE_RING.keys, now=house.clock.now())
    assert ticket.release == film.release_id
    assert set(ticket.tiers) == {"sd", "hd", "audio", "clear"}
    assert ticket.exp >= (house.clock.now() + hours(2)).timestamp()
    with pytest.raises(TrackNotFound):
        await house.playback.hls_media(member.account.id, plan.session_id, "v1080")


async def test_what_a_viewer_may_not_see_cannot_be_played(house: House) -> None:
    film, member = await house.add_film(make_new_title(rating="R")), await house.add_member()
    with pytest.raises(TitleNotFound):
        await house.playback.start(house.press_play(member, film.title_id, viewer=make_viewer(maturity=7)))


@pytest.mark.parametrize("device", [make_device(drm=()), make_device(codecs=("av01",)), make_device(max_height=100)])
async def test_a_device_that_cannot_show_it_is_told_and_holds_no_slot(house: House, device: object) -> None:
    film, member = await house.add_film(), await house.add_member(plan="basic")
    command = house.press_play(member, film.title_id, device=device)  # type: ignore[arg-type]  # one of the literals, from the parameters
    with pytest.raises(NothingForThisDevice):
        await house.playback.start(command)
    assert await _play(house, member)


async def test_without_a_plan_nothing_plays(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan=None)
    with pytest.raises(PlanInactive):
        await _play(house, member)


async def test_the_limit_is_refused_with_what_is_playing_and_the_plan_that_would_do(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    first = await _play(house, member)
    with pytest.raises(TooManyStreams) as refused:
        await _play(house, member)
    assert refused.value.members["allowed"] == 1
    assert refused.value.members["upgrade_to"] == "standard"
    active = to_plain(refused.value.members["active_streams"])
    assert isinstance(active, list)
    assert [s["session_id"] for s in active] == [first.session_id]


async def test_the_largest_plan_has_nothing_to_change_to(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="premium")
    for _ in range(4):
        await _play(house, member)
    with pytest.raises(TooManyStreams) as refused:
        await _play(house, member)
    assert "upgrade_to" not in refused.value.members


async def test_ending_the_oldest_makes_room_and_tells_the_one_that_ended(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="standard")
    first = await _play(house, member)
    house.clock.advance(seconds(1))
    second = await _play(house, member)
    house.clock.advance(seconds(1))
    third = await _play(house, member, end_oldest=True)
    assert await _ended_because(house, member, first.session_id) == "other_device"
    await _beat(house, member, second.session_id)
    await _beat(house, member, third.session_id)
    ended = await house.playback.session(member.account.id, first.session_id)
    assert (ended.end_reason, ended.ended_at) == ("other_device", house.clock.now())
    with pytest.raises(SessionEnded):
        await house.playback.renew(member.account.id, first.session_id, make_viewer())
    with pytest.raises(SessionEnded):
        await house.playback.dash(member.account.id, first.session_id)


async def test_a_slot_is_free_after_45_seconds_of_silence_and_not_before(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    first = await _play(house, member)
    await _later(house, seconds(30))
    await _beat(house, member, first.session_id)
    await _later(house, seconds(44))
    with pytest.raises(TooManyStreams):
        await _play(house, member)
    await _later(house, seconds(1))
    assert await _play(house, member)


async def test_a_silent_session_whose_place_was_taken_does_not_come_back(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    asleep = await _play(house, member)
    await _later(house, seconds(46))
    await _play(house, member)
    assert await _ended_because(house, member, asleep.session_id) == "silent"


async def test_a_silent_session_comes_back_where_there_is_still_room(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="standard")
    asleep = await _play(house, member)
    await _later(house, seconds(46))
    await _play(house, member)
    await _beat(house, member, asleep.session_id)
    with pytest.raises(TooManyStreams):
        await _play(house, member)


async def test_a_session_of_days_ago_is_over(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    old = await _play(house, member)
    await _later(house, days(2) + seconds(1))
    assert await _ended_because(house, member, old.session_id) == "expired"


async def test_fifty_starts_at_once_never_exceed_the_plan(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="premium")
    answers = await asyncio.gather(*(_play(house, member) for _ in range(50)), return_exceptions=True)
    assert [type(a) for a in answers].count(PlaybackPlan) == 4
    assert [type(a) for a in answers].count(TooManyStreams) == 46


async def test_fifty_starts_at_once_that_end_the_oldest_leave_as_many_as_the_plan_has(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="premium")
    plans = await asyncio.gather(*(_play(house, member, end_oldest=True) for _ in range(50)))
    sessions = [await house.playback.session(member.account.id, p.session_id) for p in plans]
    assert sum(s.ended_at is None for s in sessions) == 4


async def test_a_film_nobody_holds_takes_no_slot(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    house.clock.advance(seconds(6))  # every edge has fallen silent
    with pytest.raises(NowhereToPlayFrom):
        await _play(house, member)
    await house.edges_report()
    assert await _play(house, member)


async def test_a_session_of_another_account_does_not_exist(house: House) -> None:
    await house.add_film()
    mine, other = await house.add_member(), await house.add_member("eve@example.org")
    session = (await _play(house, mine)).session_id
    theirs = other.account.id
    position = Position(1000, house.clock.now())
    for call in (
        house.playback.heartbeat(theirs, session, Heartbeat(0)),
        house.playback.events(theirs, session, []),
        house.playback.position(theirs, session, position),
        house.playback.renew(theirs, session, make_viewer()),
        house.playback.dash(theirs, session),
        house.playback.end(theirs, session, reason="stopped"),
        house.playback.session(theirs, session),
    ):
        with pytest.raises(SessionNotFound):
            await call
    await _beat(house, mine, session)


async def test_a_stop_ends_the_session_and_events_after_it_are_still_taken(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="basic")
    plan = await _play(house, member)
    at = house.clock.now()
    await house.playback.events(member.account.id, plan.session_id, [Beacon("stop", 20_000, at)])
    assert await _ended_because(house, member, plan.session_id) == "stopped"
    house.clock.advance(minutes(1))
    await house.playback.events(member.account.id, plan.session_id, [Beacon("pause", 10_000, at - seconds(10))])
    assert await house.viewing.resume_ms(member.profile.id, TitleId(plan.title_id)) == 18_000
    assert await house.events("viewing") == ["playback.started", "playback.ended"]
    await house.edges_report()
    assert (await _play(house, member)).resume_ms == 18_000


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 2, 0, 1, 1)])
async def test_the_later_position_wins_whatever_order_positions_arrive_in(house: House, order: tuple[int, ...]) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    began = house.clock.now()
    house.clock.advance(minutes(1))
    for n in order:
        position = Position(10_000 * (n + 1), began + seconds(n))
        await house.playback.position(member.account.id, plan.session_id, position)
    assert await house.viewing.resume_ms(member.profile.id, TitleId(plan.title_id)) == 28_000


async def test_a_clock_that_runs_ahead_wins_nothing(house: House) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    ahead = Position(50_000, house.clock.now() + days(300))
    await house.playback.position(member.account.id, plan.session_id, ahead)
    house.clock.advance(seconds(10))
    await _beat(house, member, plan.session_id, position_ms=20_000)
    assert await house.viewing.resume_ms(member.profile.id, TitleId(plan.title_id)) == 18_000


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
async def test_a_clock_that_was_never_set_breaks_nothing(house: House, at: Instant) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    await house.playback.position(member.account.id, plan.session_id, Position(30_000, at))
    assert len(await house.viewing.history(member.profile.id)) == 1
    house.clock.advance(seconds(1))
    await _beat(house, member, plan.session_id, position_ms=20_000)
    assert await house.viewing.resume_ms(member.profile.id, TitleId(plan.title_id)) == 18_000


async def test_a_time_without_its_offset_is_refused(house: House) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    with pytest.raises(InvalidInput):
        await house.playback.position(
            member.account.id,
            plan.session_id,
            Position(1, datetime(2026, 11, 21, 12)),  # noqa: DTZ001 - naive on purpose
        )


@pytest.mark.parametrize("position_ms", [-5, 10**18])
async def test_positions_outside_the_film_are_put_to_its_ends(house: House, position_ms: int) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    await _beat(house, member, plan.session_id, position_ms=position_ms)
    (watched,) = await house.viewing.history(member.profile.id)
    assert watched.position_ms in (0, 60_000)


async def test_a_renewed_token_opens_the_same_and_lives_on(house: House) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    first = verify(plan.license_token, LicenseToken, RING.keys, now=house.clock.now())
    house.clock.advance(minutes(4))
    renewed = verify(
        await house.playback.renew(member.account.id, plan.session_id, make_viewer()),
        LicenseToken,
        RING.keys,
        now=house.clock.now(),
    )
    assert renewed.exp > first.exp
    assert replace(renewed, exp=first.exp, jti=first.jti) == first


async def test_a_session_keeps_its_release_when_the_title_moves_on(house: House) -> None:
    film, member = await house.add_film(), await house.add_member()
    plan = await _play(house, member)
    house.clock.advance(seconds(1))
    newer = replace(make_release(tracks=[make_track(height=360)]), title_id=film.title_id, release_id=house.ids.new())
    await house.store_release(newer)
    await house.place(newer)
    assert "v2160" in await house.playback.dash(member.account.id, plan.session_id)
    assert (await _play(house, member)).release_id == newer.release_id


async def test_a_film_in_the_clear_needs_no_key_system(house: House) -> None:
    film = await house.add_film(release=make_release(scheme="clear"))
    member = await house.add_member()
    plan = await house.playback.start(house.press_play(member, film.title_id, device=make_device(drm=())))
    assert "ContentProtection" not in await house.playback.dash(member.account.id, plan.session_id)


async def test_a_withdrawn_film_renews_no_license(house: House) -> None:
    film = await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    await house.catalog.withdraw(TitleId(film.title_id))
    with pytest.raises(TitleNotFound):
        await house.playback.renew(member.account.id, plan.session_id, make_viewer())


async def test_a_film_that_was_served_is_played_from_the_last_known_edges_when_none_is_heard(house: House) -> None:
    await house.add_film()
    member = await house.add_member(plan="premium")
    assert await _play(house, member)
    house.clock.advance(seconds(6))  # the service is too busy to hear any edge
    assert await _play(house, member)


async def test_a_track_that_is_not_played_is_said_to_be_none_not_the_session(house: House) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    with pytest.raises(TrackNotFound, match="no such track"):
        await house.playback.hls_media(member.account.id, plan.session_id, "nothing")


async def test_a_trailer_plays_for_whoever_is_signed_in_takes_no_stream_and_leaves_no_trace(house: House) -> None:
    film = await house.add_film()
    trailer = await house.add_film(replace(make_new_title("Teaser"), type="trailer", belongs_to=TitleId(film.title_id)))
    member, guest = await house.add_member(plan="basic"), await house.add_member("bob@example.org", plan=None)
    await house.playback.start(house.press_play(member, film.title_id))
    told = await house.events("viewing")
    for who in (member, guest):
        account = who.account.id
        plan = await house.playback.start(house.press_play(who, trailer.title_id))
        assert (plan.name, plan.release_id) == ("Teaser", trailer.release_id)
        assert trailer.release_id in await house.playback.dash(account, plan.session_id)
        assert await house.playback.renew(account, plan.session_id, make_viewer())
        await _beat(house, who, plan.session_id, position_ms=30_000)
        again = await house.playback.start(house.press_play(who, trailer.title_id))
        assert again.resume_ms == 0
        await house.playback.end(account, again.session_id, reason="stopped")
        assert await house.viewing.history(who.profile.id) == []
    assert await house.events("viewing") == told
    with pytest.raises(TooManyStreams):
        await house.playback.start(house.press_play(member, film.title_id))
    with pytest.raises(PlanInactive):
        await house.playback.start(house.press_play(guest, film.title_id))


async def test_a_preview_is_fetched_from_the_edges_by_whoever_sees_its_title(house: House) -> None:
    film = await house.add_film(make_new_title(rating="PG-13"))
    film_id = TitleId(film.title_id)
    with pytest.raises(NoPreview):
        await house.playback.preview(make_viewer(), film_id)
    belonging = replace(make_new_title("Film"), type="preview", belongs_to=film_id)
    one_file = make_track(id="whole", tier="clear", protected=False)
    made = await house.add_film(belonging, release=replace(make_release(), tracks=(one_file,), scheme="clear"))
    found = await house.playback.preview(make_viewer(), film_id)
    url = found.urls[0]
    assert url.endswith(f"/{made.release_id}/clear/whole/{one_file.segments[0].file}")
    ticket = verify(url.split(".test/v1/")[1].split("/")[0], EdgeTicket, EDGE_RING.keys, now=house.clock.now())
    assert (ticket.release, ticket.tiers) == (made.release_id, ("clear",))
    with pytest.raises(TitleNotFound):
        await house.playback.preview(make_viewer(maturity=7), film_id)
    member = await house.add_member()
    with pytest.raises(TitleNotFound):
        await house.playback.start(house.press_play(member, made.title_id))


async def test_a_preview_is_shown_with_releases_of_the_master_it_was_cut_from_and_no_others(house: House) -> None:
    one_file = (make_track(id="whole", tier="clear", protected=False),)
    cut = replace(make_release(), tracks=one_file, scheme="clear")
    film = await house.add_film()
    film_id, member = TitleId(film.title_id), await house.add_member()
    older = await house.add_film(replace(make_new_title("Film"), type="preview", belongs_to=film_id), release=cut)

    async def shown() -> str | None:
        answer = await house.client(member).get(f"/api/v1/titles/{film_id}/metadata")
        page = answer.json()["data"]
        try:
            found = await house.playback.preview(make_viewer(), film_id)
        except NoPreview:
            assert not page["has_preview"]
            return None
        assert page["has_preview"]
        return found.urls[0].split("/")[-4]

    async def made(release: Release, title_id: str) -> Release:
        house.clock.advance(seconds(1))
        fresh = replace(release, title_id=title_id, release_id=house.ids.new(), source_sha256="b" * 64)
        await house.store_release(fresh)
        await house.place(fresh)
        return fresh

    assert await shown() == older.release_id
    await made(make_release(), film_id)
    assert await shown() is None
    newer = await made(cut, older.title_id)
    assert await shown() == newer.release_id
    await house.catalog.roll_back(film_id)
    assert await shown() == older.release_id, "it comes back with its film"


async def test_a_player_is_steered_to_the_edges_that_are_well_by_now(house: House) -> None:
    film, member = await house.add_film(), await house.add_member()
    await house.steering.report(make_report("transit-2", releases=[film.release_id]))
    plan = await _play(house, member)
    async with house.client(member) as client:
        address = f"/api/v1/playback/sessions/{plan.session_id}"
        manifest = (await client.get(f"{address}/manifest.mpd")).text
        first, second = re.findall(r'<BaseURL serviceLocation="([^"]+)"', manifest)[:2]
        assert {first, second} == {"flash-1", "transit-2"}
        assert f'<ContentSteering queryBeforeStart="false">{address}/steering<' in manifest
        asked = {"_DASH_pathway": f'"{second}"', "_DASH_throughput": "9000000"}
        told = await client.get(f"{address}/steering", params=asked)
        assert told.headers["cache-control"] == "private, no-store"
        assert told.json() == {"VERSION": 1, "TTL": 30, "PATHWAY-PRIORITY": [second, first, "origin-1"]}
        starved = {"_HLS_pathway": second, "_HLS_throughput": "20000"}
        assert (await client.get(f"{address}/steering", params=starved)).json()["PATHWAY-PRIORITY"][0] == first
        house.clock.advance(seconds(4))
        await house.report(appliance="origin-1", kind="origin")
        await house.steering.report(make_report("transit-2", releases=[film.release_id]))
        assert (await client.get(f"{address}/steering")).json()["PATHWAY-PRIORITY"] == ["transit-2", "origin-1"]
    async with house.client(await house.add_member("stranger@demo.example")) as stranger:
        assert (await stranger.get(f"{address}/steering")).status_code == 404


async def test_each_pathway_of_hls_has_its_playlists_and_its_segments(house: House) -> None:
    await house.add_film()
    member = await house.add_member()
    plan = await _play(house, member)
    async with house.client(member) as client:
        address = f"/api/v1/playback/sessions/{plan.session_id}"
        master = (await client.get(f"{address}/master.m3u8")).text
        assert f'#EXT-X-CONTENT-STEERING:SERVER-URI="{address}/steering",PATHWAY-ID="flash-1"' in master
        for pathway in ("flash-1", "origin-1"):
            (playlist, *_) = re.findall(rf"^hls/[^\n]+pathway={pathway}$", master, re.MULTILINE)
            media = (await client.get(f"{address}/{playlist}")).text
            assert set(re.findall(r"http://([^/]+)/", media)) == {f"{pathway}.test"}
        # An edge that has gone since is another's to stand in for.
        assert "flash-1.test" in (await client.get(f"{address}/{playlist.replace('origin-1', 'gone')}")).text
