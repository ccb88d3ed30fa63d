"""The registry over HTTP, by the part of Eureka's REST that instances and their callers use.

`POST /eureka/apps/{APP}` registers, `PUT …/{APP}/{id}` renews (404: register again), `DELETE …/{APP}/{id}` cancels,
`GET …/{APP}` lists. JSON as Eureka writes it: `{"instance": {…}}`, `{"application": {"instance": […]}}`.
`EurekaRegistry` asks such a server; `EurekaFace` is one, over a registry in this process.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Literal

import msgspec

from matinee.engines.registry.port import LEASE, Instance, Registry
from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.network import Answer, Network, Outgoing
from matinee.kernel.quantities import Span, seconds
from matinee.wire.encoding import from_json, to_json
from matinee.wire.inside import TOKEN

_PATH = "/eureka/apps/"
_TIMEOUT = seconds(2)
_BODY_BYTES_MAX = 64 << 10

_Message = MutableMapping[str, Any]  # ASGI's own shape
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class RegistryRefused(MatineeError):
    """The registry answered something else than it should."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The registry answered {status}. Is the address that of a registry, and the token its own?")


class _LeaseInfo(msgspec.Struct, rename="camel"):
    duration_in_secs: float = LEASE.total_seconds()


class _Instance(msgspec.Struct, rename="camel"):
    instance_id: str
    app: str
    home_page_url: str
    status: Literal["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "UNKNOWN"] = "UP"
    metadata: dict[str, str] = {}
    lease_info: _LeaseInfo = msgspec.field(default_factory=_LeaseInfo)


class _Registration(msgspec.Struct):
    instance: _Instance


class _Instances(msgspec.Struct):
    name: str
    instance: list[_Instance]


class _Application(msgspec.Struct):
    application: _Instances


class EurekaRegistry:
    def __init__(self, network: Network, url: str, *, secret: str) -> None:
        self._network = network
        self._url = url.rstrip("/") + _PATH
        self._secret = secret

    async def register(self, instance: Instance, *, lease: Span = LEASE) -> None:
        body = to_json(_Registration(_told(instance, lease)))
        await self._ask("POST", instance.service.upper(), body, good=(204,))

    async def renew(self, service: str, instance_id: str) -> bool:
        return (await self._ask("PUT", f"{service.upper()}/{instance_id}", good=(200, 404))).status == 200

    async def cancel(self, service: str, instance_id: str) -> None:
        await self._ask("DELETE", f"{service.upper()}/{instance_id}", good=(200, 404))

    async def instances(self, service: str) -> list[Instance]:
        answer = await self._ask("GET", service.upper(), good=(200, 404))
        if answer.status == 404:
            return []
        found = from_json(answer.body, _Application, what="The registry's answer").application.instance
        return [_understood(one) for one in found if one.status == "UP"]

    async def _ask(self, method: str, path: str, body: bytes = b"", *, good: tuple[int, ...]) -> Answer:
        headers = {TOKEN: self._secret, "accept": "application/json", "content-type": "application/json"}
        answer = await self._network.fetch(Outgoing(method, self._url + path, headers, body, _TIMEOUT))
        if answer.status >= 500:
            raise Unavailable("The registry is not well. Trying again.")
        if answer.status not in good:
            raise RegistryRefused(answer.status)
        return answer


class EurekaFace:
    """An ASGI application. Only who shows the house's token is heard."""

    def __init__(self, registry: Registry, *, secret: str) -> None:
        self._registry = registry
        self._secret = secret.encode()

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            return
        try:
            status, body = await self._answer(scope, receive)
        except MatineeError as error:
            status, body = error.status, to_json({"error": error.sentence})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers if status != 204 else []})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: _Message, receive: _Receive) -> tuple[int, bytes]:
        shown = next((value for name, value in scope["headers"] if name == TOKEN.encode()), b"")
        if not hmac.compare_digest(shown, self._secret):
            return 403, b""
        path: str = scope["path"]
        app, _, instance_id = path.removeprefix(_PATH).partition("/")
        service, method = app.lower(), scope["method"]
        if not path.startswith(_PATH) or not app:
            return 404, b""
        if method == "POST" and not instance_id:
            told = from_json(await _body(receive), _Registration, what="The registration").instance
            lease = seconds(told.lease_info.duration_in_secs)
            await self._registry.register(_understood(told), lease=lease)
            return 204, b""
        if method == "PUT" and instance_id:
            return (200 if await self._registry.renew(service, instance_id) else 404), b""
        if method == "DELETE" and instance_id:
            await self._registry.cancel(service, instance_id)
            return 200, b""
        if method == "GET" and not instance_id:
            found = await self._registry.instances(service)
            if not found:
                return 404, b""
            return 200, to_json(_Application(_Instances(app, [_told(one, LEASE) for one in found])))
        return 405, b""


def _told(instance: Instance, lease: Span) -> _Instance:
    return _Instance(
        instance.id,
        instance.service.upper(),
        instance.url,
        instance.status,
        dict(instance.metadata),
        _LeaseInfo(lease.total_seconds()),
    )


def _understood(told: _Instance) -> Instance:
    status = told.status if told.status in ("UP", "STARTING") else "OUT_OF_SERVICE"
    metadata: Mapping[str, str] = told.metadata
    return Instance(told.app.lower(), told.instance_id, told.home_page_url, status, metadata)


async def _body(receive: _Receive) -> bytes:
    body = b""
    while len(body) <= _BODY_BYTES_MAX:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:_BODY_BYTES_MAX]
