"""The stories of catalog, one file a matter."""

from matinee.control.catalog.service.catalog import CatalogService

__all__ = ["CatalogService"]
