"""How an error travels: as a problem document, and back as the error it was.

The class is found by the document's type among those that the inside doors and the kernel name, so that a caller catches
`TitleNotFound` whether catalog is an object or a process. One that is not known keeps its status, blame and sentence.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from matinee.kernel.context import request_id
from matinee.kernel.errors import Blame, InvalidInput, MatineeError, Refusal, Unavailable
from matinee.wire.encoding import from_json
from matinee.wire.problems import TYPE_BASE, document, problem, render

_OWN = ("type", "title", "status", "detail", "request_id", "blame")
_OF_THE_CALL = ("self", "sentence")
"""No error of ours has members of these names: they are its constructor's own."""


class UnknownRefusal(Refusal):
    """A no of a name this process has not heard of: the other one is newer."""


class UnknownFailure(MatineeError):
    """A failure of a name this process has not heard of, or one that nobody meant to raise."""


def pack_problem(error: Exception) -> tuple[int, bytes]:
    """Between services a failure keeps its name and its sentence; at the outside door it loses them."""
    request = request_id.get()
    if not isinstance(error, MatineeError):
        status, body = problem(error, request_id=request)
        return status, render({**body, "blame": Blame.SERVER.value})
    body = document(error.status, error.type, error.sentence, request_id=request, members=error.members)
    return error.status, render({**body, "blame": error.blame.value})


class KnownErrors:
    """The errors that come back as themselves, by the type that stands in their document."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._by_type: dict[str, type[MatineeError]] = {}
        for module in modules:
            for found in vars(module).values():
                if isinstance(found, type) and issubclass(found, MatineeError):
                    self._add(found)

    def unpack(self, data: bytes) -> MatineeError:
        """Raises `InvalidInput` where this is no problem document."""
        body: Mapping[str, Any] = from_json(data, dict[str, Any], what="The problem")
        status = body.get("status", 500)
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise InvalidInput("The problem has no status of an error.")
        members = {name: value for name, value in body.items() if name not in (*_OWN, *_OF_THE_CALL)}
        name, detail = str(body.get("type", "")).removeprefix(TYPE_BASE), str(body.get("detail", ""))
        known = self._by_type.get(name)
        if known is None:
            return _unknown(name, status, str(body.get("blame", "")), detail, members)
        # Its own constructor makes the sentence from values; here the sentence is there already.
        error = known.__new__(known)
        MatineeError.__init__(error, detail, **members)
        return error

    def _add(self, found: type[MatineeError]) -> None:
        name = MatineeError.type.fget(found.__new__(found))  # type: ignore[attr-defined]  # a property's own function
        other = self._by_type.setdefault(name, found)
        if other is not found:
            raise TypeError(f"{found.__module__} and {other.__module__} both name an error {name}; rename one")


def _unknown(name: str, status: int, blame: str, detail: str, members: Mapping[str, Any]) -> MatineeError:
    kind: type[MatineeError] = UnknownFailure
    if blame == Blame.CLIENT.value:
        kind = UnknownRefusal
    elif status == Unavailable.status:
        # So also come back what the other one's own neighbors did not answer: trying again is its business, not ours.
        kind = Unavailable
    whose = next((b for b in Blame if b.value == blame), Blame.SERVER)
    # A class of its own, since status, blame and type belong to the class.
    named = type(kind.__name__, (kind,), {"status": status, "blame": whose, "type": name})
    error: MatineeError = named(detail, **members)
    return error
