"""The whole service, started as a user starts it."""
