"""Errors are named events with a blame and a status. Each domain names its own in its `api`."""

import re
from enum import Enum
from typing import ClassVar


class Blame(Enum):
    CLIENT = "client"
    SERVER = "server"
    NEIGHBOR = "neighbor"


class MatineeError(Exception):
    """The root of everything this code raises on purpose. The message is a sentence a person can act on."""

    blame: ClassVar[Blame] = Blame.SERVER
    status: ClassVar[int] = 500

    def __init__(self, sentence: str, **members: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.members = members

    @property
    def type(self) -> str:
        """The stable name clients match on: `TooManyStreams` is `too-many-streams`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()


class Refusal(MatineeError):
    """An expected no: the request was understood and is not granted."""

    blame = Blame.CLIENT
    status = 403


class InvalidInput(Refusal):
    """The request itself is wrong; the sentence says what and how to mend it."""

    status = 400


class NotFound(Refusal):
    status = 404


class NotSignedIn(Refusal):
    status = 401

    def __init__(self, sentence: str = "Sign in first.", **members: object) -> None:
        super().__init__(sentence, **members)


class NotAllowed(Refusal):
    status = 403


class Conflict(Refusal):
    status = 409


class Unavailable(MatineeError):
    """A neighbor or a resource is not there right now; trying again later may work."""

    blame = Blame.NEIGHBOR
    status = 503


class Unsupported(Refusal):
    """What was given is well-formed, but not something this service handles."""

    status = 422
