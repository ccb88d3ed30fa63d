"""Codes that a person reads off one screen and types into another."""

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628's: no vowels, so no words; no digits, so nothing that looks like a letter."""
LENGTH = 8
_FAIR = 256 - 256 % len(ALPHABET)


def letters_of(drawn: bytes) -> str:
    """Of random bytes. Each letter is as likely as any other: bytes that would favor some are left out, so there may be
    fewer letters than bytes."""
    return "".join(ALPHABET[b % len(ALPHABET)] for b in drawn if b < _FAIR)


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str | None:
    """What was meant: small letters, spaces and dashes are forgiven. None where it is no code."""
    letters = "".join(c for c in text[:40].upper() if c.isalnum())
    is_code = len(letters) == LENGTH and all(c in ALPHABET for c in letters)
    return letters if is_code else None
