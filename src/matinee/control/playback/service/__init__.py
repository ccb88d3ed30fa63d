"""The stories of playback."""

from matinee.control.playback.service.press_play import PlaybackService

__all__ = ["PlaybackService"]
