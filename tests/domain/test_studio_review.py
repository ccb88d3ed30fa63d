"""What a person judges a version by: the report with its pictures, the review queue, and the decision."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Never
from uuid import UUID, uuid5

import httpx
import pytest
from PIL import Image, ImageStat

from matinee.kernel.quantities import minutes
from matinee.studio.production.api import (
    FileRef,
    FindingStatus,
    IngestRequest,
    Metadata,
    NoReport,
    NothingInProduction,
    ReviewReason,
    SidecarText,
    VersionReport,
)
from matinee.studio.production.model.reviewing import review_reason
from matinee.studio.production.service.arrivals import Arrivals
from matinee.studio.production.store import Version, add_version, all_versions, ask_for_review
from tests.builders import NOON
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.domain.test_studio_endings import Gate
from tests.domain.test_studio_http import opened_client
from tests.media import film

pytestmark = pytest.mark.ffmpeg
BLACK = "drawbox=enable='between(n,30,33)':c=black:t=fill"
"""Four frames that go black from one to the next."""
ELSEWHERE = "01a1fcc8-d294-7b94-9f37-1e199d590000"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


async def test_whoever_judges_a_version_sees_what_was_found_what_was_measured_and_frames_to_compare(
    house: StudioHouse, tmp_path: Path
) -> None:
    master = film(tmp_path / "master.mp4", seconds=3, size="192x108", sound=False, video_filter=BLACK)
    ready = await house.publish(master)
    report = await house.production.report(TITLE)
    assert report.status.release_id == ready.release_id
    check_findings(report)
    check_measured(report)
    await check_pictures(house, report)
    await check_http(house, report)
    await check_decision(house, report)
    await house.production.delete(TITLE)
    assert await house.stored("reports/") == []


def check_findings(report: VersionReport) -> None:
    assert report.evidence is not None
    (black,) = [finding for finding in report.evidence.findings if finding.code == "black"]
    assert (black.severity, black.frame, black.frames) == ("warning", 30, 4)
    assert [still.frame for still in black.stills] == [29, 30, 32]
    assert report.evidence.curves
    assert report.evidence.fixed
    assert all(point.kbps > 0 for points in report.evidence.curves for point in points)


def check_measured(report: VersionReport) -> None:
    evidence = report.evidence
    assert evidence is not None
    offered = sorted((r for r in evidence.rungs if r.measured is not None), key=lambda rung: rung.expected.kbps)
    assert [rung.height for rung in offered] == [rung.height for rung in report.status.ladder]
    seconds = evidence.frames / evidence.frames_per_second
    for rung, status in zip(offered, report.status.ladder, strict=True):
        assert rung.measured is not None
        assert (rung.measured.kbps, rung.measured.vmaf) == (status.kbps, status.vmaf)
        assert rung.measured.vmaf_phone == pytest.approx(rung.expected.vmaf_phone, abs=15)
        assert len(rung.measured.segment_vmaf) == len(evidence.segments)
        assert len(rung.measured.scene_kbps) == len(evidence.scenes)
        assert rung.measured.vmaf_first_percentile <= rung.measured.vmaf
        ends = [*evidence.scenes[1:], evidence.frames]
        lengths = [(end - start) / evidence.frames_per_second for start, end in zip(evidence.scenes, ends, strict=True)]
        within = sum(kbps * s for kbps, s in zip(rung.measured.scene_kbps, lengths, strict=True)) / seconds
        assert 0.5 * rung.measured.kbps < within < rung.measured.kbps  # without the container's own bytes


async def check_pictures(house: StudioHouse, report: VersionReport) -> None:
    evidence, release = report.evidence, report.status.release_id
    assert evidence is not None
    offered = {rung.id for rung in evidence.rungs if rung.measured is not None}
    assert len(evidence.compared) == 2
    for place in evidence.compared:
        assert set(place.rungs) == offered
        sizes = {(await picture(house, release, name)).size for name in (place.source, *place.rungs.values())}
        assert sizes == {(evidence.width, evidence.height)}
    (black,) = [finding for finding in evidence.findings if finding.code == "black"]
    light = [ImageStat.Stat((await picture(house, release, s.name)).convert("L")).mean[0] for s in black.stills]
    assert light[0] > 60 > 5 > max(light[1:])
    for name in ("evidence.json", "none.jpg", "../x.jpg"):
        with pytest.raises(NoReport):
            await house.production.report_picture(TITLE, release, name)


async def picture(house: StudioHouse, release_id: str, name: str) -> Image.Image:
    return Image.open(io.BytesIO(await house.production.report_picture(TITLE, release_id, name)))


async def check_http(house: StudioHouse, report: VersionReport) -> None:
    assert report.evidence is not None
    release = report.status.release_id
    async with opened_client(house) as client:
        shown = (await client.get(f"/content/{TITLE}/report", params={"release_id": release})).json()
        assert shown["evidence"]["frames"] == report.evidence.frames
        name = report.evidence.compared[0].source
        answer: httpx.Response = await client.get(f"/content/{TITLE}/report/{release}/frames/{name}")
        assert (answer.status_code, answer.headers["content-type"], answer.content[:2]) == (
            200,
            "image/jpeg",
            b"\xff\xd8",
        )
        assert (await client.get(f"/content/{TITLE}/report", params={"release_id": ELSEWHERE})).status_code == 404
        (item,) = (await client.get("/content/review")).json()["items"]
        assert (item["why"], item["status"]["release_id"]) == ("found", release)
        said = {"decision": "approve", "reason": "meant so", "release_id": release}
        assert (await client.post(f"/content/{TITLE}/qc-decision", json=said)).status_code == 200


async def check_decision(house: StudioHouse, report: VersionReport) -> None:
    assert await house.production.review() == ()
    decided = await house.production.report(TITLE, report.status.release_id)
    assert [(made.decision, made.by, made.reason) for made in decided.decisions] == [("approve", "account", "meant so")]
    with pytest.raises(NoReport):
        await house.production.qc_decision(TITLE, "approve", by="someone", release_id=ELSEWHERE)
    with pytest.raises(NothingInProduction):
        await house.production.report(ELSEWHERE)


async def put(house: StudioHouse, release_id: str, edition: str, why: ReviewReason | None, *, minute: int) -> None:
    """A version, and why a person should look at it, as its journey notes it."""
    at = NOON + minutes(minute)
    version = Version(release_id, TITLE, f"run-{release_id}", edition, "0" * 64, "fast", "Boat", "", None, at)
    await house.database.write(lambda work: add_version(work, version) and None)
    if why is not None:
        await house.database.write(lambda work: ask_for_review(work, release_id, why))


async def waiting(house: StudioHouse) -> list[tuple[str, str]]:
    return [(item.status.release_id, item.why) for item in await house.production.review()]


async def test_findings_come_before_the_sample_and_a_decision_is_on_the_master_whichever_version_was_looked_at(
    house: StudioHouse,
) -> None:
    await put(house, "damaged-fast", "damaged", "found", minute=1)
    await put(house, "clean", "clean", "sampled", minute=2)
    await put(house, "damaged-full", "damaged", "found", minute=3)
    await put(house, "nobody-need-look", "other", None, minute=4)
    assert await waiting(house) == [("damaged-full", "found"), ("clean", "sampled")]

    await house.production.qc_decision(TITLE, "approve", by="ada", reason="night scene", release_id="damaged-fast")
    assert await waiting(house) == [("clean", "sampled")]
    await put(house, "damaged-later", "damaged", "found", minute=5)  # a profile that was made after the decision
    assert await waiting(house) == [("clean", "sampled")]
    for release, reasons in (("damaged-full", ["night scene"]), ("clean", [])):
        report = await house.production.report(TITLE, release)
        assert [made.reason for made in report.decisions] == reasons
        assert report.evidence is None


async def test_whether_a_clean_master_is_in_the_sample_is_drawn_once_for_all_its_releases(tmp_path: Path) -> None:
    async with studio(tmp_path / "house", stand_ins=True, review_one_in=2) as house:
        for name in ("Boat", "Ship"):
            told = Metadata(names={"en": name}, id=str(uuid5(UUID(TITLE), name)))
            master = stand_in(tmp_path / f"{name}.film", name=name, seconds=4)
            await house.publish(master, profiles=("fast", "full"), metadata=told)
        made = [version for version in await house.database.read(all_versions) if version.profile != "preview"]
        assert len(made) == 4
        asked = {item.status.edition for item in await house.production.review()}
        for version in made:
            drawn = review_reason(version.edition, (), one_in=2)
            assert (version.review or None, version.edition in asked) == (drawn, drawn is not None)


async def test_nobody_is_asked_to_look_at_what_was_canceled(house: StudioHouse) -> None:
    await put(house, "ended", "ended", "found", minute=1)
    await house.workflows.start("a kind nobody works on here", "run-ended", {})
    assert await waiting(house) == [("ended", "found")]
    await house.production.cancel(TITLE)
    assert await waiting(house) == []


async def test_a_decision_on_one_master_is_none_on_another(house: StudioHouse) -> None:
    await put(house, "older", "older", "found", minute=1)
    await put(house, "better", "better", "found", minute=2)
    for name in ("older", "better"):
        await house.workflows.start("a kind nobody works on here", f"run-{name}", {})
    await house.production.qc_decision(TITLE, "reject", by="ada", release_id="older")
    states = {version.release_id: version.state for version in await house.production.status(TITLE)}
    assert states == {"older": "canceled", "better": "waiting"}
    await house.production.qc_decision(TITLE, "approve", by="ada", release_id="older")
    states = {version.release_id: version.state for version in await house.production.status(TITLE)}
    assert states == {"older": "canceled", "better": "waiting"}


async def test_subtitles_in_another_script_than_they_say_are_named_before_anyone_reads_them(tmp_path: Path) -> None:
    words = f"1\n00:00:00,500 --> 00:00:03,000\n{'Как дела сегодня? ' * 3}\n"
    (tmp_path / "he.srt").write_text(words)
    told = Metadata(names={"en": "Boat"}, subtitles=(SidecarText("he.srt", "he", "Hebrew"),))
    async with studio(tmp_path / "house", stand_ins=True) as house:
        status = await house.publish(stand_in(tmp_path / "boat.film"), metadata=told, he_srt=tmp_path / "he.srt")
        sentence = "he.srt: it says Hebrew (he), and is written in Cyrillic."
        assert FindingStatus("note", "subtitle-script", sentence) in status.findings
        assert sentence in (await house.release(status.release_id)).notes


async def test_who_judges_a_film_that_is_still_made_does_not_wait_for_a_forecast_of_the_farm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> Never:
        raise AssertionError("nobody asked when it will be made")

    gate = Gate()
    async with studio(tmp_path / "house", stand_ins=True) as house, opened_client(house) as client:
        monkeypatch.setattr(house.encoding, "inspect", gate.before(house.encoding.inspect))
        begun = await house.production.ingest(IngestRequest(FileRef(path=str(stand_in(tmp_path / "boat.film")))))
        await gate.reached()
        monkeypatch.setattr(Arrivals, "remaining_s", slow)
        for path in (f"{TITLE}/artwork", f"{TITLE}/report", "review"):
            answer = await client.get(f"/content/{path}")
            assert answer.status_code == 200, path
        assert begun.state == "waiting"
