"""What an e-mail address and a password must look like, and how a sign-in token is remembered."""

import hashlib
import re

from matinee.kernel.errors import InvalidInput

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200
"""Long passwords are welcome, but hashing a megabyte is an attack."""

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s\x00-\x1f.]{2,}\Z")


def normal_email(email: str) -> str:
    """Compared without case, as nearly every mail host does."""
    trimmed = email.strip().casefold()
    if not _EMAIL.fullmatch(trimmed):
        raise InvalidInput("That does not look like an e-mail address.", field="email")
    return trimmed


def check_password(password: str) -> None:
    if len(password) < PASSWORD_LENGTH_MIN:
        raise InvalidInput(f"A password needs at least {PASSWORD_LENGTH_MIN} characters.", field="password")
    if len(password) > PASSWORD_LENGTH_MAX:
        raise InvalidInput(f"A password has at most {PASSWORD_LENGTH_MAX} characters.", field="password")


def fingerprint(token: str) -> str:
    """Tokens are random 256-bit strings, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
