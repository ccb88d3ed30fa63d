"""How a Protocol's methods travel: the arguments as one JSON object, the result as one JSON value, by their annotations.

Checked before anything is served: an annotation that cannot travel is named, rather than found out by a caller.
"""

import inspect
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

import msgspec

from matinee.kernel.errors import InvalidInput
from matinee.kernel.policy import CallPolicy, policy_of
from matinee.resilience.guard import Call, calls_of

T = TypeVar("T")

# Not `wire.encoding`'s canonical form: the order of a mapping is part of its value ("the first is the original").
_encode = msgspec.json.Encoder().encode


class CannotTravel(TypeError):
    """An inside door names a value that has no form on the wire."""


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    policy: CallPolicy
    positional: tuple[str, ...]
    """The names of those that may be given by their place."""
    arguments: type[msgspec.Struct]
    result: Any

    def pack(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> bytes:
        """Raises `TypeError` where the method itself would."""
        if len(args) > len(self.positional):
            raise TypeError(f"{self.name} takes {len(self.positional)} arguments by place, not {len(args)}")
        return _encode(self.arguments(**dict(zip(self.positional, args, strict=False)), **kwargs))

    def unpack(self, data: bytes) -> dict[str, object]:
        found = _decoded(data, self.arguments, what=f"The call {self.name}")
        return {name: getattr(found, name) for name in self.arguments.__struct_fields__}

    def pack_result(self, value: object) -> bytes:
        return _encode(value)

    def unpack_result(self, data: bytes) -> Any:
        return _decoded(data, self.result, what=f"The answer to {self.name}")


@cache
def shapes(protocol: Any) -> Mapping[str, Shape]:
    """Of every method that travels. One that takes a stream does not: it is asked only where its service lives."""
    return {
        name: _shape(f"{protocol.__name__}.{name}", name, method)
        for name, method in calls_of(protocol).items()
        if not stays(method)
    }


def stays(method: Call) -> bool:
    hints = get_type_hints(method)
    return any(get_origin(hint) is AsyncIterator for name, hint in hints.items() if name != "return")


def _shape(full_name: str, name: str, method: Call) -> Shape:
    hints = get_type_hints(method)
    signature = inspect.signature(method)
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    for part in ("return", *(p.name for p in parameters)):
        if part not in hints:
            raise CannotTravel(f"{full_name}: {part} has no annotation")
        if reason := _obstacle(hints[part]):
            raise CannotTravel(f"{full_name}: {part} is {hints[part]}, and {reason} cannot travel")
    fields = [
        (p.name, hints[p.name]) if p.default is p.empty else (p.name, hints[p.name], p.default) for p in parameters
    ]
    arguments = msgspec.defstruct(f"{full_name}.arguments", fields, kw_only=True, forbid_unknown_fields=True)
    positional = tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)
    return Shape(name, policy_of(method), positional, arguments, hints["return"])


def _obstacle(annotation: Any) -> str | None:
    """The first part of a type that JSON cannot carry and bring back, if there is one."""
    try:
        return _walk(msgspec.inspect.type_info(annotation), set())
    except TypeError as error:
        return str(error)


def _walk(info: Any, seen: set[type]) -> str | None:
    if isinstance(info, msgspec.inspect.CustomType):
        return info.cls.__name__
    if isinstance(info, msgspec.inspect.AnyType):
        return "what may be anything"
    if (cls := getattr(info, "cls", None)) is not None:
        if cls in seen:
            return None
        seen.add(cls)
    inner = [getattr(info, part, None) for part in ("key_type", "value_type", "item_type")]
    inner += getattr(info, "types", ()) or getattr(info, "item_types", ()) or ()
    inner += [field.type for field in getattr(info, "fields", ())]
    return next((found for part in inner if part is not None and (found := _walk(part, seen)) is not None), None)


def _decoded(data: bytes, kind: Any, *, what: str) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{what} is not valid: {error}.") from None
