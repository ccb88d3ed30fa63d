"""What an e-mail address and a password must look like, and how a sign-in token is remembered."""

import hashlib
import re
from collections.abc import Iterable

from matinee.kernel.errors import InvalidInput

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200
"""Long passwords are welcome, but hashing a megabyte is an attack."""

SERVICE, WORD_LENGTH_MIN = "matinee", 3
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s\x00-\x1f.]{2,}\Z")


def normal_email(email: str) -> str:
    """Compared without case, as nearly every mail host does."""
    trimmed = email.strip().casefold()
    if not _EMAIL.fullmatch(trimmed):
        raise InvalidInput("That does not look like an e-mail address.", field="email")
    return trimmed


def new_email(email: str) -> str:
    """One that an account is opened under. ASCII alone: a letter of another script that looks the same is another address."""
    found = normal_email(email)
    if not found.isascii():
        said = "Write the address in plain Latin letters, and an international domain in its xn-- form."
        raise InvalidInput(said, field="email")
    return found


def check_length(password: str) -> None:
    if len(password) < PASSWORD_LENGTH_MIN:
        raise InvalidInput(f"A password needs at least {PASSWORD_LENGTH_MIN} characters.", field="password")
    if len(password) > PASSWORD_LENGTH_MAX:
        raise InvalidInput(f"A password has at most {PASSWORD_LENGTH_MAX} characters.", field="password")


def words_of(about: Iterable[str]) -> list[str]:
    """What anyone knows: the words of an address, and of this service."""
    known = {word for text in about for word in (text.casefold(), *re.split(r"[\W_]+", text.casefold()))}
    return sorted(word for word in known | {SERVICE} if len(word) >= WORD_LENGTH_MIN)


def fingerprint(token: str) -> str:
    """Tokens are random 256-bit strings, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
