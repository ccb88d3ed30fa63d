"""Codes that a person reads off one screen and types into another."""

from matinee.kernel.chance import Chance

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628's: no vowels, so no words; no digits, so nothing that looks like a letter."""
LENGTH = 8


def new_user_code(chance: Chance) -> str:
    """Each letter as likely as any other: bytes that would favor some are left out."""
    letters = ""
    fair = 256 - 256 % len(ALPHABET)
    while len(letters) < LENGTH:
        letters += "".join(ALPHABET[b % len(ALPHABET)] for b in chance.bytes(LENGTH) if b < fair)
    return letters[:LENGTH]


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str | None:
    """What was meant: small letters, spaces and dashes are forgiven. None where it is no code."""
    letters = "".join(c for c in text[:40].upper() if c.isalnum())
    is_code = len(letters) == LENGTH and all(c in ALPHABET for c in letters)
    return letters if is_code else None
