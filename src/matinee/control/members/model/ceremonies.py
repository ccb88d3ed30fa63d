"""What is asked of a browser that holds passkeys, and whether what it answers proves anything (WebAuthn, by fido2)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from matinee.control.members.model.passkeys import Asserted, NotProved, Stored, parsed, without_usual_port
from matinee.wire.encoding import b64url, from_b64url

_ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA, RS256: what every authenticator has one of."""


class RelyingParty:
    """This house as browsers know it: the name keys are bound to, and the origins its pages come from."""

    def __init__(self, name: str, url: str, *, timeout_ms: int) -> None:
        self.id = str(urlsplit(url).hostname)
        self.origins = frozenset({url, without_usual_port(url)})
        entity = PublicKeyCredentialRpEntity(name=name, id=self.id)
        self._server = Fido2Server(entity, verify_origin=self.origins.__contains__)
        self._server.timeout = timeout_ms  # type: ignore[assignment]  # set to None there, and meant to be changed
        self._server.allowed_algorithms = [p for p in self._server.allowed_algorithms if p.alg in _ALGORITHMS]

    def ask_new(self, challenge: str, *, handle: str, user: str, known: Sequence[Stored]) -> str:
        """Of a browser that is to make a key. A stick that cannot hold one or knows no PIN still makes a second step."""
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=handle.encode(), name=user, display_name=user),
            credentials=_descriptors(known),
            resident_key_requirement=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
            challenge=challenge.encode(),
        )
        return _asked(options.public_key)

    def ask(self, challenge: str, *, known: Sequence[Stored], alone: bool) -> str:
        """`alone`: nothing else proves it, so the device has to make sure who holds it."""
        options, _ = self._server.authenticate_begin(
            _descriptors(known) or None, user_verification=_verification(alone), challenge=challenge.encode()
        )
        return _asked(options.public_key)

    def registered(self, answer: str, challenge: str) -> Stored:
        """Raises `NotProved`."""
        try:
            response = RegistrationResponse.from_dict(parsed(answer))
            data = self._server.register_complete(_state(challenge, alone=False), response)
            credential = data.credential_data
            if credential is None or credential.public_key.get(3) not in _ALGORITHMS:
                raise NotProved("no key of an algorithm that was asked for")
            if len(credential.credential_id) > 1023 or response.raw_id != credential.credential_id:
                raise NotProved("the key's id is not the one in its attestation")
            _check_same_page(response.response.client_data)
            return Stored(
                b64url(credential.credential_id),
                b64url(cbor.encode(dict(credential.public_key))),
                data.counter,
                _transports(answer),
                data.is_backup_eligible(),
            )
        except NotProved:
            raise
        except Exception as error:  # bytes from outside, parsed by a library: whatever it says of them, it is no
            raise NotProved(f"{type(error).__name__}: {error}") from error

    def asserted(self, answer: str, challenge: str, stored: Stored, *, alone: bool) -> Asserted:
        """Raises `NotProved`."""
        try:
            response = AuthenticationResponse.from_dict(parsed(answer))
            key = CoseKey.parse(cast(Mapping[int, Any], cbor.decode(from_b64url(stored.public_key))))
            credential = AttestedCredentialData.create(Aaguid(bytes(16)), from_b64url(stored.credential_id), key)
            self._server.authenticate_complete(_state(challenge, alone=alone), [credential], response)
            _check_same_page(response.response.client_data)
            data = response.response.authenticator_data
            return Asserted(data.counter, data.is_backup_eligible())
        except NotProved:
            raise
        except Exception as error:  # as above
            raise NotProved(f"{type(error).__name__}: {error}") from error


def _check_same_page(client_data: CollectedClientData) -> None:
    if client_data.cross_origin:
        raise NotProved("asked inside another site's page")


def _transports(answer: str) -> tuple[str, ...]:
    """Hints for the next time, as the browser gave them."""
    given = parsed(answer).get("response", {}).get("transports", ())
    known = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")
    return tuple(t for t in known if isinstance(given, list) and t in given)


def _descriptors(known: Sequence[Stored]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=from_b64url(stored.credential_id),
            transports=list(stored.transports) or None,  # type: ignore[arg-type]  # the library takes their words too
        )
        for stored in known
    ]


def _state(challenge: str, *, alone: bool) -> dict[str, Any]:
    return {"challenge": b64url(challenge.encode()), "user_verification": _verification(alone)}


def _verification(alone: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED


def _asked(options: Mapping[str, Any]) -> str:
    return json.dumps(dict(options))
