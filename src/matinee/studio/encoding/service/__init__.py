"""The stories of encoding."""

from matinee.studio.encoding.service.encoding import EncodingService

__all__ = ["EncodingService"]
