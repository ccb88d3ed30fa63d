"""The stories of production."""

from matinee.studio.production.service.production import ProductionService

__all__ = ["ProductionService"]
