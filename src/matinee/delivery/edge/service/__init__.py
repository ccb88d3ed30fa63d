"""The edge's stories: serve and report (both kinds), fill and purge (appliances)."""

from matinee.delivery.edge.service.appliance import EdgeAppliance
from matinee.delivery.edge.service.control import HttpControl
from matinee.delivery.edge.service.origin import EdgeOrigin

__all__ = ["EdgeAppliance", "EdgeOrigin", "HttpControl"]
