"""A walk through every route of the service, as somebody who must not learn of a title.

Routes come from the description of the API, so one that is added later is walked as well. Each is asked with everything that
could lead to the title in every place where a word fits: path, query, body. Whatever is answered is read for the title's
marks.
"""

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

METHODS = ("get", "post", "put", "patch", "delete")
_DEEP_MAX = 6


@dataclass(frozen=True)
class Walker:
    """Who goes: the headers it sends, and the profile that it calls its own."""

    headers: Mapping[str, str]
    profile: str


@dataclass(frozen=True)
class Leak:
    asked: str
    mark: str
    said: str


@dataclass(frozen=True)
class Walked:
    leaks: Sequence[Leak]
    answers: Mapping[str, set[int]]
    """By method and path, as the description writes it: how it was answered."""


async def walk(
    client: httpx.AsyncClient,
    document: Mapping[str, Any],
    fresh: Callable[[], Awaitable[Walker]],
    *,
    baits: Sequence[str],
    marks: Sequence[str],
) -> Walked:
    """`fresh` makes somebody new for each route that changes something: some end what they are asked with. `baits` are put
    wherever a word fits; none of `marks` may be in an answer."""
    leaks: list[Leak] = []
    answers: dict[str, set[int]] = {}
    reader = await fresh()
    for path, operations in document["paths"].items():
        for method in METHODS:
            operation = operations.get(method)
            walker = reader if operation is None or method == "get" else await fresh()
            # What is not described is asked for once: it should not be there.
            tempting = baits if operation else baits[:1]
            for request in _requests(document, path, method, operation or {}, walker, tempting):
                answer = await client.request(method.upper(), headers=walker.headers, **request)
                said = f"{answer.status_code} {dict(answer.headers)} {answer.text}"
                answers.setdefault(f"{method.upper()} {path}", set()).add(answer.status_code)
                # A refusal may repeat the words of the question: that tells nothing but what was asked.
                own = str(request) if answer.status_code >= 300 else ""
                leaks += [
                    Leak(f"{method.upper()} {request}", mark, said[:600])
                    for mark in marks
                    if mark in said and mark not in own
                ]
    return Walked(leaks, answers)


def _requests(
    document: Mapping[str, Any],
    path: str,
    method: str,
    operation: Mapping[str, Any],
    walker: Walker,
    baits: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """Each bait in the words of the path, in every pairing; in query and body the same bait, or each where no word is."""
    queries = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    has_body = method in ("post", "put", "patch")
    words = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    choices = [(walker.profile,) if word == "profile_id" else baits for word in words]
    are_free = any(len(choice) > 1 for choice in choices) or not (queries or has_body)
    for chosen in itertools.product(*choices):
        url = path
        for word, value in zip(words, chosen, strict=True):
            url = url.replace(f"{{{word}}}", value)
        if queries and method == "get":
            yield {"url": url}
        for bait in chosen[-1:] or baits[:1] if are_free else baits:
            request: dict[str, Any] = {"url": url}
            if queries:
                request["params"] = {p["name"]: _value(document, p["schema"], p["name"], walker, bait) for p in queries}
            if has_body:
                request["json"] = _body(document, operation, walker, bait)
            yield request
            if has_body and isinstance(said := request.get("json"), dict):
                # An id that need not be said may stand in the way of the others.
                yield {**request, "json": {k: v for k, v in said.items() if k in _needed(document, operation)}}


def _needed(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Sequence[str]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((each.get("schema", {}) for each in content.values()), {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return tuple(schema.get("required", ()))


def _body(document: Mapping[str, Any], operation: Mapping[str, Any], walker: Walker, bait: str) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((each.get("schema", {}) for each in content.values()), {})
    return _value(document, schema, "", walker, bait)


def _value(
    document: Mapping[str, Any], schema: Mapping[str, Any], name: str, walker: Walker, bait: str, deep: int = 0
) -> Any:
    """Something of this shape with the bait in every word of it. What need not be said is left out, unless it is an id."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            said: Mapping[str, Any] = next((each for each in schema[key] if each.get("type") != "null"), {})
            return _value(document, said, name, walker, bait, deep)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
    if kind == "object":
        asked = schema.get("properties", {}) if deep < _DEEP_MAX else {}
        needed = schema.get("required", ())
        return {
            part: _value(document, each, part, walker, bait, deep + 1)
            for part, each in asked.items()
            if part in needed or part.endswith(("id", "ids"))
        }
    if kind == "array":
        return [_value(document, schema.get("items", {}), name, walker, bait, deep + 1)]
    if kind == "string":
        return walker.profile if name == "profile_id" else bait
    return {"integer": 20, "number": 1.0, "boolean": True}.get(kind)
