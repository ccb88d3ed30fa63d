"""Software for appliances, from the console: a roll-out is started, looked at, held and taken back."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from matinee.wire.encoding import to_json
from matinee.wire.health import HealthReport
from matinee.wire.rollout import SlotReport
from tests.journeys.conftest import Published, shot
from tests.journeys.test_console import enter
from tests.running import ROOT, Service, new_service, running, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Person = Callable[..., Page]


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A service without a film, with a build, and the account of an operator."""
    with running(new_service(tmp_path_factory.mktemp("software"))) as service:
        service.run("rollout", "add", "spring", str(ROOT / "src"))
        email = "operator@journeys.example"
        yield Published(service, "", email, service.add_person(email, "Ada"))


@contextmanager
def reporting(service: Service, appliance_id: str) -> Iterator[None]:
    """An appliance that was started with slots, as far as steering hears of it: it reports each second, and fetches nothing."""
    token, over = (service.data / "secrets" / "agent.token").read_text().strip(), threading.Event()

    def report() -> None:
        for sequence in itertools.count(1):
            told = HealthReport(
                appliance_id, "flash", "http://127.0.0.1:9", datetime.now(UTC), sequence, "boot", (), 0, 10**9, 0.0,
                build="winter", slot=SlotReport(build="winter"),
            )  # fmt: skip
            assert service.call("POST", "/edge/agent/health", json.loads(to_json(told)), token=token)[0] == 200
            if over.wait(1):
                return

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(report)
        try:
            yield
        finally:
            over.set()
        done.result()


def test_an_operator_gives_appliances_a_build_holds_it_and_takes_it_back(person: Person, desk: Published) -> None:
    page, service = person(), desk.service
    enter(page, desk, "fleet")
    page.get_by_test_id("fleet-software").press("Enter")
    order = page.get_by_test_id("order-rollout")
    page.get_by_test_id("rollout").press("Enter")
    expect(order).to_contain_text("Choose a build")
    order.locator("[name=rollout-build]").select_option("spring")
    order.locator("[name=rollout-reason]").fill("it is faster")
    page.get_by_test_id("rollout").press("Enter")
    expect(page.get_by_test_id("what-rolls")).to_contain_text("spring")
    page.get_by_test_id("confirm-rollout").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("--slots")  # nobody could take it yet

    with reporting(service, "oca-1"):
        token = service.operator()
        wait_until(lambda: "oca-1" in str(service.call("GET", "/edge/appliances", token=token)[1]))
        page.get_by_test_id("confirm-rollout").press("Enter")
        entry = page.get_by_test_id("rollout-entry").filter(has_text="it is faster")
        expect(entry.get_by_test_id("rollout-state")).to_have_text("Running")
        expect(entry.get_by_test_id("rollout-sum")).to_contain_text("0 of 1 have it. 1 on the way.", timeout=20_000)
        expect(entry.get_by_test_id("rollout-members")).to_contain_text("oca-1")
        shot(page, "console-software")

        for command, state in (("pause", "Paused"), ("resume", "Running"), ("abort", "Went back")):
            entry.get_by_test_id(f"rollout-{command}").press("Enter")
            page.get_by_test_id("confirm-command").press("Enter")
            expect(page.get_by_role("dialog")).to_contain_text("Say why")
            page.locator("[name=command-reason]").fill(f"to {command} it")
            page.get_by_test_id("confirm-command").press("Enter")
            expect(entry.get_by_test_id("rollout-state")).to_have_text(state, timeout=20_000)
            expect(entry).to_contain_text(f"to {command} it")
    expect(entry.get_by_test_id("rollout-abort")).to_have_count(0)
    expect(entry.get_by_test_id("rollout-details")).to_be_focused()
    entry.get_by_test_id("rollout-members").scroll_into_view_if_needed()
    shot(page, "console-software-back")

    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
