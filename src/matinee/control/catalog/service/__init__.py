"""The stories of catalog, one file a matter."""

from matinee.control.catalog.service.catalog import CatalogService
from matinee.control.catalog.service.rights import RightsService

__all__ = ["CatalogService", "RightsService"]
