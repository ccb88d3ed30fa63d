"""Pure decisions of discovery."""
