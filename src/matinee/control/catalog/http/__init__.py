"""Catalog's outside doors, one file a matter."""

from matinee.control.catalog.http.catalog import routes
from matinee.control.catalog.http.rights import routes as rights_routes

__all__ = ["rights_routes", "routes"]
