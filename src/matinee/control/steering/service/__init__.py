"""The stories of steering."""

from matinee.control.steering.service.steering import SteeringService

__all__ = ["SteeringService"]
