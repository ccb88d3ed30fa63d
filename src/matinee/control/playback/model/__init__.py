"""Pure decisions of playback."""
