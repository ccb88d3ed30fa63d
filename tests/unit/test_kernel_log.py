"""No ticket and no bearer token survives the log, wherever a caller put it."""

import errno
import io
import json
import logging
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matinee.kernel.context import request_id
from matinee.kernel.log import RedactingFormatter, configure, logger, redact
from matinee.wire.encoding import b64url
from matinee.wire.tickets import EdgeTicket, KeyRing, sign

RING = KeyRing("k", {"k": b"k" * 32})
tickets = st.builds(
    lambda release, exp: sign(EdgeTicket("k", release, ("hd",), exp, "session"), RING),
    st.text(max_size=20),
    st.integers(0, 1 << 40),
)
tokens = st.binary(min_size=24, max_size=48).map(b64url)
# What may stand before and after a secret in a line: anything that is not part of one.
edges = st.text(alphabet=" \"',;:()[]{}<>?/&\n\tä日", max_size=8)


@given(tickets, edges, edges)
@example("eyJ" + "a" * 40 + "." + "b" * 43, "", "?start=0")
def test_no_ticket_survives_in_free_text(ticket: str, before: str, after: str) -> None:
    body, mac = ticket.split(".")
    for text in (f"{before}{ticket}{after}", f"GET https://edge/v1/{ticket}{after}", f"{before}/v1/{ticket}/hd/1.m4s"):
        assert body not in redact(text)
        assert mac not in redact(text)


@given(tokens, edges)
def test_no_bearer_token_survives_in_free_text(token: str, before: str) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert token not in redact(f"{before}Authorization: {scheme} {token}")


@given(tickets, tokens)
def test_no_secret_survives_in_an_event_however_deep(ticket: str, token: str) -> None:
    stream = io.StringIO()
    configure(stream=stream)
    try:
        raise ValueError(f"no segment at /v1/{ticket}/hd/1.m4s for Bearer {token}")
    except ValueError:
        logger("edge").exception(
            f"failed for {ticket}",
            path=f"/v1/{ticket}?x",
            headers={"Authorization": f"Bearer {token}", "Cookie": token, "x-trace": ["ok", ticket]},
            password=token,
            play_token=token.encode(),
            error=RuntimeError(f"{ticket} was refused"),
        )
    line = stream.getvalue()
    assert ticket not in line
    assert token not in line


@pytest.mark.parametrize(
    "text",
    ["/v1/short/path", "/api/v1/play", "a release of 42 files", "Bearers of good news", "v1/eyJ", "eyJustice"],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_a_line_is_json_with_the_room_the_level_and_the_request() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    mark = request_id.set("req-7")
    try:
        logger("playback").info("started", streams=2, first=True, kid_key="k")
    finally:
        request_id.reset(mark)
    line = json.loads(stream.getvalue())
    assert (line["room"], line["level"], line["event"], line["request_id"]) == ("playback", "info", "started", "req-7")
    assert (line["streams"], line["first"], line["kid_key"]) == (2, True, "[redacted]")


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    configure(level="warning", stream=stream)
    logger("edge").info("quiet")
    assert stream.getvalue() == ""


def test_what_libraries_log_is_cut_too() -> None:
    ticket = sign(EdgeTicket("k", "r", ("hd",), 1, "s"), RING)
    record = logging.LogRecord("uvicorn", logging.INFO, "x", 1, "GET /v1/%s/hd/1.m4s", (ticket,), None)
    assert ticket not in RedactingFormatter("%(message)s").format(record)


class Full(io.StringIO):
    """A log on a disk without room."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    configure(stream=Full())
    logger("test").warning("the record waits")


def test_a_line_goes_to_the_errors_of_its_moment_and_is_lost_where_nobody_listens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.StringIO()
    with monkeypatch.context() as then:
        then.setattr(sys, "stderr", closed)
        configure()
    closed.close()
    logger("edge").error("now")
    assert "now" in capsys.readouterr().err
    configure(stream=closed)
    logger("edge").error("lost")
