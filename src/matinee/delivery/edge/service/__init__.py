"""The edge's stories: serve and report (both kinds), fill, purge and change software (appliances)."""

from matinee.delivery.edge.service.appliance import EdgeAppliance
from matinee.delivery.edge.service.control import HttpControl
from matinee.delivery.edge.service.origin import EdgeOrigin
from matinee.delivery.edge.service.slot_agent import SlotAgent
from matinee.delivery.edge.service.slot_folder import SlotFolder
from matinee.delivery.edge.service.slots import SlotLauncher, TrialRules

__all__ = ["EdgeAppliance", "EdgeOrigin", "HttpControl", "SlotAgent", "SlotFolder", "SlotLauncher", "TrialRules"]
