"""Pure decisions of members."""
