"""Every operation that the service describes, asked by everybody there is, with what fits its description and what does not.

Whatever is asked, an answer is one that the description knows, and never the service's own failure; and nobody gets further
than their role. Operations that come later are asked by themselves.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from litestar import Litestar
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matinee.app.doors import Doors
from matinee.app.house import House, open_house
from matinee.app.http import BELOW, control_app
from matinee.app.known_callers import KnownCallers
from matinee.app.openapi import ROLES, describe
from matinee.app.settings import Settings
from matinee.control.members.api import NewProfile

pytestmark = pytest.mark.timeout(280)

CASES = 3
"""For each operation, role, and kind of case: such as fit the description, and such as do not."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FOR_ANYBODY = {
    "POST /sessions",  # signing in
    "POST /sessions/second-step",  # ends a sign-in that began with a password
    "POST /accounts",  # signing up
    "POST /accounts/verify",  # a letter's token stands for the sign-in
    "POST /accounts/verify/again",
    "POST /accounts/password-reset",
    "PUT /accounts/password-reset",  # again a letter's token
    "GET /billing/plans",  # what it costs, before one signs up
    "GET /auth/ways",  # which buttons a sign-in has
    "GET /auth/oidc/{provider}/start",  # signing in by a provider
    "GET /auth/oidc/{provider}/callback",  # and coming back from it
    "POST /sessions/passkey/options",  # signing in by a passkey
    "POST /sessions/passkey",
    "POST /auth/device-code",  # a screen that nobody is signed in at yet
    "POST /auth/device-code/token",  # its own secret stands for the sign-in
}
"""What needs neither a sign-in nor a secret. Who adds to it says why."""
WITH_A_SECRET = ("/billing/webhooks/", "/edge/agent/", "/edge/builds/{sha256}/file", "/licenses/")
"""Asked by machines and players, which show a secret of their own: the agents' token, a license token."""
ENDS_THE_CALLER = {"DELETE /sessions/current", "DELETE /accounts/current", "DELETE /members/{account_id}/sessions"}
"""Asked last, or nobody would be signed in for the others."""
SAYS_WHO = ("authorization", "x-matinee-profile")
"""Headers that are the role's to send: they may be drawn as well."""
NOWHERE = "There is nothing at this address."
PASSWORD = "popcorn-and-velvet"


@dataclass(frozen=True)
class Role:
    name: str
    headers: Mapping[str, str]
    is_member: bool
    is_operator: bool = False


@dataclass(frozen=True)
class Operation:
    name: str
    """As `POST /sessions`."""
    is_signed_in: bool
    is_for_operators: bool
    cases: Sequence[Case[Any]]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = Settings(data=tmp_path, demo=False, country="DE", passwords="light")
    async with open_house(found, Doors()) as opened:
        yield opened


async def roles(house: House) -> list[Role]:
    found = [Role("nobody", {}, is_member=False)]
    for name, kids, granted in (("member", False, ()), ("child", True, ()), ("operator", False, ("operator",))):
        members, billing = house.services.members, house.services.billing
        account = await members.create(f"{name}@example.org", PASSWORD, country="DE", roles=granted)
        await billing.subscribe(account.id, "standard")
        profile = await members.add_profile(account.id, NewProfile(name, kids=kids))
        token = (await members.open_session(account.id, device="a test")).token
        bearer = {"authorization": f"Bearer {token}"}
        if not kids:
            found.append(Role(f"{name} without a profile", bearer, is_member=True, is_operator=bool(granted)))
        chosen = {**bearer, "x-matinee-profile": profile.id}
        found.append(Role(name, chosen, is_member=True, is_operator=bool(granted)))
    return found


def operations(house: House) -> Iterator[Operation]:
    document = describe(application(house))
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # our own document: an invalid one raises
        described = operation.definition.raw
        name = f"{operation.method.upper()} {operation.path.removeprefix(BELOW)}"
        cases = [case for mode in GenerationMode for case in _cases(operation, mode)]
        yield Operation(name, "security" in described, ROLES in described, cases)


def application(house: House) -> Litestar:
    wiring = house.services.wiring
    callers = KnownCallers(house.secrets.control_ring.keys, Doors().clock)
    return control_app(wiring.routes(), callers, wiring.neighbors.audit)


def _cases(operation: Any, mode: GenerationMode) -> list[Case[Any]]:
    found: list[Case[Any]] = []

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def draw(case: Case[Any]) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # where nothing is sent, nothing can be sent wrongly
        draw()
    return found


async def ask(client: httpx.AsyncClient, case: Case[Any], role: Role) -> httpx.Response:
    sent: dict[str, Any] = {**case.as_transport_kwargs(base_url="http://house.test", headers=dict(role.headers))}
    known: dict[str, Any] = {name: sent[name] for name in ("method", "url", "params", "json", "data") if name in sent}
    if isinstance(known.get("data"), bytes):
        known["content"] = known.pop("data")
    drawn = {name: value for name, value in (sent.get("headers") or {}).items() if name.lower() not in SAYS_WHO}
    return await client.request(**known, headers={**drawn, **role.headers})


async def test_every_operation_answers_everybody_as_it_is_described(house: House) -> None:
    asked = sorted(operations(house), key=lambda operation: operation.name in ENDS_THE_CALLER)
    everybody, faults = await roles(house), []
    answered: dict[str, Counter[int]] = defaultdict(Counter)
    transport = httpx.ASGITransport(house.gateway)
    for operation in asked:
        for role in everybody:
            async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
                for case in operation.cases:
                    answer = await ask(client, case, role)
                    answered[role.name][answer.status_code // 100] += 1
                    faults += _faults(operation, role, case, answer)
    assert answered["operator"][2] > answered["member"][2] > answered["nobody"][2]  # each gets further
    assert not faults, f"{len(faults)}: " + "\n".join(faults[:20])


def _faults(operation: Operation, role: Role, case: Case[Any], answer: httpx.Response) -> list[str]:
    who = f"{operation.name} asked by {role.name}"
    found = []
    try:
        case.validate_response(answer, checks=CHECKS)
    except Exception as error:  # whatever schemathesis calls it
        found.append(f"{who}: {error}")
    if answer.status_code == 404 and answer.json()["detail"] == NOWHERE:
        return found  # what stands in the address cannot be a number, so nobody's operation is there
    if operation.is_signed_in and not role.is_member and answer.status_code not in (400, 401):
        found.append(f"{who}: {answer.status_code} without a sign-in")
    if operation.is_for_operators and not role.is_operator and answer.status_code not in (400, 401, 403):
        found.append(f"{who}: {answer.status_code} without the role")
    return found


async def test_what_needs_no_sign_in_is_listed_with_its_reason(house: House) -> None:
    paths = describe(application(house))["paths"].items()
    open_to_all = {
        f"{verb.upper()} {path.removeprefix(BELOW)}"
        for path, described in paths
        for verb, operation in described.items()
        if "security" not in operation
    }
    unlisted = {name for name in open_to_all - FOR_ANYBODY if not name.split(" ", 1)[1].startswith(WITH_A_SECRET)}
    assert unlisted == set()
    assert open_to_all >= FOR_ANYBODY
