"""Catalog's outside doors, one file a matter."""

from matinee.control.catalog.http.catalog import routes
from matinee.control.catalog.http.desk import routes as desk_routes
from matinee.control.catalog.http.finding import routes as finding_routes
from matinee.control.catalog.http.rights import routes as rights_routes

__all__ = ["desk_routes", "finding_routes", "rights_routes", "routes"]
