"""Pure decisions of steering."""
