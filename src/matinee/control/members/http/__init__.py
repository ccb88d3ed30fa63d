"""Members' outside doors, one file a matter."""

from matinee.control.members.http.members import COOKIE_PLAIN, COOKIE_TLS, routes
from matinee.control.members.http.notices import notice_routes

__all__ = ["COOKIE_PLAIN", "COOKIE_TLS", "notice_routes", "routes"]
