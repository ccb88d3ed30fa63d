"""Members' outside doors, one file a matter."""

from matinee.control.members.http.accounts import account_routes
from matinee.control.members.http.cookies import COOKIE_PLAIN, COOKIE_TLS
from matinee.control.members.http.members import routes
from matinee.control.members.http.proofs import proof_routes

__all__ = ["COOKIE_PLAIN", "COOKIE_TLS", "account_routes", "proof_routes", "routes"]
