"""Spans: which trace a process joins, what it tells of its part, and what it hands on."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from matinee.kernel import log
from matinee.kernel.chance import SeededChance
from matinee.kernel.context import traceparent
from matinee.kernel.errors import NotFound
from matinee.kernel.ids import Ids
from matinee.resilience.spans import Spans, passed_on, traced
from tests.unit.test_resilience_calls import LogicalClock

TRACE, ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{ABOVE}-01"
REQUEST = "0190a2b4-0000-7000-8000-000000000001"
VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


class Told:
    """What was written."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def __call__(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture(params=["debug"])
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    stream = io.StringIO()
    log.configure(level=request.param, stream=stream)
    yield Told(stream)
    log.configure(level="info")


def at_info(test: Any) -> Any:
    return pytest.mark.parametrize("told", ["info"], indirect=True)(test)


@pytest.fixture
def spans() -> Spans:
    clock = LogicalClock()
    return Spans("playback", clock, Ids(clock, SeededChance("spans")))


def test_a_span_names_its_trace_its_parent_and_how_long_it_took(told: Told, spans: Spans) -> None:
    with spans.answering("POST play", GIVEN) as span:
        spans.clock.at += 0.25  # type: ignore[attr-defined]  # a LogicalClock
        span.outcome = "200"
    (line,) = told()
    assert (line["trace_id"], line["parent_span_id"], line["seconds"]) == (TRACE, ABOVE, 0.25)
    assert (line["service"], line["name"], line["kind"], line["outcome"]) == ("playback", "POST play", "server", "200")


def test_whom_we_ask_is_below_the_span_of_the_asking(told: Told, spans: Spans) -> None:
    with spans.answering("POST play", GIVEN), spans.asking("catalog.playable"):
        given = passed_on()["traceparent"]
    asking, answering = told()
    assert given == f"00-{TRACE}-{asking['span_id']}-01"
    assert asking["parent_span_id"] == answering["span_id"]
    assert passed_on() == {}, "what comes after is none of this request's"


def test_a_span_that_an_error_ends_names_it(told: Told, spans: Spans) -> None:
    with pytest.raises(NotFound), spans.asking("catalog.playable"):
        raise NotFound("There is none.")
    (line,) = told()
    assert line["outcome"] == "NotFound"


@pytest.mark.parametrize(
    "given",
    [None, "", "00-short-01", f"00-{'0' * 32}-{ABOVE}-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-{ABOVE}-01"],
)
def test_without_a_trace_one_begins_that_is_named_after_the_request(
    told: Told, spans: Spans, given: str | None
) -> None:
    with spans.answering("POST play", given, request=REQUEST):
        assert VALID.match(passed_on()["traceparent"])
    (line,) = told()
    assert (line["trace_id"], line["parent_span_id"]) == (REQUEST.replace("-", ""), None)


def test_a_request_named_by_its_client_gets_a_trace_of_its_own(told: Told, spans: Spans) -> None:
    with spans.answering("POST play", None, request="a-name-of-the-clients"):
        assert VALID.match(passed_on()["traceparent"])


@at_info
def test_who_records_nothing_hands_on_what_it_was_given(told: Told, spans: Spans) -> None:
    with spans.answering("POST play", GIVEN), spans.asking("catalog.playable"):
        assert passed_on() == {"traceparent": GIVEN}
    with spans.answering("POST play", None, request=REQUEST):
        assert VALID.match(passed_on()["traceparent"])
        assert traceparent.get() is not None
    assert told() == []


class Clerk(Protocol):
    async def greet(self, name: str) -> str: ...


class PoliteClerk:
    async def greet(self, name: str) -> str:
        return f"hello {name}"


async def test_calls_inside_a_process_are_spans_too(told: Told, spans: Spans) -> None:
    clerk: Clerk = traced(Clerk, PoliteClerk(), name="clerk", spans=spans)
    with spans.answering("GET greeting", GIVEN):
        assert await clerk.greet("Ada") == "hello Ada"
    inside, answering = told()
    assert (inside["name"], inside["kind"]) == ("clerk.greet", "internal")
    assert inside["parent_span_id"] == answering["span_id"]


@at_info
async def test_calls_inside_a_process_cost_nothing_where_nothing_is_recorded(told: Told, spans: Spans) -> None:
    own = PoliteClerk()
    assert traced(Clerk, own, name="clerk", spans=spans) is own
