"""The stories of production."""

from matinee.studio.production.service.hands import Hands
from matinee.studio.production.service.production import ProductionService
from matinee.studio.production.service.sources import Sources

__all__ = ["Hands", "ProductionService", "Sources"]
