"""Members' outside doors, one file a matter."""

from matinee.control.members.http.members import COOKIE_PLAIN, COOKIE_TLS, routes

__all__ = ["COOKIE_PLAIN", "COOKIE_TLS", "routes"]
