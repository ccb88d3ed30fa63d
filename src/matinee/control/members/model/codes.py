"""Codes that people type: those of an authenticator, and those that stand in for one."""

import base64
import re

RECOVERY_BYTES = 15
"""120 bits: a plain hash is enough to keep one by."""
TOTP_SECONDS = 30
TOTP_SECRET_BYTES = 20
DRIFT_STEPS = 1
"""How many steps of time a telephone's clock may be off."""
_TOTP = re.compile(r"[0-9]{6}\Z")
_RECOVERY = re.compile(r"[a-z2-7]{24}\Z")


def recovery_code(chance: bytes) -> str:
    """Six groups of four: no digit looks like a letter in it."""
    letters = base64.b32encode(chance).decode().lower()
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def plain_code(typed: str) -> str:
    """As it is compared: without what people put between."""
    return re.sub(r"[\s-]", "", typed).lower()


def is_totp(plain: str) -> bool:
    return plain.isascii() and _TOTP.match(plain) is not None


def is_recovery(plain: str) -> bool:
    return plain.isascii() and _RECOVERY.match(plain) is not None


def steps_around(seconds: float) -> range:
    """The steps of time whose codes are good now."""
    now = int(seconds) // TOTP_SECONDS
    return range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
