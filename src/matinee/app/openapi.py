"""The OpenAPI document: Litestar's, with the envelope and the problem form that every answer really has."""

from typing import Any

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute

from matinee import __version__

OPENAPI = OpenAPIConfig(title="Matinee", version=__version__, path="/api/litestar", render_plugins=[])

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
    schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                _complete(operation, wrapped=(path, verb) not in bare)
    return schema


def _bare_operations(app: Litestar) -> set[tuple[str, str]]:
    """(path, verb) of what answers without the envelope: manifests, licenses, tus."""
    return {
        (route.path_format, method.lower())
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("bare")
        for method in handler.http_methods
    }


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
