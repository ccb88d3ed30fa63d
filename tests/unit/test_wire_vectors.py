"""The vectors bind Python and TypeScript: what one side signs the other must read, and both must refuse alike."""

import hashlib
import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import from_epoch_ms
from matinee.wire.callers import Caller
from matinee.wire.clients import spelled
from matinee.wire.encoding import from_json, to_json
from matinee.wire.events import EVENTS, Envelope, unseal
from matinee.wire.releases import Release, files_of
from matinee.wire.tickets import EdgeTicket, LicenseToken, PlayToken, TicketRefused, admits, is_for, verify
from tools import schemas, vectors

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
KINDS: dict[str, type[Any]] = {kind.purpose: kind for kind in (EdgeTicket, PlayToken, LicenseToken, Caller)}
EVENT_KINDS = {kind.type: kind for kind in EVENTS}

TICKETS = json.loads((VECTORS / "tickets.json").read_text())
RELEASES = json.loads((VECTORS / "releases.json").read_text())
EVENT_CASES = json.loads((VECTORS / "events.json").read_text())


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case.get("name", case.get("type"))) for case in cases]


def plain(value: object) -> Any:
    """As the other side sees it: JSON knows no tuples."""
    return json.loads(to_json(value))


def judge(ticket: str, purpose: str) -> Any:
    keys = {kid: bytes.fromhex(key) for kid, key in TICKETS["keys"].items()}
    return verify(ticket, KINDS[purpose], keys, now=from_epoch_ms(TICKETS["now"] * 1000))


@pytest.mark.parametrize("case", named(TICKETS["cases"]))
def test_every_ticket_is_judged_as_its_vector_says(case: dict[str, Any]) -> None:
    if "payload" in case:
        assert plain(judge(case["ticket"], case["purpose"])) == case["payload"]
    else:
        with pytest.raises(TicketRefused) as refused:
            judge(case["ticket"], case["purpose"])
        assert refused.value.reason == case["refused"]


def test_a_refused_ticket_does_not_tell_the_caller_why() -> None:
    with pytest.raises(TicketRefused) as refused:
        judge("forged.ticket", "edge")
    assert refused.value.members == {}
    assert "malformed" not in refused.value.sentence


@pytest.mark.parametrize("case", TICKETS["admits"])
def test_a_ticket_opens_its_own_release_and_tiers_only(case: dict[str, Any]) -> None:
    ticket = judge(case["ticket"], "edge")
    assert admits(ticket, release=case["release"], tier=case["tier"]) is case["admits"]


@pytest.mark.parametrize("case", TICKETS["clients"])
def test_a_ticket_is_for_whoever_asks_from_the_network_that_it_names(case: dict[str, Any]) -> None:
    ticket = judge(case["ticket"], "edge")
    assert is_for(ticket, spelled(case["address"])) is case["is_for"]
    assert ip_address(case["address"]).packed.hex() == case["bytes"]


def test_the_vectors_hold_every_kind_of_refusal() -> None:
    assert {case["refused"] for case in TICKETS["cases"] if "refused" in case} == {
        "malformed",
        "unknown key",
        "bad signature",
        "expired",
    }


@pytest.mark.parametrize("case", named(RELEASES["valid"]))
def test_a_release_is_read_listed_and_written_back_to_the_same_bytes(case: dict[str, Any]) -> None:
    release = from_json(json.dumps(case["release"]), Release)
    assert [[path, stored.size, stored.sha256] for path, stored in files_of(release)] == case["files"]
    assert hashlib.sha256(to_json(release)).hexdigest() == case["canonical_sha256"]


@pytest.mark.parametrize("case", named(RELEASES["refused"]))
def test_a_wrong_release_is_refused_with_the_place_that_is_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"release\.json is not valid: .+"):
        from_json(json.dumps(case["release"]), Release, what="release.json")


@pytest.mark.parametrize("case", named(EVENT_CASES["valid"]))
def test_an_event_comes_out_of_its_envelope_as_it_went_in(case: dict[str, Any]) -> None:
    envelope = from_json(json.dumps(case["envelope"]), Envelope)
    event = unseal(envelope, EVENT_KINDS[case["type"]])
    assert plain(event) == case["event"]
    assert envelope.key == event.key


@pytest.mark.parametrize("case", named(EVENT_CASES["refused"]))
def test_a_wrong_event_is_refused(case: dict[str, Any]) -> None:
    envelope = from_json(json.dumps(case["envelope"]), Envelope)
    with pytest.raises((ValueError, InvalidInput)):
        unseal(envelope, EVENT_KINDS[case["type"]])


def test_every_event_type_has_a_vector() -> None:
    assert {case["type"] for case in EVENT_CASES["valid"]} == set(EVENT_KINDS)


def test_the_schemas_are_those_of_the_types() -> None:
    """`make bless` writes them again."""
    there = {path.name: path.read_text() for path in (VECTORS / "schemas").glob("*.json")}
    assert there == schemas.schemas()


def test_the_vectors_are_what_the_tool_writes() -> None:
    """`make bless` writes them again."""
    there = {path.name: path.read_text() for path in VECTORS.glob("*.json") if path.name in vectors.vectors()}
    assert there == vectors.vectors()


def test_every_valid_vector_fits_its_schema() -> None:
    def check(value: object, name: str) -> None:
        jsonschema.validate(value, json.loads((VECTORS / "schemas" / f"{name}.json").read_text()))

    names = {
        "edge": "tickets.edge-ticket",
        "play": "tickets.play-token",
        "license": "tickets.license-token",
        "caller": "callers.caller",
    }
    for case in TICKETS["cases"]:
        if "payload" in case:
            check(case["payload"], names[case["purpose"]])
    for case in RELEASES["valid"]:
        check(case["release"], "releases.release")
    for case in EVENT_CASES["valid"]:
        check(case["envelope"], "events.envelope")
