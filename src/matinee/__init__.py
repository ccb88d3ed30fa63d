"""Matinee: a whole streaming service. See ARCHITECTURE.md for the floors."""

__version__ = "0.1.0"
