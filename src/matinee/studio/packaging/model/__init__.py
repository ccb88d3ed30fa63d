"""Pure decisions of packaging."""
