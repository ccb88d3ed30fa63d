"""What a person does, in a real browser, on a real service."""
