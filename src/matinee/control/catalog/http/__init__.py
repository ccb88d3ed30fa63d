"""Catalog's outside doors, one file a matter."""

from matinee.control.catalog.http.catalog import routes

__all__ = ["routes"]
