"""Whether an ID token is the provider's, for us, of now and of this very sign-in: signature by joserfc, claims by authlib."""

from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # authlib ships no types
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from matinee.control.members.model.sign_on import ALGORITHMS, LEEWAY_SECONDS, NotTrusted


class KeyUnknown(NotTrusted):
    """None of the keys made it: the provider may have changed them."""


def checked_claims(
    token: str,
    jwks: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> Mapping[str, Any]:
    """Raises `NotTrusted`."""
    found = _signed(token, jwks)
    claims = CodeIDToken(
        found.claims,
        found.header,
        options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "nonce": {"essential": True},
        },
        params={"nonce": nonce, "client_id": client_id, "access_token": access_token},
    )
    try:
        claims.validate(now=now, leeway=LEEWAY_SECONDS)
    except (JoseError, TypeError, ValueError, AttributeError) as error:
        raise NotTrusted(f"its ID token: {error}") from error
    audience = found.claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in found.claims:
        raise NotTrusted("its ID token is for several and does not say who asked for it")
    if not isinstance(found.claims.get("iat"), int | float) or found.claims["iat"] > now + LEEWAY_SECONDS:
        raise NotTrusted("its ID token was made in the future")
    return dict(found.claims)


def _signed(token: str, jwks: Mapping[str, Any]) -> jwt.Token:
    keys = [key for given in _listed(jwks) if (key := _usable(given)) is not None]
    if not keys:
        raise KeyUnknown("it has no key that we can read")
    try:
        return jwt.decode(token, KeySet(keys), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeyUnknown(f"its ID token is not signed by it: {type(error).__name__}") from error


def _listed(jwks: Mapping[str, Any]) -> list[Any]:
    keys = jwks.get("keys")
    return keys if isinstance(keys, list) else []


def _usable(key: Any) -> Key | None:
    """A public key for signatures. A shared secret among them would let anybody sign; one of a kind we do not know, or
    that is broken, is not ours to refuse the others for."""
    if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP") or key.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(key)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
