"""Problem documents say what the caller may know, and nothing more."""

import json

from matinee.kernel.errors import Conflict, InvalidInput
from matinee.kernel.processes import ProgramFailed
from matinee.wire.problems import TYPE_BASE, problem, render
from matinee.wire.tickets import TicketRefused


def test_a_refusal_is_told_with_its_sentence_and_members() -> None:
    status, body = problem(InvalidInput("Give a title.", field="title"), request_id="r1")
    assert status == 400
    assert json.loads(render(body)) == {
        "type": TYPE_BASE + "invalid-input",
        "title": "Bad Request",
        "status": 400,
        "detail": "Give a title.",
        "field": "title",
        "request_id": "r1",
    }


def test_an_unexpected_error_says_nothing_about_its_insides() -> None:
    for error in (RuntimeError("password=hunter2"), ProgramFailed("ffmpeg", "ended with status 1", "/srv/masters/x")):
        status, body = problem(error, request_id="r2")
        assert status == 500
        assert "hunter2" not in render(body).decode()
        assert "masters" not in render(body).decode()


def test_a_refused_ticket_is_answered_without_the_reason() -> None:
    _, body = problem(TicketRefused("bad signature"), request_id="r3")
    assert "signature" not in render(body).decode()


def test_members_never_replace_the_fields_of_the_standard() -> None:
    status, body = problem(Conflict("Taken.", status=200, type="nice"), request_id="r4")
    assert (status, body["status"], body["type"]) == (409, 409, TYPE_BASE + "conflict")
