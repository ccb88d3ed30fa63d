"""Pure decisions of viewing."""
