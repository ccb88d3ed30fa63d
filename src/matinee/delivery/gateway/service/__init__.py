"""The gateway's stories: a request passes the filters, or a page of the client is served."""

from matinee.delivery.gateway.service.door import Gateway

__all__ = ["Gateway"]
