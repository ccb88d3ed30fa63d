"""A security key made of software, and the browser before it: what WebAuthn's ceremonies answer, true or forged."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from matinee.wire.encoding import b64url, from_b64url

FLAG = AuthenticatorData.FLAG


@dataclass
class SoftKey:
    """One key for one site. A test turns what it wants to be wrong."""

    origin: str
    rp_id: str
    verifies: bool = True
    """Asks for a PIN or a finger each time."""
    counts: bool = True
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        self.handle = options["user"]["id"]
        client = self._client("webauthn.create", options["challenge"])
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]  # fido2 has no types there
        credential = AttestedCredentialData.create(Aaguid(bytes(16)), self.credential_id, public)
        data = AuthenticatorData.create(self._rp_hash(), self._flags() | FLAG.AT, self._count(), credential)
        attested = AttestationObject.create("none", data, {})
        return self._answer(
            {"clientDataJSON": b64url(client), "attestationObject": b64url(attested), "transports": ["internal"]}
        )

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        client = self._client("webauthn.get", options["challenge"])
        data = AuthenticatorData.create(self._rp_hash(), self._flags(), self._count())
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64url(client),
                "authenticatorData": b64url(data),
                "signature": b64url(signature),
                "userHandle": self.handle,
            }
        )

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        id = b64url(self.credential_id)
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _flags(self) -> FLAG:
        return FLAG.UP | FLAG.UV if self.verifies else FLAG.UP

    def _count(self) -> int:
        self.counter += 1 if self.counts else 0
        return self.counter


def handle_of(key: SoftKey) -> str:
    """Whose account the key says it is for."""
    return from_b64url(key.handle).decode()
