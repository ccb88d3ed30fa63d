"""The OpenAPI document: Litestar's, with the envelope and the problem form that every answer really has."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from matinee import __version__
from matinee.control.members.api import OPERATOR

OPENAPI = OpenAPIConfig(title="Matinee", version=__version__, path="/api/litestar", render_plugins=[])

_SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "matinee", "description": "Over TLS: `__Host-matinee`."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same token, for what is no browser."},
}
_SIGNED_IN: list[dict[str, list[str]]] = [{"cookie": []}, {"bearer": []}]
ROLES = "x-roles"
"""Of an operation: the roles of which the caller needs one."""

_META = {
    "type": "object",
    "required": ["request_id", "version"],
    "properties": {"request_id": {"type": "string"}, "version": {"type": "string"}},
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members depend on the type.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
    },
}


def describe(app: Litestar) -> dict[str, Any]:
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    bare = _bare_operations(app)
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    _say_who_may_ask(app, schema["paths"])
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _complete(operation, wrapped=(path, verb) not in bare)
    return schema


def _operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Path, verb and handler of each."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods:
                    yield route.path_format, method.lower(), handler


def _bare_operations(app: Litestar) -> set[tuple[str, str]]:
    """(path, verb) of what answers without the envelope: manifests, licenses, tus."""
    return {(path, verb) for path, verb, handler in _operations(app) if handler.opt.get("bare")}


def _say_who_may_ask(app: Litestar, paths: dict[str, Any]) -> None:
    """A handler says whom it is for by what it asks for."""
    for path, verb, handler in _operations(app):
        operation = paths.get(path, {}).get(verb)
        asks = signature(handler.fn).parameters
        if operation is None or not ("caller" in asks or "operator" in asks):
            continue
        operation["security"] = _SIGNED_IN
        if "operator" in asks:
            operation[ROLES] = [OPERATOR]


def _complete(operation: dict[str, Any], *, wrapped: bool) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        body = response.get("content", {}).get("application/json")
        if wrapped and status.startswith("2") and body is not None:
            body["schema"] = {
                "type": "object",
                "required": ["data", "meta"],
                "properties": {"data": body["schema"], "meta": _META},
            }
    responses.pop("400", None)
    responses["default"] = {
        "description": "What went wrong, and what to do.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
