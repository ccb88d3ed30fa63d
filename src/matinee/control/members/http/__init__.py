"""Members' outside doors, one file a matter."""

from matinee.control.members.http.accounts import account_routes
from matinee.control.members.http.cookies import COOKIE_PLAIN, COOKIE_TLS
from matinee.control.members.http.device_codes import device_code_routes
from matinee.control.members.http.members import routes
from matinee.control.members.http.passkeys import passkey_routes
from matinee.control.members.http.proofs import proof_routes
from matinee.control.members.http.sign_on import sign_on_routes

__all__ = [
    "COOKIE_PLAIN",
    "COOKIE_TLS",
    "account_routes",
    "device_code_routes",
    "passkey_routes",
    "proof_routes",
    "routes",
    "sign_on_routes",
]
