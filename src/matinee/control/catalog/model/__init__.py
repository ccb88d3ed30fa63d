"""Pure decisions of catalog."""
