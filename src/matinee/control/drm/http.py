"""DRM's outside door: ClearKey licenses, by the W3C's JSON, and single keys for HLS.

ClearKey hands the key itself to the browser: it keeps honest viewers honest and files on disks useless, no more. See
SECURITY.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.drm.api import Drm, KeyRefused
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput, NotSignedIn
from matinee.kernel.ids import KeyId
from matinee.wire.encoding import b64url, from_b64url
from matinee.wire.tickets import LicenseToken, verify


@dataclass(frozen=True, slots=True)
class ClearKeyRequest:
    kids: list[str]
    type: Literal["temporary", "persistent-license"] = "temporary"


@dataclass(frozen=True, slots=True)
class JsonWebKey:
    kty: Literal["oct"]
    kid: str
    k: str


@dataclass(frozen=True, slots=True)
class ClearKeyLicense:
    keys: list[JsonWebKey]
    type: str


def routes(drm: Drm, keys: Mapping[str, bytes], clock: Clock) -> list[HTTPRouteHandler]:
    def token_of(request: Request[Any, Any, Any]) -> LicenseToken:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("A license needs the token that press play gave.")
        return verify(token, LicenseToken, keys, now=clock.now())

    @post("/licenses/clearkey", status_code=200, summary="A ClearKey license", opt={"bare": True})
    async def clearkey(data: JSONBody[ClearKeyRequest], request: Request[Any, Any, Any]) -> Response[ClearKeyLicense]:
        opened = await drm.license(token_of(request), [_key_id(kid) for kid in data.kids])
        web_keys = [JsonWebKey("oct", b64url(bytes.fromhex(k.key_id)), b64url(k.key)) for k in opened]
        return Response(ClearKeyLicense(web_keys, data.type), headers={"cache-control": "no-store"})

    @get("/licenses/clearkey/keys/{key_id:str}", summary="One key's 16 bytes, for HLS players", opt={"bare": True})
    async def raw_key(key_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        if len(key_id) != 32 or set(key_id) - set("0123456789abcdef"):
            raise KeyRefused
        opened = await drm.license(token_of(request), [KeyId(key_id)])
        return Response(opened[0].key, media_type="application/octet-stream", headers={"cache-control": "no-store"})

    return [clearkey, raw_key]


def _key_id(text: str) -> KeyId:
    try:
        return KeyId(from_b64url(text.rstrip("=")).hex())
    except ValueError:
        raise InvalidInput("A key id in the license request is not base64url.", field="kids") from None
