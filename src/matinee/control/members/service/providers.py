"""Talking to a provider: what it says of itself, its keys, and its answer to a code. Kept for as long as that is fresh."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from matinee.control.members.api.sign_on import ProviderSettings, ProviderSilent
from matinee.control.members.model.sign_on import Discovered, Identity, NotTrusted, derived, discovered, identity_of
from matinee.kernel.clock import Clock
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import Files
from matinee.kernel.log import logger
from matinee.kernel.network import Answer, Network, Outgoing
from matinee.kernel.quantities import seconds

_log = logger("sign-on")
_FRESH_SECONDS = 3600.0
_KEYS_AGAIN_SECONDS = 60.0
"""A token by an unknown key makes us ask for the keys again, but not each of a thousand forged ones."""
_PATIENCE = seconds(6)
_BODY_MAX = 1 << 20


class OutsideProvider:
    """One of them, as it was when it was last asked."""

    def __init__(self, settings: ProviderSettings, network: Network, files: Files, clock: Clock) -> None:
        self.settings = settings
        self.name = settings.name or settings.id
        self._network = network
        self._files = files
        self._clock = clock
        self._place: tuple[float, Discovered] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    async def place(self) -> Discovered:
        if self._place is not None and self._clock.monotonic() - self._place[0] < _FRESH_SECONDS:
            return self._place[1]
        url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = discovered(await self._json(Outgoing("GET", url, _ACCEPTED, timeout=_PATIENCE)), self.settings.issuer)
        self._place = (self._clock.monotonic(), found)
        return found

    async def identity(self, code: str, *, redirect_uri: str, state: str, key: bytes) -> Identity:
        """Whose this code is. Raises `NotTrusted`, `ProviderSilent`."""
        from matinee.control.members.model.id_tokens import KeyUnknown, checked_claims  # loaded by those who use it

        place = await self.place()
        answer = await self._redeem(place, code, redirect_uri, derived(state, key, "verifier"))
        token, access = answer.get("id_token"), answer.get("access_token", "")
        if not isinstance(token, str) or not isinstance(access, str):
            raise NotTrusted("no ID token for the code")

        def look(keys: Mapping[str, Any]) -> Mapping[str, Any]:
            return checked_claims(
                token,
                keys,
                issuer=self.settings.issuer,
                client_id=self.settings.client_id,
                nonce=derived(state, key, "nonce"),
                access_token=access,
                now=int(self._clock.now().timestamp()),
            )

        try:
            claims = look(await self._jwks(place))
        except KeyUnknown:
            claims = look(await self._jwks(place, newer=True))
        return identity_of({**await self._more(place, access, claims), **claims}, self.settings.issuer)

    async def _more(self, place: Discovered, access: str, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it tells beside the token: with this flow many say the address only there."""
        if "email" in claims or not place.userinfo_endpoint or not access:
            return {}
        headers = {**_ACCEPTED, "authorization": f"Bearer {access}"}
        told = await self._json(Outgoing("GET", place.userinfo_endpoint, headers, timeout=_PATIENCE))
        if told.get("sub") != claims.get("sub"):
            raise NotTrusted("it tells of somebody else than its ID token")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    async def _jwks(self, place: Discovered, *, newer: bool = False) -> Mapping[str, Any]:
        kept_for = _KEYS_AGAIN_SECONDS if newer else _FRESH_SECONDS
        if self._keys is not None and self._clock.monotonic() - self._keys[0] < kept_for:
            return self._keys[1]
        found = await self._json(Outgoing("GET", place.jwks_uri, _ACCEPTED, timeout=_PATIENCE))
        self._keys = (self._clock.monotonic(), found)
        return found

    async def _redeem(self, place: Discovered, code: str, redirect_uri: str, verifier: str) -> Mapping[str, Any]:
        secret = await self._secret()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        headers = {**_ACCEPTED, "content-type": "application/x-www-form-urlencoded"}
        if place.secret_in_body:
            form["client_secret"] = secret
        elif secret:
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        body = urlencode(form).encode()
        asked = Outgoing("POST", place.token_endpoint, headers, body, timeout=_PATIENCE)
        answer = await self._fetch(asked)
        if 400 <= answer.status < 500:
            raise NotTrusted(f"it refuses the code: {answer.status}")
        return self._parsed(answer)

    async def _secret(self) -> str:
        if not self.settings.secret_file:
            return self.settings.client_secret
        try:
            return (await self._files.read(Path(self.settings.secret_file))).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            _log.error("its secret cannot be read", provider=self.settings.id, error=type(error).__name__)
            raise ProviderSilent(self.name) from error

    async def _json(self, asked: Outgoing) -> Mapping[str, Any]:
        return self._parsed(await self._fetch(asked))

    async def _fetch(self, asked: Outgoing) -> Answer:
        try:
            return await self._network.fetch(asked)
        except Unavailable as error:
            _log.warning("silent", provider=self.settings.id, error=error.sentence)
            raise ProviderSilent(self.name) from error

    def _parsed(self, answer: Answer) -> Mapping[str, Any]:
        try:
            found = json.loads(answer.body) if answer.status == 200 and len(answer.body) <= _BODY_MAX else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            _log.warning("no answer of its kind", provider=self.settings.id, status=answer.status)
            raise ProviderSilent(self.name)
        return found


_ACCEPTED = {"accept": "application/json"}
